import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ERRORS } from './error-table.ts'
import { RemitError } from './errors.ts'
import { nameDatabase, sayNext, toStartFault } from './start-fault.ts'

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

  it('does not take a folder that was read as a file for the data folder', () => {
    const read = (): unknown => {
      try {
        return readFileSync(mkdtempSync(join(tmpdir(), 'remit-')))
      } catch (error) {
        return error
      }
    }
    expect(toStartFault(read())).toMatchObject({
      code: 'config_invalid',
      detail: 'A path is a folder where a file is asked for; check the paths in the configuration.',
    })
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

  it('says that a file stands where a folder is asked for', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'remit-')), 'file')
    writeFileSync(file, '')
    const make = (): unknown => {
      try {
        return mkdirSync(file, { recursive: true })
      } catch (error) {
        return error
      }
    }
    expect(toStartFault(make())).toMatchObject({
      code: 'config_invalid',
      detail: `${file} is there already and is no folder; name another one (--data-dir, or dataDir).`,
    })
  })

  it.each([
    ['postgres://me:hunter2@db.example/remit', 'PostgreSQL at db.example:5432: It is away.'],
    ['postgres://me:hunter2@db.example:6432/remit', 'PostgreSQL at db.example:6432: It is away.'],
    ['postgres:///remit?host=/run/postgresql', 'PostgreSQL at /run/postgresql: It is away.'],
    ['no address', 'It is away.'],
  ])('names the database of %s by its place, and never the password', (url, detail) => {
    expect(nameDatabase(new RemitError('store_failed', { detail: 'It is away.' }), url)).toMatchObject({ detail })
  })

  it.each(Object.keys(ERRORS) as (keyof typeof ERRORS)[])('says what to do about it: %s', (code) => {
    expect(sayNext(code)).toMatch(/^[A-Z].*\.$/)
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
