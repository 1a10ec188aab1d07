import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { openBrowser, readForm } from '../consent/browser.ts'
import { BACK, makeRequest } from '../consent/cast.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Actor, approveIdentity, codeOf, furnish, makeReleaser, prepare } from '../scenarios/cast.ts'
import { sayAs } from '../scenarios/say-as.ts'

const right = {
  scope: [{ action: '*', resource: '*' }],
  classes: ['read', 'write', 'execute'],
  ceiling: 'internal',
  reason: 'Their work',
  days: 3,
} as const

const takenBy = { issuers: ['example.org'] }

describe('a person who has others asked again and again', () => {
  let house: House
  let releaser: Actor
  let zoe: Somebody
  let yan: Somebody

  beforeAll(async () => {
    house = await startHouse({ limits: { requestsPerSecond: 100_000 } })
    await furnish(house)
    releaser = await makeReleaser(house)
    const id = await prepare(house, releaser)
    await house.people.ada.client.clients.add({ identity: id, clientId: 'app', redirectUris: [BACK], server: 'docs' })
    await approveIdentity(house, id)
    ;[zoe, yan] = [await bring('Zoe'), await bring('Yan')]
  })
  afterAll(async () => void (await house.end(400)))

  async function bring(name: string): Promise<Somebody> {
    const { people } = house.people.ada.client
    const { link, person } = await people.add({ name, email: `${name}@example.org`, roles: [] })
    await people.grantRight(person.id, right)
    return await house.signIn(link)
  }

  const task = () => ({ ...releaser.task, scope: releaser.task.scope.slice(0, 2) })
  const open = ({ client }: Somebody): Promise<string> =>
    codeOf(client.identities.openTask(releaser.name, { ...task(), takenBy }))
  const openMany = async (count: number, each: () => Promise<string>): Promise<readonly string[]> =>
    (await Promise.all(Array.from({ length: count }, each))).toSorted()
  const denyAll = async (): Promise<void> => {
    const { client } = house.people.lin
    const { tasks } = await client.tasks.list({ state: 'waiting', limit: 200 })
    await Promise.all(tasks.map(({ approvalId }) => client.approvals.vote(approvalId ?? '', 'deny', 'Not today')))
  }

  it('has twenty tasks wait, however many at once, and silences nobody else by it', { timeout: 60_000 }, async () => {
    const answers = await openMany(2 * LIMITS.waitingTasksMax, () => open(zoe))
    expect(answers.filter((code) => code === 'answered')).toHaveLength(LIMITS.waitingTasksMax)
    expect(answers.filter((code) => code === 'rate_limited')).toHaveLength(LIMITS.waitingTasksMax)
    expect(await open(yan)).toBe('answered')
    expect(await codeOf(releaser.agent.openTask(task()))).toBe('answered')
  })

  it('gets none more by a consent page', async () => {
    const browser = openBrowser(house, zoe)
    const { page } = await browser.visit(makeRequest(house, 'app', {}).url)
    const answer = await browser.send('/oauth/authorize', { ...readForm(page), decision: 'allow' })
    expect(answer.status).toBe(429)
    expect(answer.page).toContain(
      '20 tasks wait for people to approve them already; ask again once they have answered.',
    )
  })

  it('is asked about no more after a hundred times no in a day, and hides no no to anybody else', {
    timeout: 120_000,
  }, async () => {
    await denyAll() // all of Zoe's, and one of each other
    const untilSilenced = async (each: () => Promise<string>, before: number): Promise<number> => {
      let noes = before
      for (;;) {
        const put = (await openMany(LIMITS.waitingTasksMax, each)).filter((code) => code === 'answered').length
        await denyAll()
        noes += put
        if (put === 0) return noes
      }
    }
    expect(await untilSilenced(() => open(zoe), LIMITS.waitingTasksMax)).toBe(LIMITS.deniedPerAskerMax)
    expect(await untilSilenced(() => open(yan), 1)).toBe(LIMITS.deniedPerAskerMax + 1)
    expect(await untilSilenced(() => codeOf(releaser.agent.openTask(task())), 1)).toBe(LIMITS.deniedPerAskerMax + 1)
    await expect(zoe.client.identities.openTask(releaser.name, { ...task(), takenBy })).rejects.toMatchObject({
      detail:
        'People have said no to 100 tasks on behalf of this person within 24 hours, and nobody is asked meanwhile.',
    })
  })

  it('lets no identity ask again, nor does who does not answer for it: its owner does, or an approver, and says why', async () => {
    const { ada, lin, sam } = house.people
    const words = ['identity', 'hear', releaser.name, '--reason', 'It was misconfigured']
    for (const who of [zoe, sam]) expect((await sayAs(house, who, words)).code).toBe(1)
    expect(await codeOf(releaser.agent.openTask(task()))).toBe('rate_limited')
    expect((await sayAs(house, lin, words)).said).toContain('release-agent may have people asked again')
    expect((await sayAs(house, lin, ['identity', 'show', releaser.name])).said).toMatch(
      /asks again +since 20.*, whatever people said no to before/,
    )
    expect(await codeOf(releaser.agent.openTask(task()))).toBe('answered')
    expect(await open(zoe)).toBe('rate_limited')
    const { identity } = await ada.client.identities.show(releaser.name)
    const [first] = await Promise.all(
      [ada, lin, ada].map(({ client }) => client.identities.hear(identity.id, 'Once more')),
    )
    const entry = first?.entry ?? -1
    const why = (await sayAs(house, lin, ['why', String(entry)], 400)).said
    expect(why).toContain('an identity may have people asked again, whatever they said no to before')
    expect(why).toContain('The reason that was given: "Once more".')
    const heard = (await lin.client.entries.show(entry)).entry
    expect(heard).toMatchObject({
      kind: 'identity.heard',
      actor: { kind: 'person', id: ada.id },
      data: { identityId: identity.id, reason: 'Once more' },
    })
  })
})
