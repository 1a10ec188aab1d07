import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, readForm } from '../consent/browser.ts'
import { allow, inviteReader } from '../consent/cast.ts'
import { DESK_BACK as BACK, makeProvider } from '../consent/desk.ts'
import { type DocumentServer, startDocumentServer } from '../consent/document-server.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { approveIdentity, furnish, makeSummariser } from './cast.ts'

describe('the official MCP client, with a document of its own and no registration', () => {
  let house: House
  let documents: DocumentServer
  let zoe: Somebody
  let clientId: string

  beforeAll(async () => {
    documents = await startDocumentServer()
    house = await startHouse({ clientDocuments: { allowInternal: true, caFile: documents.caFile } })
    await furnish(house)
    clientId = `${documents.origin}/desk/client.json`
    documents.serve('/desk/client.json', {
      body: {
        client_id: clientId,
        client_name: 'Desk App',
        redirect_uris: ['http://127.0.0.1/callback'],
        token_endpoint_auth_method: 'none',
      },
    })
    zoe = await inviteReader(house, 'zoe@example.org')
  })
  afterAll(async () => {
    await documents.stop()
    await house.end(40)
  })

  const connect = async (
    provider: OAuthClientProvider,
  ): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> => {
    const client = new Client({ name: 'desk', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
    const transport = new StreamableHTTPClientTransport(new URL(`${house.url}/mcp/docs`), { authProvider: provider })
    await client.connect(transport)
    return { client, transport }
  }

  /** Somebody answers for the one that was discovered, and it is approved. */
  async function takeOver(name: string): Promise<void> {
    const { ada, grace } = house.people
    const [seen] = (await ada.client.identities.list({ state: 'discovered' })).identities
    const id = seen?.id ?? ''
    const { profile, entitlements } = makeSummariser(house)
    await ada.client.identities.adopt(id, { ...profile, name, owner: ada.id, sponsor: grace.id })
    for (const entitlement of entitlements) await ada.client.identities.entitle(id, entitlement)
    await ada.client.identities.rehearse(id)
    await approveIdentity(house, id)
  }

  it('finds its way from the first refusal to the question', async () => {
    const provider = makeProvider({ clientMetadataUrl: clientId })
    await expect(connect(provider)).rejects.toBeInstanceOf(UnauthorizedError)
    const [asked] = provider.asked
    expect(`${asked?.origin}${asked?.pathname}`).toBe(`${house.url}/oauth/authorize`)
    expect(Object.fromEntries(asked?.searchParams ?? [])).toMatchObject({
      client_id: clientId,
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: BACK,
      resource: `${house.url}/mcp/docs`,
    })
    expect(documents.asked.get('/desk/client.json')).toBeUndefined()
  })

  it('is discovered when a person comes with it, and can do nothing while nobody answers for it', async () => {
    const provider = makeProvider({ clientMetadataUrl: clientId })
    await connect(provider).catch(() => undefined)
    const browser = openBrowser(house, zoe)
    const { status, page } = await browser.visit(provider.asked[0]?.href ?? '')
    expect([status, page.includes('Nobody here answers for')]).toEqual([403, true])
    expect(page).toContain(documents.origin.slice('https://'.length))
    const { identities } = await house.people.ada.client.identities.list({ state: 'discovered' })
    expect(identities).toHaveLength(1)
    const { bindings } = await house.people.ada.client.identities.show(identities[0]?.id ?? '')
    expect(bindings).toMatchObject([{ kind: 'client', issuer: 'client', subject: clientId }])
    await browser.visit(provider.asked[0]?.href ?? '')
    expect((await house.people.ada.client.identities.list({ state: 'discovered' })).identities).toHaveLength(1)
  })

  it('acts for a person once somebody has taken it over, and it was approved', async () => {
    await takeOver('desk-app')
    const provider = makeProvider({ clientMetadataUrl: clientId })
    const client = new Client({ name: 'desk', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
    const first = new StreamableHTTPClientTransport(new URL(`${house.url}/mcp/docs`), { authProvider: provider })
    await expect(client.connect(first)).rejects.toBeInstanceOf(UnauthorizedError)
    const url = provider.asked[0]?.href ?? ''
    const { page } = await openBrowser(house, zoe).visit(url)
    const words = page.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')
    expect(words).toContain(`It comes from ${new URL(clientId).host}: go on only if that is where you started.`)
    expect(words).toContain('It calls itself “Desk App”, which nobody has checked. ')
    expect(readForm(page)).toMatchObject({ tool_0: 'docs/read_text_file' })
    const { location } = await allow(house, zoe, { url })
    expect(location?.origin).toBe('http://127.0.0.1:41414')
    await first.finishAuth(location?.searchParams ?? new URLSearchParams())
    expect(provider.kept.get('tokens')).toMatchObject({ scope: 'read' })
    const { client: connected } = await connect(provider)
    const { tools } = await connected.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['read_text_file'])
    const read = await connected.callTool({ name: 'read_text_file', arguments: { path: 'public/handbook.md' } })
    expect(JSON.stringify(read.content)).toContain('brings cake')
    await connected.close()
  })

  it('is warned of where it takes the name of another, as people read it, and says nothing in our name', async () => {
    const other = `${documents.origin}/other/client.json`
    const name = 'De\u200bsk Арр”“'
    const body = { client_id: other, client_name: name, redirect_uris: ['https://evil.example/back'] }
    documents.serve('/other/client.json', { body })
    const provider = makeProvider({ clientMetadataUrl: other })
    await connect(provider).catch(() => undefined)
    const asked = new URL(provider.asked[0]?.href ?? '')
    asked.searchParams.set('redirect_uri', 'https://evil.example/back')
    await openBrowser(house, zoe).visit(asked.href)
    await takeOver('another')
    const { page } = await openBrowser(house, zoe).visit(asked.href)
    expect(page).toContain('Another agent here has that name.')
    expect(page).toContain('It calls itself “Desk Арр”, which nobody has checked.')
  })

  it('is not discovered again once people have ended it', async () => {
    const { identity, bindings } = await house.people.ada.client.identities.show('desk-app')
    await house.people.ada.client.identities.endBinding(identity.id, bindings[0]?.id ?? '', 'No longer wanted')
    const provider = makeProvider({ clientMetadataUrl: clientId })
    await connect(provider).catch(() => undefined)
    const { status, location } = await openBrowser(house, zoe).visit(provider.asked[0]?.href ?? '')
    expect([status, location]).toEqual([400, null])
  })
})
