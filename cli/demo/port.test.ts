import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { findPort } from './port.ts'

it('no port is found twice, nor by two processes whose ids follow each other', async () => {
  const found: number[] = []
  for (let time = 0; time < 40; time += 1) found.push(await findPort(0))
  expect(new Set(found).size).toBe(found.length)
  for (const port of found) expect(port % 64).toBe(process.pid % 64)
  expect(Math.min(...found)).toBeGreaterThan(15_000)
  expect(Math.max(...found)).toBeLessThan(32_000)
})

it('the port that is wanted is found where it is free, and another one where it is not', async () => {
  const wanted = await findPort(0)
  expect(await findPort(wanted)).toBe(wanted)
  const server = createServer().listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const other = await findPort(wanted)
  expect(other).not.toBe(wanted)
  expect(other).toBeGreaterThan(15_000)
  await new Promise((resolve) => server.close(resolve))
})
