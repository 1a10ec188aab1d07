import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { shareProcesses } from './together.ts'

const FILES: Readonly<Record<string, string>> = {
  'src/decide/pure.test.ts': "it('adds', () => expect(1 + 1).toBe(2))",
  'src/decide/waits.test.ts': 'await vi.waitFor(() => expect(heard).toBe(1), 60_000)',
  'src/decide/spies.test.ts': "vi.spyOn(process.stderr, 'write')",
  'src/decide/clock.test.ts': 'vi.useFakeTimers()',
  'src/decide/environment.test.ts': "process.env['A'] = 'b'",
  'src/decide/global.test.ts': 'globalThis.fetch = async () => new Response()',
  'src/decide/mask.test.ts': 'const before = process.umask(0)',
  'src/decide/listens.test.ts': 'const server = createServer()',
  'src/decide/no-test.ts': 'export const one = 1',
  'test/scenarios/house.test.ts': "it('starts', () => undefined)",
}

it('lets those tests of src share a process of which nothing outlives its file and nothing listens, and no others', () => {
  const root = mkdtempSync(join(tmpdir(), 'remit-together-'))
  try {
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    expect(shareProcesses(root)).toEqual({
      apart: [
        'src/decide/clock.test.ts',
        'src/decide/environment.test.ts',
        'src/decide/global.test.ts',
        'src/decide/listens.test.ts',
        'src/decide/mask.test.ts',
        'src/decide/spies.test.ts',
        'test/scenarios/house.test.ts',
      ],
      together: ['src/decide/pure.test.ts', 'src/decide/waits.test.ts'],
    })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

it('runs every test file once', () => {
  const { apart, together } = shareProcesses(join(import.meta.dirname, '..'))
  expect(new Set([...apart, ...together]).size).toBe(apart.length + together.length)
  expect(apart).toContain('tools/together.test.ts')
  expect(together.length).toBeGreaterThan(300)
})
