import { fastify } from 'fastify'

// The baseline: what HTTP and JSON cost on this machine with nothing behind them.
const app = fastify()
app.post('/echo', async (request) => request.body)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ event: 'listening', url: `${url}/echo` })}\n`)
