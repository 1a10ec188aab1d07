import { describe, expect, it } from 'vitest'
import { defaultMapping } from './default-mappings.ts'
import { resolveMapping } from './mapping.ts'

const token = { sub: 'idn_root', client_id: 'idn_agent', aud: 'https://remit.example/mcp/crm' }
const params = {
  name: 'get_customer',
  arguments: { id: 'cust-12345', case: 'case-67890', source: '/a', destination: '/b' },
}
const resolve = (mapping: unknown, more: object = {}) =>
  resolveMapping(mapping, { params, token, subjectId: 'idn_root', ...more })
const subject = { type: 'identity', id: '$token.sub' }
const action = { name: 'get_customer' }
const resource = { type: 'customer', id: '$params.arguments.id' }
const anchored = { agent: 'idn_agent', supported_obligations: [] }

describe('a mapping', () => {
  it('of one question is worked out, its subject and agent those of the token', () => {
    const context = { agent: '$token.?client_id', case: '$params.arguments.case', price: '$$50', tab: '$token.?tab' }
    expect(resolve({ evaluation: { subject, action, resource, context } })).toEqual([
      {
        subject: { type: 'identity', id: 'idn_root', properties: {} },
        action: { name: 'get_customer', properties: {} },
        resource: { type: 'customer', id: 'cust-12345', properties: {} },
        context: { ...anchored, case: 'case-67890', price: '$50' },
      },
    ])
  })

  it('of several has defaults, which an entry replaces whole', () => {
    const on = (id: string) => ({ type: 'storage_object', id })
    const evaluations = [
      { action: { name: 'read' }, resource: on('$params.arguments.source'), context: { a: 1 } },
      { action: { name: 'write' }, resource: on('$params.arguments.destination') },
    ]
    const asked = resolve({ evaluations: { subject, context: { b: [2, '$params.name'] }, evaluations } })
    expect(asked.map((each) => [each.action.name, each.resource.id, each.context])).toEqual([
      ['read', '/a', { ...anchored, a: 1 }],
      ['write', '/b', { ...anchored, b: [2, 'get_customer'] }],
    ])
  })

  it('that says no subject has that of the token, and one on behalf of a person is about them', () => {
    expect(resolve({ evaluation: { action, resource } })[0]?.subject.id).toBe('idn_root')
    const asked = resolve({ evaluation: { subject, action, resource } }, { subjectId: 'psn_1' })
    expect(asked[0]?.subject).toEqual({ type: 'identity', id: 'psn_1', properties: {} })
  })

  it('cannot say who acts, nor that obligations are carried out', () => {
    const context = { agent: 'somebody', supported_obligations: ['step-up'] }
    expect(resolve({ evaluation: { action, resource, context } })[0]?.context).toEqual(anchored)
  })

  it.each<[string, unknown, RegExp]>([
    ['is no object', 'evaluation', /exactly one/],
    ['is empty', {}, /exactly one/],
    ['has two envelopes', { evaluation: {}, evaluations: {} }, /exactly one/],
    ['has one that is not known', { search: {} }, /exactly one/],
    ['asks nothing', { evaluations: { subject, evaluations: [] } }, /a list of 1 to 20/],
    ['asks too much', { evaluations: { evaluations: Array.from({ length: 21 }, () => ({})) } }, /a list of 1 to 20/],
    [
      'names another subject',
      { evaluation: { subject: { ...subject, id: 'root' }, action, resource } },
      /not the subject of the token/,
    ],
    [
      'takes the subject from the request',
      { evaluation: { subject: { id: '$params.name' }, action, resource } },
      /not the subject/,
    ],
    ['smuggles one in', { evaluations: { evaluations: [{ subject, action, resource }] } }, /'subject' has no place/],
    [
      'has an attribute beside properties',
      { evaluation: { action: { ...action, soft: true }, resource } },
      /which is not known here/,
    ],
    ['has an unknown member', { evaluation: { action, resource, options: {} } }, /'options' has no place/],
    ['has no action', { evaluation: { resource } }, /evaluation.action/],
    [
      'comes to no resource',
      { evaluation: { action, resource: { type: 'x', id: '$token.?none' } } },
      /evaluation.resource.id/,
    ],
    ['comes to a null', { evaluation: { action, resource: '$null' } }, /evaluation.resource/],
    [
      'asks for what is not there',
      { evaluation: { action, resource: { type: 'x', id: '$params.region' } } },
      /evaluation\.resource\.id: the expression '\$params\.region' failed: no such key 'region'/,
    ],
    ['is no CEL', { evaluation: { action, resource: { type: 'x', id: '$params.' } } }, /ends too early/],
    [
      'nests $ in CEL, as a sample of the draft does',
      { evaluation: { action, resource: { type: 'x', id: "$true ? $params.name : ''" } } },
      /cannot be read/,
    ],
    [
      'has what is absent in a list',
      { evaluation: { action, resource, context: { a: ['$token.?none'] } } },
      /is absent/,
    ],
    ['is too large', { evaluation: { action, resource, context: { a: 'x'.repeat(40_000) } } }, /bytes/],
    [
      'comes to too much',
      { evaluation: { action, resource, context: { a: '$params.long', b: '$params.long', c: '$params.long' } } },
      /too much/,
    ],
  ])('that %s is an error, and asks nothing', (_, mapping, why) => {
    const more = { params: { ...params, long: 'x'.repeat(12_000) } }
    expect(() => resolve(mapping, more)).toThrow(
      expect.objectContaining({ code: 'request_invalid', detail: expect.stringMatching(why) }),
    )
  })
})

