import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fastify } from 'fastify'

// The floor under a durable answer: what is asked is kept on disk with its digest before it is answered, and nothing else is
// done. What comes in one turn of the event loop shares a commit. The folder is the word on the command line.
const database = new DatabaseSync(join(process.argv[2] ?? '.', 'bare.db'))
database.exec('pragma journal_mode = wal; pragma synchronous = full; create table records (body text, digest blob)')
const insert = database.prepare('insert into records (body, digest) values (?, ?)')

/** What waits to be kept, and who waits for that. */
let waiting: { readonly body: string; readonly answer: () => void }[] = []

function keepAll(): void {
  const batch = waiting
  waiting = []
  database.exec('begin')
  for (const { body } of batch) insert.run(body, createHash('sha256').update(body).digest())
  database.exec('commit')
  for (const { answer } of batch) answer()
}

const app = fastify()
app.post('/record', (request, reply) => {
  if (waiting.length === 0) setImmediate(keepAll)
  waiting.push({ body: JSON.stringify(request.body), answer: () => void reply.send(request.body) })
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ event: 'listening', url: `${url}/record` })}\n`)
