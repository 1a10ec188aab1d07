import { describe, expect, it } from 'vitest'
import { ACTION_CLASSES, gravestClass, isActionClass, rankClass } from '../action-class.ts'
import { UNBOUND_CONTEXT } from './access-request.ts'
import { ACCESS_STATUSES, type AccessStatus, joinStatuses, statusOf } from './access-status.ts'
import { type Approval, newApproval } from './approval.ts'

const asked = newApproval({
  id: 'apr_1',
  subject: 'identity',
  subjectId: 'idn_1',
  digest: '00',
  asked: {},
  requestedBy: ['ann'],
  seats: ['owner', 'security'],
  createdMs: 0,
  expiresMs: 100,
})
const yes = (personId: string, seat: 'owner' | 'security') =>
  ({ personId, seat, verdict: 'approve', reason: 'fine', atMs: 1 }) as const
const bothYes = [yes('bob', 'owner'), yes('cy', 'security')]

describe('where a request for access stands', () => {
  it.each<[string, Partial<Approval>, number, AccessStatus]>([
    ['nobody has answered', {}, 0, 'pending'],
    ['nobody has answered, at the last moment', {}, 99, 'pending'],
    ['nobody has answered in time', {}, 100, 'expired'],
    ['one of two has said yes', { votes: bothYes.slice(0, 1) }, 99, 'pending'],
    ['one of two has said yes, and it was too late for the other', { votes: bothYes.slice(0, 1) }, 100, 'expired'],
    ['all have said yes', { votes: bothYes, state: 'approved' }, 50, 'approved'],
    ['all have said yes, and its time is over', { votes: bothYes, state: 'approved' }, 100, 'approved'],
    ['one has said no', { state: 'denied' }, 50, 'denied'],
    ['one has said no, and its time is over', { state: 'denied' }, 100, 'denied'],
    ['who asked has taken it back', { state: 'cancelled' }, 50, 'cancelled'],
    ['who asked has taken it back after all had said yes', { votes: bothYes, state: 'cancelled' }, 50, 'cancelled'],
  ])('where %s', (_, more, nowMs, status) => {
    expect(statusOf({ ...asked, ...more }, nowMs)).toBe(status)
  })

  it.each<[readonly AccessStatus[], AccessStatus]>([
    [[], 'failed'],
    [['approved'], 'approved'],
    [['approved', 'approved'], 'approved'],
    [['denied', 'denied'], 'denied'],
    [['approved', 'denied'], 'partial'],
    [['denied', 'approved', 'approved'], 'partial'],
    [['approved', 'approved', 'expired'], 'partial'],
    [['approved', 'pending', 'denied'], 'pending'],
    [['pending'], 'pending'],
    [['partial', 'partial'], 'partial'],
  ])('of several together: %j is %s', (all, status) => {
    expect(joinStatuses(all)).toBe(status)
  })

  it('is one of seven words of the profile', () => {
    expect(ACCESS_STATUSES).toEqual(['pending', 'approved', 'denied', 'expired', 'cancelled', 'failed', 'partial'])
  })
})

describe('what a request says', () => {
  it('binds no approval where it is machinery, or never the same twice', () => {
    expect([...UNBOUND_CONTEXT].sort()).toEqual([
      'access_request',
      'approval',
      'evaluated_at',
      'evaluation_id',
      'reason',
      'time',
    ])
  })

  it('is a class of actions where it is one of the seven, which rise from reading to administering', () => {
    expect(ACTION_CLASSES.map(rankClass)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(ACTION_CLASSES.every(isActionClass)).toBe(true)
    expect(['', 'READ', 'task', 'reads', 'constructor'].some(isActionClass)).toBe(false)
    expect([gravestClass([]), gravestClass(['read', 'deploy', 'write']), gravestClass(['write', 'read'])]).toEqual([
      'read',
      'deploy',
      'write',
    ])
  })
})
