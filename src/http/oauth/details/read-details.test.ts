import { describe, expect, it } from 'vitest'
import { readDetails } from './read-details.ts'

const type = 'urn:remit:task'
const outcome = (json: string): unknown => {
  try {
    return readDetails(json, type)
  } catch (error) {
    return String(error)
  }
}

describe('the authorization details of a request', () => {
  it.each([
    ['its type', `[{"type":"urn:remit:task-wish","type":"${type}","task_id":"tsk_1"}]`],
    ['what it is about', `[{"type":"${type}","task_id":"tsk_1","task_id":"tsk_2"}]`],
    ['the same, with an escape', `[{"type":"${type}","task_id":"tsk_1","task\\u005fid":"tsk_2"}]`],
    ['the same, in the same words', `[{"type":"${type}","task_id":"tsk_1","task_id":"tsk_1"}]`],
  ])('are refused where one says %s twice', (_what, json) => {
    expect(outcome(json)).toContain('A name stands twice in one object')
  })

  it('may name in one object what another one names', () => {
    expect(outcome(`[{"type":"${type}","task_id":"task_id"}]`)).toEqual({ type, task_id: 'task_id' })
  })
})
