import type { Binding } from '../../sdk/nouns.ts'
import { tellChange } from '../changed.ts'
import type { Command } from '../command.ts'
import { findIdentityId, readAll, readNamer } from '../lookup.ts'
import { writeTable } from '../terminal.ts'

/** Nobody registered a client that came with a document of its own. */
function stateOf({ endedMs, client }: Binding): string {
  if (endedMs !== null) return 'ended'
  if (client === undefined) return 'by document'
  return client.confidential === true ? 'registered, proves itself' : 'registered'
}

/** OAuth and MCP clients, through which people let an identity act on their behalf. */
export const CLIENT_COMMANDS: readonly Command[] = [
  {
    name: 'client list',
    sentence: 'Lists the OAuth and MCP clients, and for which identity each speaks.',
    arguments: [],
    options: [],
    run: async (_input, context) => {
      const client = context.client()
      const rows = await readAll(
        (query) => client.clients.list(query),
        (part) => part.clients,
      )
      const nameOf = await readNamer(
        client,
        rows.map((row) => row.identityId),
      )
      const lines = rows.map((row) => [
        row.subject,
        nameOf(row.identityId),
        row.client?.redirectUris.join(' ') ?? 'as its own document says',
        stateOf(row),
        row.id,
      ])
      const head = ['client', 'identity', 'answers go to', 'state', 'binding']
      return {
        data: { clients: rows },
        lines: [writeTable(head, lines, 'There is no client yet: `remit client add` registers one.')],
      }
    },
  },
  {
    name: 'client add',
    sentence:
      'Registers an OAuth or MCP client that speaks for an identity: people let it act on their behalf in the browser. It is approved with the identity.',
    arguments: [{ name: 'identity', sentence: 'Name or id; a draft, or one that is suspended.' }],
    options: [
      {
        name: 'redirect',
        value: 'address',
        isMany: true,
        isRequired: true,
        sentence: 'Where answers may go, letter by letter; at http://127.0.0.1 and http://localhost any port counts.',
      },
      { name: 'id', value: 'text', sentence: 'Its `client_id`; without it one is made.' },
      { name: 'server', value: 'name', sentence: 'The MCP server that it is for where it names none itself.' },
      {
        name: 'confidential',
        sentence: 'It proves itself with each code, by a key, certificate or other binding of the identity.',
      },
    ],
    run: async (input, context) => {
      const client = context.client()
      const [id, server] = [input.find('id'), input.find('server')]
      const added = await client.clients.add({
        identity: await findIdentityId(client, input.text('identity')),
        redirectUris: input.all('redirect'),
        ...(id === undefined ? {} : { clientId: id }),
        ...(server === undefined ? {} : { server }),
        ...(input.has('confidential') ? { confidential: true } : {}),
      })
      return tellChange(`The client is registered. Its client_id: ${added.clientId}`, added)
    },
  },
]
