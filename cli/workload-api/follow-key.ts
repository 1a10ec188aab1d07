import type { Agent } from '../../sdk/agent.ts'
import type { PrivateJwk } from '../../sdk/key-assertion.ts'
import { keyUnreadable, readPrivateKey } from '../key-file.ts'

/** What of an agent serves SVIDs in a task. */
export type SvidAgent = Pick<Agent, 'certify' | 'exchange' | 'trustBundles'>

/**
 * Makes an agent of the key in a file, and another one of the key that lies there later: the file is read again for each request.
 * Where it holds no key, as between the deletion of one and the writing of the other, the agent of before goes on, and that is
 * noted once. `makeAgent` fails where it cannot use the key. Errors, at first: `key_unreadable`.
 */
export async function followKey(
  file: string,
  makeAgent: (privateJwk: PrivateJwk) => Promise<SvidAgent>,
  note: (sentence: string) => void,
): Promise<SvidAgent> {
  const make = (privateJwk: PrivateJwk): Promise<SvidAgent> =>
    makeAgent(privateJwk).catch(() => {
      throw keyUnreadable(file)
    })
  let used = readPrivateKey(file)
  let agent = await make(used)
  let fault: string | undefined
  const look = async (): Promise<void> => {
    try {
      const found = readPrivateKey(file)
      if (JSON.stringify(found) !== JSON.stringify(used)) {
        agent = await make(found)
        used = found
        note(`The key in ${file} is another one now, and is used from here on.`)
      }
      fault = undefined
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error)
      if (fault !== found) note(`The key of before goes on. ${found}`)
      fault = found
    }
  }
  const current = async (): Promise<SvidAgent> => {
    await look()
    return agent
  }
  return {
    certify: async (taskId, request) => (await current()).certify(taskId, request),
    exchange: async (taskId, resource) => (await current()).exchange(taskId, resource),
    trustBundles: async () => (await current()).trustBundles(),
  }
}
