import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const suite = at('../../node_modules/@modelcontextprotocol/conformance/dist/index.js')
const client = at('../conformance/client.ts')

/** What the suite said, and how it ended. */
interface Ran {
  readonly code: number | null
  readonly said: string
}

describe('the conformance suite of the Model Context Protocol, for clients', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'remit-suite-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function run(scenario: string): Promise<Ran> {
    const command = `'${process.execPath}' '${client}'`
    const words = ['client', '--command', command, '--scenario', scenario, '--output-dir', folder]
    const child = spawn(process.execPath, [suite, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (said += part.toString('utf8')))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    return { code, said }
  }

  it.each([
    [
      'auth/dpop',
      ['sep-1932-client-token-request-proof', 'sep-1932-client-dpop-auth-scheme', 'sep-1932-client-fresh-proof'],
    ],
    ['auth/dpop-nonce', ['sep-1932-client-as-nonce', 'sep-1932-client-rs-nonce', 'sep-1932-client-fresh-proof']],
    ['auth/client-credentials-jwt', ['client-credentials-jwt-verified']],
    ['auth/wif-jwt-bearer', ['wif-assertion-verified']],
    // by the official client alone, which our authorization server is held to in enterprise-managed.test.ts
    ['auth/enterprise-managed-authorization', ['complete-flow-token-exchange', 'complete-flow-jwt-bearer']],
    ['auth/client-credentials-basic', ['client-credentials-basic-auth']],
  ] as const)('passes %s with the proofs and assertions of the SDK, or by itself', async (scenario, checks) => {
    const { code, said } = await run(scenario)
    const plain = said.replaceAll(/\u001b\[\d+m/g, '')
    for (const check of checks) expect(plain).toMatch(new RegExp(`\\[${check} *\\] SUCCESS`))
    expect(plain).toMatch(/Passed: (\d+)\/\1, 0 failed, 0 warnings/)
    expect(code).toBe(0)
  })
})
