import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { noteFailure, runTrials } from '../src/decide/policy/trial/run-trials.ts'
import { readTrials } from '../src/decide/policy/trial/trial-case.ts'
import { ROOT } from '../tools/read-tree.ts'
import { loadPolicies } from './decide/policy-set.ts'

const folder = join(ROOT, 'policies/examples')
const examples = readdirSync(folder).sort()
const manual = readFileSync(join(ROOT, 'docs/policy.md'), 'utf8')

describe('the worked policies of the manual', () => {
  it('are ten', () => {
    expect(examples).toHaveLength(10)
  })

  it.each(examples)('%s is valid beside what comes with Remit, and nothing of it is odd', async (name) => {
    expect((await loadPolicies(join(folder, name))).warnings).toEqual([])
  })

  it.each(examples)(
    '%s permits and denies what its cases say, and each of its policies denies something',
    async (name) => {
      const { engine, byId } = await loadPolicies(join(folder, name))
      const file = `${name}.test.json`
      const { cases, faults } = readTrials([{ name: file, text: readFileSync(join(folder, name, file), 'utf8') }])
      expect(faults).toEqual([])
      const results = runTrials(engine, cases)
      expect(results.filter(({ ok }) => !ok).map(noteFailure)).toEqual([])
      expect(results.some(({ came }) => came.outcome === 'permit')).toBe(true)
      const own = [...byId.keys()].filter((id) => id.startsWith('acme:'))
      const denying = new Set(results.flatMap(({ came }) => (came.outcome === 'denial' ? came.by : [])))
      expect(own.filter((id) => !denying.has(id))).toEqual([])
      expect(own.length).toBeGreaterThan(0)
    },
  )

  it.each(examples)('%s stands in the manual as it stands in its file', (name) => {
    const text = readFileSync(join(folder, name, `${name}.cedar`), 'utf8')
    expect(manual).toContain(`\`policies/examples/${name}/${name}.cedar\`:\n\n\`\`\`cedar\n${text.trimEnd()}\n\`\`\`\n`)
  })
})
