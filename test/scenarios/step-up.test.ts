import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow } from '../consent/cast.ts'
import { DESK_BACK, type DeskProvider, makeProvider } from '../consent/desk.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { approveIdentity, furnish, makeSummariser, prepare } from './cast.ts'

describe('a client that needs more than it was let do', () => {
  let house: House
  let zoe: Somebody
  let provider: DeskProvider

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const { client } = house.people.ada
    const files = {
      server: 'docs',
      resourceArgument: 'path',
      resourceKind: 'path',
      resourcePrefix: 'docs:',
      resourceRoot: house.documents,
      resultIntegrity: 'trusted',
    } as const
    await client.catalogue.classifyTool({ ...files, tool: 'get_file_info', actionClass: 'write' })
    await client.catalogue.classifyTool({ ...files, tool: 'list_directory', actionClass: 'delete' })
    const { link, person } = await client.people.add({ name: 'Zoe', email: 'zoe@example.org', roles: [] })
    const scope = [{ action: 'docs/*', resource: 'docs:public/*' }]
    const classes = ['read', 'write'] as const
    await client.people.grantRight(person.id, { scope, classes, ceiling: 'internal', reason: 'Hers', days: 3 })
    zoe = await house.signIn(link)
    const base = makeSummariser(house, 'desk-app')
    const terms = { ceiling: 'internal', reason: 'Its work', days: 30, approval: 'none' } as const
    const id = await prepare(house, {
      ...base,
      profile: { ...base.profile, purpose: 'publish', reach: 'sandbox' },
      entitlements: [{ ...terms, scope: [{ action: 'docs/*', resource: 'docs:*' }], classes: ['read', 'write'] }],
    })
    await client.clients.add({ identity: id, clientId: 'desk-app', redirectUris: [DESK_BACK] })
    await approveIdentity(house, id)
    provider = makeProvider({ clientId: 'desk-app' })
  })
  afterAll(async () => void (await house.end(40)))

  const makeTransport = (): StreamableHTTPClientTransport =>
    new StreamableHTTPClientTransport(new URL(`${house.url}/mcp/docs`), { authProvider: provider })
  const makeClient = (): Client =>
    new Client({ name: 'desk', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })

  it('is told by 403 which scope to ask for where a person could grant it, and asks for that', async () => {
    const first = makeTransport()
    await expect(makeClient().connect(first)).rejects.toBeInstanceOf(UnauthorizedError)
    const asked = provider.asked[0] ?? new URL(house.url)
    asked.searchParams.set('scope', 'read')
    const { location } = await allow(house, zoe, { url: asked.href })
    await first.finishAuth(location?.searchParams ?? new URLSearchParams())
    expect(provider.kept.get('tokens')).toMatchObject({ scope: 'read' })

    const transport = makeTransport()
    const client = makeClient()
    await client.connect(transport)
    const call = { name: 'get_file_info', arguments: { path: 'public/handbook.md' } }
    await expect(client.callTool(call)).rejects.toBeInstanceOf(UnauthorizedError)
    expect(provider.asked[1]?.searchParams.get('scope')?.split(' ').sort()).toEqual(['read', 'write'])
    const more = await allow(house, zoe, { url: provider.asked[1]?.href ?? '' })
    await transport.finishAuth(more.location?.searchParams ?? new URLSearchParams())
    expect(provider.kept.get('tokens')).toMatchObject({ scope: 'read write' })
    expect(JSON.stringify((await client.callTool(call)).content)).toContain('size')
    await client.close()
  })

  it('hears a plain denial, which its model can read, where nobody could grant it', async () => {
    const client = makeClient()
    await client.connect(makeTransport())
    for (const [name, path] of [
      ['list_directory', 'public'],
      ['get_file_info', 'internal/plans.md'],
    ] as const) {
      const denied = await client.callTool({ name, arguments: { path } })
      expect([denied.isError, JSON.stringify(denied.content).includes('Denied')]).toEqual([true, true])
    }
    await client.close()
  })

  it('finds what there is to ask for in the metadata of the server (RFC 9728)', async () => {
    const answer = await house.fetch(`${house.url}/.well-known/oauth-protected-resource/mcp/docs`)
    expect(await answer.json()).toMatchObject({
      resource: `${house.url}/mcp/docs`,
      authorization_servers: [house.url],
      scopes_supported: expect.arrayContaining(['read', 'write']) as unknown,
    })
    const refused = await fetch(`${house.url}/mcp/docs`, { method: 'POST', body: '{}' })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer resource_metadata="${house.url}/.well-known/oauth-protected-resource/mcp/docs"`,
    ])
  })
})
