import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RemitError } from './errors.ts'
import { toStartFault } from './start-fault.ts'

describe('a start that fails', () => {
  it('names the address that somebody else listens at', async () => {
    const first = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => first.once('listening', resolve))
    const address = first.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const second = createServer()
    const error = await new Promise((resolve) => second.once('error', resolve).listen(port, '127.0.0.1'))
    first.close()
    expect(toStartFault(error)).toMatchObject({
      code: 'config_invalid',
      detail: `Another process listens at 127.0.0.1:${port}; choose another port (--port) or stop it.`,
    })
  })

  it('names the path that is not there', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'remit-')), 'nowhere', 'file')
    const read = (): unknown => {
      try {
        return readFileSync(path)
      } catch (error) {
        return error
      }
    }
    expect(toStartFault(read()).detail).toContain(path)
  })

  it('names the word of the command line that is not known', () => {
    const read = (): unknown => {
      try {
        return parseArgs({ args: ['--frob'], options: {} })
      } catch (error) {
        return error
      }
    }
    expect(toStartFault(read())).toMatchObject({
      code: 'config_invalid',
      detail: "Unknown option '--frob': see `remit help serve`.",
    })
  })

  it('keeps an error of the table as it is', () => {
    const error = new RemitError('store_locked')
    expect(toStartFault(error)).toBe(error)
  })

  it('says nothing of an error that it does not know', () => {
    expect(toStartFault(new Error('a secret'))).toMatchObject({ code: 'internal' })
    expect(toStartFault(new Error('a secret')).detail).not.toContain('secret')
  })
})
