import { describe, expect, it } from 'vitest'
import { setUpBench } from '../test/cli-bench.ts'

const bench = setUpBench()

const task = {
  id: 'tsk_1',
  identityId: 'idn_1',
  chain: [{ name: 'a-helper-of-the-team' }],
  state: 'active',
  purpose: 'summarise-documents',
  ticket: null,
  endsMs: 1,
  goal: 'Say in a few words what each of the documents of the team says',
  scope: [{ action: 'docs/read', resource: 'docs:*' }],
  ceiling: 'internal',
  entry: 3,
}
const actor = { kind: 'person', id: 'psn_1' }
const subject = { kind: 'identity', id: 'idn_1' }
const entitlement = { id: 'ent_1', scope: task.scope, classes: ['read'], ceiling: 'internal' }
const act = {
  action: 'docs/read',
  actionClass: 'read',
  resources: ['docs:handbook-of-the-team.md', 'docs:a'],
  calls: 1,
}
const use = { tasks: 1, calls: 1, lastMs: 1, acts: [{ ...act, sensitivity: 'internal', lastMs: 1 }] }
const unused = { grants: [], classes: [], ceiling: null }
const path = { names: ['helper'], taskId: 'tsk_1', scope: task.scope, ceiling: 'internal', endsMs: 1 }

/** What a server answers that knows one of each. */
const known = {
  tasks: [task],
  cutoffs: [{ target: 'vendor', targetId: 'acme', by: 'psn_1', atMs: 1, because: 'they were broken into', entry: 2 }],
  limits: [{ name: 'payments', of: 'pay/*', per: 'identity', callsMax: 3, windowSeconds: 60, state: 'active' }],
  people: [{ id: 'psn_1', name: 'Ada', email: 'ada@example.org', roles: ['admin', 'approver'], state: 'active' }],
  identities: [{ id: 'idn_1', name: 'helper', state: 'active', tier: 'T1', owner: 'psn_1', purpose: 'summarise' }],
  entries: [{ index: 0, entry: { atMs: 1, kind: 'identity.activated', actor, subject } }],
  purposes: [{ code: 'summarise', title: 'Summarise what the team wrote', classes: ['read'], ceiling: 'internal' }],
  rules: [{ pattern: 'docs:a-folder-of-the-team/*', sensitivity: 'confidential' }],
  servers: [{ name: 'docs', state: 'down', reason: 'its process ended', tools: [] }],
  domains: [{ name: 'shop', enforced: 1, shadow: null, digest: 'a'.repeat(64), entry: 2 }],
  identity: { id: 'idn_1', name: 'helper' },
  uses: [{ entitlement, use, unused, sinceMs: 1, isNarrower: false, proposal: {} }],
  counted: { from: 0, to: 9, size: 9 },
  paths: [{ ...path, edges: [{ kind: 'task', from: 'idn_1', to: 'tsk_1', untilMs: 1, entry: 3 }] }],
  fallen: [],
  openable: [],
  cautions: [],
  size: 1,
  next: null,
}

describe('a table', () => {
  it.each<[words: string, head: string]>([
    ['task list', 'ID +CHAIN'],
    ['cutoff list', 'AT +WHAT'],
    ['limit list', 'NAME +OF'],
    ['person list', 'NAME +MAIL'],
    ['identity list', 'NAME +STATE'],
    ['log list', 'ENTRY +AT'],
    ['identity used helper', 'ACTION +CLASS'],
    ['access path --from helper --to docs:a', 'STEP +FROM'],
    ['purpose list', 'CODE +CLASSES'],
    ['resource list', 'PATTERN +SENSITIVITY'],
    ['tool list', 'SERVER +TOOL'],
    ['policy domains', 'DOMAIN +DECIDES'],
    ['acting', 'TASK +WHO'],
  ])(
    'is a row a line where it goes elsewhere, and told in lines of its own on a narrow screen: %s',
    async (said, head) => {
      bench.answer.body = known
      const asRow = new RegExp(`^${head}`, 'm')
      const asLines = new RegExp(`^${head.replace(' +', ' +[^ ]+.*\\n')} `, 'm')
      const listed = async () => (await bench.run(said.split(' '))).out
      expect(await listed()).toMatch(asRow)
      bench.screen = 40
      expect(await listed()).toMatch(asLines)
      expect(await listed()).not.toMatch(asRow)
    },
  )

  it('of what was used says in each row which action it is of, and where that was counted', async () => {
    bench.answer.body = known
    expect((await bench.run(['identity', 'used', 'helper'])).out).toMatch(/^docs\/read +read +docs:a +as above$/m)
  })
})
