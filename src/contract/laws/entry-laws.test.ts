import { describe, expect, it } from 'vitest'
import { OVER, WITHIN } from '../../../test/prove/bounded-stories.ts'
import { FLOWING, STAYING } from '../../../test/prove/flow-stories.ts'
import { BROKEN, callIn, change, putAfter, SOUND, startMs, story } from '../../../test/prove/odd-stories.ts'
import { cutOff, release, type Story } from '../../../test/prove/story.ts'
import type { LogEntry } from '../log-entry.ts'
import { tell, tellNothing } from '../told/told.ts'
import { ENTRY_LAWS, judgeEntry } from './entry-laws.ts'

/** Judges a story as it stands; gives the broken laws with the name of the line that breaks them. */
function judge(story: Story, whole = true): string[] {
  const told = tellNothing()
  return story.flatMap(([name, { asks, uses, answersTo, ...draft }], index) => {
    const answers = story.findIndex(([other]) => other === answersTo)
    const touched = [
      ...(asks === undefined ? [] : [`approval_uses/${asks}@1`]),
      ...(uses === undefined ? [] : [`approval_uses/${uses}`]),
    ]
    const atMs = startMs + index * 1_000
    const entry: LogEntry = { v: 1, org: 'org', atMs, touched, ...draft, ...(answers < 0 ? {} : { answers }) }
    const faults = judgeEntry({ index, entry, told, whole })
    tell(told, index, entry)
    return faults.map(({ law }) => `${name}: ${law}`)
  })
}

describe('the laws over a log', () => {
  it('are kept by a story that is told right', () => {
    expect(judge(story)).toEqual([])
  })

  it('each have a name and a promise of their own', () => {
    expect(new Set(ENTRY_LAWS.map((law) => law.name)).size).toBe(ENTRY_LAWS.length)
    expect(new Set(ENTRY_LAWS.map((law) => law.promise)).size).toBe(ENTRY_LAWS.length)
    for (const { name, promise } of ENTRY_LAWS)
      expect([name, promise]).toEqual([name, expect.stringMatching(/^[a-z].* .*[a-z]$/)])
  })

  it.each([...BROKEN, ...OVER, ...FLOWING])('notice %s', (_, told, broken) => {
    expect(judge(told)).toEqual(broken)
  })

  it.each([...SOUND, ...WITHIN, ...STAYING])('have nothing against %s', (_, told) => {
    expect(judge(told)).toEqual([])
  })

  it('notice a permit long after the end of its task', () => {
    const ended = change('task', { endsMs: startMs + 12_000, taskState: 'active' }).filter(
      ([name]) => name === 'token' || story.slice(0, 12).some(([other]) => other === name),
    )
    const late: Story = [
      ...ended,
      ...Array.from({ length: 8 }, (_, index): Story[number] => [
        `wait ${index}`,
        story[0]?.[1] ?? expect.unreachable(),
      ]),
      ['late', callIn(release, 'tsk_release')],
    ]
    expect(judge(late)).toEqual(['late: live'])
  })

  it('notice time that goes back', () => {
    const told = tellNothing()
    const entry = { v: 1, org: 'org', touched: [], ...(story[0]?.[1] ?? expect.unreachable()) } as const
    tell(told, 0, { ...entry, atMs: 5 })
    expect(judgeEntry({ index: 1, entry: { ...entry, atMs: 4 }, told, whole: true })).toEqual([
      { law: 'time', fault: 'its time lies 1 ms before that of an entry above it' },
    ])
    expect(judgeEntry({ index: 1, entry: { ...entry, atMs: 5 }, told, whole: true })).toEqual([])
  })

  it('ask of a part of a log only what it can show', () => {
    const part = story.filter(([name]) => ['child', 'denial', 'call vote', 'call', 'call finished'].includes(name))
    expect(judge(part, false)).toEqual([])
  })

  it('say of a part of a log nothing about approvals that may have come again in between', () => {
    const told = putAfter('release identity.activated', ['cut', cutOff('owner', 'psn_ann')])
    expect(judge(told, false)).toEqual([])
  })
})
