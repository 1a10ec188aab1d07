import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../../cli/environment.ts'
import { runCommandLine } from '../../cli/main.ts'
import { type House, startHouse } from '../house.ts'
import { makeAuthority } from '../issuer/certificates.ts'
import { approveIdentity, furnish, makeSummariser } from '../scenarios/cast.ts'
import { serveWorkloadApi, type WorkloadServer, writeBytesMap } from './workload-server.ts'

const run = promisify(execFile)

/** The recipe as it is written, block by block. The commands of SPIRE are played: there is none on every machine. */
const recipe = /## SPIFFE\n([\s\S]*?)(?=\n## |$)/.exec(readFileSync('docs/identity.md', 'utf8'))?.[1] ?? ''
const lines = recipe.split('\n').filter((line) => line.startsWith('    '))
const find = (start: string): string => lines.map((line) => line.trim()).find((line) => line.startsWith(start)) ?? ''

interface Configured {
  readonly mtls: object
  readonly trustDomains: readonly { readonly name: string; readonly workloadApi: string; readonly liveness: 'cached' }[]
}

describe('the recipe for SPIFFE', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-recipe-')))
  const spire = makeAuthority({ commonName: 'SPIRE', uris: ['spiffe://example.org'] })
  const server = makeAuthority({ commonName: 'Server' })
  const at = (...names: readonly string[]): string => join(folder, ...names)
  let agent: WorkloadServer
  let house: House

  beforeAll(async () => {
    agent = await serveWorkloadApi(at('agent.sock'), {
      x509: writeBytesMap(2, { 'spiffe://example.org': spire.der }),
      jwt: writeBytesMap(1, { 'spiffe://example.org': Buffer.from('{"keys":[]}') }),
    })
    const own = server.issue({ dns: ['localhost'] })
    for (const [name, text] of [
      ['own.crt', own.pem],
      ['own.key', own.key],
      ['ca.crt', server.pem],
    ] as const)
      writeFileSync(at(name), text)
    const written = JSON.parse(/^ {4}\{\n[\s\S]*?^ {4}\}$/m.exec(recipe)?.[0] ?? '') as Configured
    house = await startHouse({
      mtls: { ...written.mtls, port: 0, certFile: at('own.crt'), keyFile: at('own.key') },
      trustDomains: written.trustDomains.map((row) => ({ ...row, workloadApi: `unix://${at('agent.sock')}` })),
    })
    await furnish(house)
  })
  afterAll(async () => {
    await house.end(20)
    await agent.stop()
    rmSync(folder, { recursive: true })
  })

  it('is no longer than fifteen lines', () => {
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(15)
  })

  it('has JWT-SVIDs count as SPIRE hands them out, again and again, and says so', async () => {
    const { issuers } = await house.people.ada.client.catalogue.issuers()
    expect(issuers).toContainEqual(expect.objectContaining({ name: 'example.org', liveness: 'cached' }))
  })

  it('asks the agent whose socket the configuration names', () => {
    const socket = /"unix:\/\/(\S+)"/.exec(recipe)?.[1] ?? ''
    expect(find('spire-agent')).toContain(` -socketPath ${socket}`)
  })

  it('binds the workload by the command that it tells', async () => {
    const { ada, grace } = house.people
    const { profile, entitlements } = makeSummariser(house, 'docs-reader')
    const { identity } = await ada.client.identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })
    const environment = readEnvironment({ XDG_CONFIG_HOME: at('ada') })
    const said: string[] = []
    const remit = (...words: readonly string[]): Promise<number> =>
      runCommandLine(words, environment, {
        print: (text) => said.push(text),
        warn: (text) => said.push(text),
        paint: (_, text) => text,
        columns: 100,
      })
    const { link } = await ada.client.people.link(ada.id)
    expect(await remit('login', link, '--url', house.url)).toBe(0)
    expect([await remit(...find('remit identity bind').split(' ').slice(1)), said.join('\n')]).toEqual([
      0,
      expect.any(String),
    ])
    for (const entitlement of entitlements) await ada.client.identities.entitle(identity.id, entitlement)
    await ada.client.identities.rehearse(identity.id)
    await approveIdentity(house, identity.id)
  })

  it('opens a task by the request that it tells, with the SVID that SPIRE would write', async () => {
    const id = /-spiffeID (\S+docs-reader)/.exec(lines.join('\n'))?.[1] ?? ''
    const svid = spire.issue({ commonName: null, uris: [id] })
    // SPIRE makes no folder
    mkdirSync(at(find('mkdir').split(' ')[1] ?? ''))
    writeFileSync(at('svid', 'svid.0.pem'), svid.pem)
    writeFileSync(at('svid', 'svid.0.key'), svid.key)
    writeFileSync(at('task.json'), JSON.stringify({ ...makeSummariser(house).task, ticket: null }))
    const metadata = (await (await house.fetch(`${house.url}/.well-known/oauth-authorization-server`)).json()) as {
      mtls_endpoint_aliases: { token_endpoint: string }
    }
    const { port } = new URL(metadata.mtls_endpoint_aliases.token_endpoint)
    const words = find('curl').replace('dev-tls/ca.crt', 'ca.crt').replace(':7462', `:${port}`).split(' ').slice(1)
    const resolved = ['--silent', '--resolve', `localhost:${port}:127.0.0.1`]
    const { stdout } = await run('curl', [...resolved, ...words], { cwd: folder })
    expect(JSON.parse(stdout)).toMatchObject({ task: { state: 'active' } })
  })
})
