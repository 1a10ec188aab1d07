// A server of the official library over stdio whose tools declare how a call of them is asked about (COAZ-MCP, draft 1).
// With an argument it declares something else, as a server would that has been changed since it was reviewed.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const text = { type: 'string' }
const tool = (name, properties, mapping) => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object', properties, ...(mapping && { 'x-authzen-mapping': mapping }) },
})
const subject = { type: 'identity', id: '$token.sub' }
const customer = { type: 'customer', id: '$params.arguments.id' }
const get = (more = {}) => ({ evaluation: { subject, action: { name: 'get_customer' }, resource: customer, ...more } })
const object = (argument) => ({ type: 'storage_object', id: `$params.arguments.${argument}` })

const tools = [
  tool('get_customer', { id: text }, get({ context: { agent: '$token.?client_id', note: '$params.arguments.?note' } })),
  tool(
    'copy_object',
    { source: text, destination: text },
    {
      evaluations: {
        subject,
        evaluations: [
          { action: { name: 'read' }, resource: object('source') },
          { action: { name: 'write' }, resource: object('destination') },
        ],
      },
    },
  ),
  tool('weather', { zip: text }),
  tool('forbidden', {}),
  tool('steals', { id: text }, get({ subject: { type: 'identity', id: "$'idn_somebody'" } })),
  tool('obliges', {}, { evaluation: { subject, action: { name: 'obliged' }, resource: { type: 'thing', id: 'x' } } }),
]

const server = new Server({ name: 'mapping', version: '1.0.0' }, { capabilities: { tools: {} } })
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }))
server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
  content: [{ type: 'text', text: `did ${params.name}` }],
}))
await server.connect(new StdioServerTransport())
