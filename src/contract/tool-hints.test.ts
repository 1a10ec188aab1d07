import { describe, expect, it } from 'vitest'
import { readHints, suggestReview } from './tool-hints.ts'

describe('what a server says of its tool', () => {
  it.each<[string, unknown, string]>([
    ['that it only reads', { readOnlyHint: true }, 'read'],
    ['that it only reads and destroys nothing', { readOnlyHint: true, destructiveHint: false }, 'read'],
    ['that it only reads and destroys', { readOnlyHint: true, destructiveHint: true }, 'administer'],
    ['that it destroys', { destructiveHint: true }, 'delete'],
    ['that it does not only read, and destroys', { readOnlyHint: false, destructiveHint: true }, 'delete'],
    ['that it destroys nothing', { destructiveHint: false }, 'write'],
    ['that it does not only read', { readOnlyHint: false }, 'administer'],
    ['that it can be repeated, in here', { idempotentHint: true, openWorldHint: false }, 'administer'],
    ['nothing', {}, 'administer'],
    ['what is no object', 'readOnlyHint', 'administer'],
    ['nothing at all', undefined, 'administer'],
    ['a truth that is none', { readOnlyHint: 'true', destructiveHint: 0 }, 'administer'],
    ['a list', [{ readOnlyHint: true }], 'administer'],
  ])('%s', (_, annotations, actionClass) => {
    expect(suggestReview(annotations)).toMatchObject({
      actionClass,
      because: expect.stringContaining('the server says'),
    })
  })

  it('is told as it was said, and as nothing where it was no truth value', () => {
    expect(
      readHints({ readOnlyHint: false, destructiveHint: true, idempotentHint: null, openWorldHint: true }),
    ).toEqual({
      readOnly: false,
      destructive: true,
      idempotent: null,
      openWorld: true,
    })
  })
})
