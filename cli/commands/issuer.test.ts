import { expect, it } from 'vitest'
import { setUpBench } from '../../test/cli-bench.ts'

const bench = setUpBench()

it('remit issuer presets says of each platform, a line each, what pins it down, and to which value where only one will do', async () => {
  const shown = { name: 'gitlab', issuer: 'https://gitlab.com', subjectLike: 's', trust: { liveness: 'cached' } }
  const pins = [{ oneOf: ['project_id'] }, { oneOf: ['ref_protected', 'other'], to: ['true', true] }]
  bench.answer.body = { presets: [{ ...shown, pins }] }
  const { out } = await bench.run(['issuer', 'presets'])
  expect(out.split('\n')).toEqual([
    'gitlab',
    '  issuer   https://gitlab.com',
    '  subject  s',
    '  shown    cached',
    '  pin      project_id, ref_protected=true or other=true',
  ])
})
