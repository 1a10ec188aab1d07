import { expect, it } from 'vitest'
import { setUpBench } from '../../test/cli-bench.ts'

const bench = setUpBench()

it('remit issuer presets says to which value a claim is pinned, where only one will do', async () => {
  const shown = { name: 'gitlab', issuer: 'https://gitlab.com', subjectLike: 's', trust: { liveness: 'cached' } }
  const pins = [{ oneOf: ['project_id'] }, { oneOf: ['ref_protected', 'other'], to: ['true', true] }]
  bench.answer.body = { presets: [{ ...shown, pins }] }
  const { out } = await bench.run(['issuer', 'presets'])
  expect(out).toContain('project_id, ref_protected=true or other=true')
})
