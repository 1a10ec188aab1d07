import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { StoryEvent } from '../../cli/demo/picture.ts'
import { ROOT } from '../../tools/read-tree.ts'

const run = promisify(execFile)

it('the demo tells what README.md shows of it, each with its entry', async () => {
  const shown = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^ {4}(\S+) .*#(\d+) ([a-z.-]+)$/gm)]
  const { stdout } = await run(process.execPath, [join(ROOT, 'cli/demo/main.ts'), '--exit', '--json', '--port', '0'])
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as StoryEvent]))
  const told = events.flatMap((event) =>
    event.event === 'told' && event.entry !== null ? [`${event.actor} #${event.entry.index} ${event.entry.kind}`] : [],
  )
  expect(shown.length).toBeGreaterThan(5)
  for (const [, actor, index, kind] of shown) expect(told).toContain(`${actor} #${index} ${kind}`)
}, 120_000)
