import { lstat, realpath } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'

/**
 * Says where a symbolic link on this machine leads a path elsewhere than its name says, or null. `root` is the folder
 * that the paths are relative to; one that is not on this machine leads nowhere. Of a file that is not there yet its
 * folder counts. A path that climbs is refused before a look: `..` behind a link is the parent of where that leads. A
 * link that is made after this look is not seen: whoever can make one has the files already. Rejects with the reason
 * of the signal: nobody waits any more for what a slow disk says.
 */
export async function findLinkFault(
  root: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const realRoot = root.startsWith('/') ? await findReal(root) : null
  if (realRoot === null) return null
  for (const path of paths) {
    if (path.split('/').includes('..')) return 'it climbs with two dots'
    const inside = path.startsWith('/') ? relative(root, path) : path
    if (await isLedAway(resolve(realRoot, inside), realRoot, signal)) return 'a symbolic link leads it elsewhere'
  }
  return null
}

/** Goes down from the root only where the path is not whole, and no further than to the first that is not there. */
async function isLedAway(path: string, root: string, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted()
  if ((await findReal(path)) === path) return false
  let at = root
  for (const segment of relative(root, path).split('/')) {
    signal.throwIfAborted()
    at = join(at, segment)
    const real = await findReal(at)
    if (real === null) return isLink(at)
    if (real !== at) return true
  }
  return false
}

/** True for a link to where nothing is: a new file would come to lie there. */
async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch {
    return false // not there, or not ours to read: then the server behind the gateway says so itself
  }
}

/** Gives the path without links; null where there is nothing, or nothing that can be looked at. */
async function findReal(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch {
    return null // see `isLink`
  }
}