describe('a mapping that is made to work for ever', () => {
  const ten = '[a,a,a,a,a,a,a,a,a,a]'
  const [text, half] = ['a'.repeat(1_000_000), `b${'a'.repeat(500_000)}`]
  const many = Array.from({ length: 200_000 }, () => 1)
  const few = many.slice(0, 40)
  it.each<[string, string, object]>([
    ['by what lies in memory once and is written ten to the sixtieth times', `[1]${`.map(a,${ten})`.repeat(60)}`, {}],
    ['by comparing such a thing', `[[1]${`.map(a,${ten})`.repeat(59)}].exists(x, x == x)`, {}],
    ['by counting long texts', 'params.few.map(a, params.text.size()).size()', { few, text }],
    ['by comparing long texts', 'params.few.all(a, params.text <= params.text)', { few, text }],
    ['by looking for long texts in long texts', 'params.text.contains(params.half)', { text, half }],
    ['by comparing long lists', 'params.few.all(a, params.many == params.many)', { few, many }],
    ['by looking for a list in lists', 'params.many in [params.many]', { many }],
    ['by writing a long text again and again', 'params.few.map(a, params.text)', { few, text }],
    ['by writing a long name again and again', 'params.few.map(a, {params.text: 1})', { few, text }],
    ['by failing at each of many', 'params.many.all(a, params.many.exists(b, params.none))', { many }],
    ['behind a way around the failure', 'params.many.all(a, params.none) || true', { many }],
  ])('%s, is given up', (_, expression, params) => {
    const work = (): unknown =>
      resolve(
        { evaluation: { action, resource: { type: 'x', id: 'y' }, context: { a: `$${expression}` } } },
        { params },
      )
    expect(work).toThrow(
      expect.objectContaining({ code: 'request_invalid', detail: expect.stringContaining('more than 10000 steps') }),
    )
  })

  it('is worked out where what is long is looked at once', () => {
    const context = { a: '$params.text.size()', b: '$params.text.contains("needle")' }
    const asked = resolve(
      { evaluation: { action, resource: { type: 'x', id: 'y' }, context } },
      { params: { text: 'a'.repeat(200_000) } },
    )
    expect(asked[0]?.context).toMatchObject({ a: 200_000, b: false })
  })
})

describe('the mapping of a method', () => {
  const server = { name: 'crm', audience: 'https://remit.example/mcp/crm' }
  it.each([
    ['tools/call', { type: 'tool', id: 'crm/get_customer', properties: {} }],
    ['tools/list', { type: 'mcp_server', id: server.audience, properties: {} }],
    ['server/discover', { type: 'mcp_server', id: server.audience, properties: {} }],
    ['initialize', { type: 'mcp_server', id: server.audience, properties: {} }],
  ])('%s is about what it is for', (method, on) => {
    expect(resolve(defaultMapping(method, server))).toMatchObject([{ action: { name: method }, resource: on }])
  })

  it.each(['tasks/get', 'resources/read', 'constructor', ''])('%s has none', (method) => {
    expect(defaultMapping(method, server)).toBeUndefined()
  })
})
