import { realpath } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'

/**
 * Says where a symbolic link on this machine leads a path elsewhere than its name says, or null. `root` is the folder
 * that the paths are relative to; one that is not on this machine leads nowhere. Of a file that is not there yet its
 * folder counts. A path that climbs is refused before a look: `..` behind a link is the parent of where that leads. A
 * link that is made after this look is not seen: whoever can make one has the files already.
 */
export async function findLinkFault(root: string, paths: readonly string[]): Promise<string | null> {
  const realRoot = root.startsWith('/') ? await findReal(root) : null
  if (realRoot === null) return null
  for (const path of paths) {
    if (path.split('/').includes('..')) return 'it climbs with two dots'
    const inside = path.startsWith('/') ? relative(root, path) : path
    if (await isLedAway(resolve(realRoot, inside), realRoot)) return 'a symbolic link leads it elsewhere'
  }
  return null
}

async function isLedAway(path: string, root: string): Promise<boolean> {
  for (let at = path; at.length > root.length; at = dirname(at)) {
    const real = await findReal(at)
    if (real !== null) return real !== at
  }
  return false
}

/** Gives the path without links; null where there is nothing, or nothing that can be looked at. */
async function findReal(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch {
    return null // not there, or not ours to read: then the server behind the gateway says so itself
  }
}
