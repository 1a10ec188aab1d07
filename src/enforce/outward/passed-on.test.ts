import { describe, expect, it } from 'vitest'
import { passOnMeta } from './passed-on.ts'

describe('what goes on of the words of an agent', () => {
  const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=1' }

  it('is the trace, and what the row of the server lists', () => {
    const meta = { ...trace, 'com.acme/locale': 'de', 'com.acme/user': 'ceo', baggage: 'user=ceo', user: 'ceo' }
    expect(passOnMeta(meta, [])).toEqual({ _meta: trace })
    expect(passOnMeta(meta, ['com.acme/locale'])).toEqual({ _meta: { ...trace, 'com.acme/locale': 'de' } })
  })

  it('is never what is said in the name of the protocol or of the gateway, listed or not', () => {
    const meta = { progressToken: 1, 'io.modelcontextprotocol/clientInfo': {}, 'dev.remit/caller': { sub: 'ceo' } }
    expect(passOnMeta(meta, Object.keys(meta))).toEqual({})
  })

  it.each([[undefined], [null], ['ceo'], [[{ 'com.acme/user': 'ceo' }]], [{}], [{ traceparent: { user: 'ceo' } }]])(
    'is nothing of %j',
    (meta) => expect(passOnMeta(meta, [])).toEqual({}),
  )

  it('is no member that every object inherits', () => {
    expect(passOnMeta(JSON.parse('{"__proto__":{"com.acme/user":"ceo"}}'), ['com.acme/user', 'constructor'])).toEqual(
      {},
    )
  })
})
