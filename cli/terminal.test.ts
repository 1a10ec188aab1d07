import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readEnvironment } from './environment.ts'
import { runCommandLine } from './main.ts'
import { alignRows, openTerminal, writeTable } from './terminal.ts'

const evil = '\u001b[31;1mPWNED\u001b]0;title\u0007\u202e\u009b2J\r\nIt verifies\u2028'

/** A terminal whose output can be read. */
function watch(isTTY: boolean) {
  const said: string[] = []
  const stream = { isTTY, columns: 100, on: () => stream, write: (text: string) => said.push(text) }
  const terminal = openTerminal(readEnvironment({}), { stdout: stream, stderr: stream } as never) // all that is used of them
  return { terminal, read: () => said.join('') }
}

describe('a terminal', () => {
  it.each([true, false])('shows any text as one line that repaints nothing (TTY: %s)', (isTTY) => {
    const { terminal, read } = watch(isTTY)
    terminal.print(`a ${evil} b`)
    terminal.warn(`a ${evil} b`)
    expect(read()).toMatch(/^[^\n\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n[^\n\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u)
  })

  it('lays on the colours of this program, and those of no text in them', () => {
    const { terminal, read } = watch(true)
    terminal.print(`${terminal.paint('green', `fine ${evil}`)} rest`)
    expect(read()).toMatch(/^\u001b\[32mfine PWNED[^\p{Cc}]*\u001b\[39m rest\n$/u)
  })

  it('shows no colour where there is nobody to see it', () => {
    const { terminal, read } = watch(false)
    terminal.print(terminal.paint('green', 'fine'))
    expect(read()).toBe('fine\n')
  })

  it.each([
    [80, 80],
    [0, 100],
    [undefined, 100],
  ])('that says it is %s columns wide is taken to be %i wide', (columns, taken) => {
    const stream = { columns, on: () => stream }
    const { columns: told } = openTerminal(readEnvironment({}), { stdout: stream, stderr: stream } as never) // all that is used of them
    expect(told).toBe(taken)
  })

  it('writes together what waits for a slow reader, in its order', () => {
    const heard = new Map<string, () => void>()
    const said: string[] = []
    const stream = {
      writableNeedDrain: false,
      on: (event: string, hear: () => void) => heard.set(event, hear),
      write: (text: string) => {
        said.push(text)
        stream.writableNeedDrain = true
      },
    }
    const { print } = openTerminal(readEnvironment({}), { stdout: stream, stderr: stream } as never) // all that is used of them
    const drain = (): void => {
      stream.writableNeedDrain = false
      heard.get('drain')?.()
    }
    for (const line of ['a', 'b', 'c']) print(line)
    expect(said).toEqual(['a\n'])
    drain()
    expect(said).toEqual(['a\n', 'b\nc\n'])
    print('d')
    drain()
    drain()
    print('e')
    expect(said).toEqual(['a\n', 'b\nc\n', 'd\n', 'e\n'])
  })

  it('ends quietly where the reader of its output has had enough, and only then', () => {
    const heard: ((error: Error) => void)[] = []
    const stream = { on: (_: string, hear: (error: Error) => void) => heard.push(hear) }
    openTerminal(readEnvironment({}), { stdout: stream, stderr: stream } as never) // all that is used of them
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' })
    expect(() => heard[0]?.(full)).toThrow('full')
    expect(exit).not.toHaveBeenCalled()
    heard[0]?.(Object.assign(new Error('closed'), { code: 'EPIPE' }))
    expect(exit).toHaveBeenCalledTimes(1)
    exit.mockRestore()
  })

  it('keeps each cell of a table on its line and in its column', () => {
    const { terminal } = watch(true)
    const rows = alignRows([
      [terminal.paint('green', 'ok'), 'a\nb', 'x'],
      ['bad', evil, 'y'],
    ])()
    expect(rows).toHaveLength(2)
    for (const row of rows) expect(row).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(rows[1]?.lastIndexOf('y')).toBe(5 + (rows[1]?.slice(5).lastIndexOf('y') ?? 0))
  })
})

describe('rows of which the last cell is long', () => {
  const rows = [
    ['ok', 'log', 'The log verifies, all of its entries.'],
    ['bad', 'servers', 'One of them does not answer.'],
  ]

  it('are broken to the width of the screen, each below itself', () => {
    expect(alignRows(rows)(44)).toEqual([
      'ok   log      The log verifies, all of its',
      '              entries.',
      'bad  servers  One of them does not answer.',
    ])
  })

  it('keep a column that can be read, however narrow the screen is', () => {
    expect(alignRows(rows)(10)).toEqual(alignRows(rows)(44))
  })

  it('stay on one line each where there is no screen, to be searched', () => {
    expect(alignRows(rows)(watch(false).terminal.screen)).toHaveLength(2)
    expect(watch(true).terminal.screen).toBe(100)
  })
})

describe('a table', () => {
  const rows = [
    ['oidc', 'https://token.actions.example', ''],
    ['key', '', 'bnd_1'],
  ]
  const table = (screen?: number) => writeTable(['by', 'issuer', 'binding'], rows, 'None.')(screen)

  it('that fits on the screen, or goes elsewhere, is a row a line', () => {
    expect(table(44)).toEqual([
      'BY    ISSUER                         BINDING',
      'oidc  https://token.actions.example',
      'key                                  bnd_1',
    ])
    expect(table()).toEqual(table(44))
  })

  it('that is wider than the screen tells each row in lines of its own, without what is empty', () => {
    expect(table(43)).toEqual([
      'BY      oidc',
      'ISSUER  https://token.actions.example',
      '',
      'BY       key',
      'BINDING  bnd_1',
    ])
  })
})

describe('what a hostile server says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-hostile-'))
  let server: Server
  let url: string

  beforeAll(async () => {
    const person = { id: 'psn_1', name: evil, email: evil, roles: [evil], state: evil }
    const subject = { kind: evil, id: evil }
    const said = {
      session: 's',
      person,
      expiresMs: 0,
      people: [person],
      size: 1,
      identities: [{ id: evil, name: evil, state: evil, tier: evil, owner: 'psn_1', purpose: evil }],
      entries: [{ index: 0, entry: { kind: evil, atMs: 1, actor: subject, subject, data: { evil } } }],
      entry: { kind: evil },
      cutoffs: [{ atMs: 1, target: evil, targetId: evil, by: evil, because: evil, entry: evil }],
      servers: [
        {
          name: evil,
          state: evil,
          tools: [
            {
              name: evil,
              digest: evil,
              description: evil,
              annotations: {},
              rule: null,
              suggested: { actionClass: evil, because: evil },
            },
          ],
        },
      ],
      rules: [{ server: evil, tool: evil, class: evil, reads: evil, trust: evil, pattern: evil, sensitivity: evil }],
      checks: [{ name: evil, ok: true, sentence: evil, tookMs: 1 }],
      tasks: [{ id: evil, chain: [{ name: evil }], state: evil, purpose: evil, endsMs: 0, goal: evil }],
      approvals: [
        {
          id: evil,
          subject: evil,
          state: evil,
          seats: [evil],
          expiresMs: 0,
          requestedBy: [evil, `idn_${evil}`],
          votes: [{ personId: evil, seat: evil, verdict: evil, reason: evil, atMs: 0 }],
          asked: { goal: evil, [evil]: evil },
        },
      ],
      explanation: { sentences: [evil] },
    }
    server = createServer((request, response) => {
      request.resume()
      const isText = request.url?.startsWith('/log/') === true
      response.writeHead(request.url?.includes('/refused') === true ? 403 : 200)
      response.end(isText ? evil : JSON.stringify({ ...said, code: evil, detail: evil, facts: { evil } }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  })

  const commands = [
    'login rml_x',
    'whoami',
    'person list',
    'identity list',
    'log list',
    'log entry 0',
    'why 0',
    'log key',
  ]
  const more = ['cutoff list', 'tool list', 'resource list', 'doctor', 'task list', 'approvals', 'task show refused']
  it.each([...commands, ...more].flatMap((words) => [words, `${words} --json`]))(
    'to `remit %s` is shown without a control character, and in no line of its own',
    async (words) => {
      const { terminal, read } = watch(true)
      const environment = readEnvironment({ XDG_CONFIG_HOME: folder, REMIT_URL: url, REMIT_SESSION: 'rms_one' })
      await runCommandLine(words.split(' '), environment, terminal)
      const shown = read().replaceAll(/\u001b\[(?:32|39)m/g, '')
      expect(shown).toContain('PWNED')
      expect(shown).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u)
      expect(shown).not.toMatch(/^It verifies/m)
    },
  )
})
