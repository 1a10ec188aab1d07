import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { insert } from '../../src/contract/change.ts'
import { digestText } from '../../src/ground/digest.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import type { Store } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { commit, writing } from './writes.ts'

describe.each(BACKENDS)('the texts of policy sets, on $name', ({ start }) => {
  let backend: Backend
  let store: Store
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    store = await open(await backend.create())
  })
  afterEach(() => store.close())

  const keepText = async (body: string, id = digestText(body), salt = ''): Promise<void> => {
    await commit(store.record, writing(body, insert('payloads', { id, salt, body })))
  }

  it('are all read, the latest first, however many there are, and nothing else that is kept beside the log', async () => {
    const texts = Array.from({ length: LIMITS.pageRowsMax + 3 }, (_, at) => `text ${at}`)
    await commit(
      store.record,
      ...texts.map((body) => writing(body, insert('payloads', { id: digestText(body), salt: '', body }))),
    )
    await keepText('asked', `questions-${digestText('asked')}`, 'salt')
    const size = texts.length + 1
    expect((await store.policies.readPolicies(size)).map(({ text }) => text)).toEqual(texts.toReversed())
    expect((await store.policies.readPolicies(2)).map(({ text }) => text)).toEqual(['text 1', 'text 0'])
  })

  it('are read one by one by their digest, and what is salted is none of them', async () => {
    await keepText('one')
    await keepText('asked', `questions-${digestText('asked')}`, 'salt')
    expect(await store.policies.readPolicyText(digestText('one'))).toBe('one')
    expect(await store.policies.readPolicyText(`questions-${digestText('asked')}`)).toBeNull()
    expect(await store.policies.readPolicyText('none')).toBeNull()
  })

  it('are not the questions of an entry, which are read by a digest over salt and body', async () => {
    const id = `questions-${digestText('salted')}`
    await keepText('ed', id, 'salt')
    await keepText('other', `questions-${digestText('asked')}`, 'salt')
    expect(await store.policies.readQuestions(id)).toBe('ed')
    expect(await store.policies.readQuestions(`questions-${digestText('asked')}`)).toBeNull()
    expect(await store.policies.readQuestions('none')).toBeNull()
  })
})
