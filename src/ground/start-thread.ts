import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'

/**
 * Starts a thread of this process. `name` is its file without an ending, beside the file that asks, whose `import.meta.url`
 * `beside` is: both are sources, or both are what is shipped. The thread is given its data and nothing of the environment but
 * where Node.js keeps compiled code, if it does; what it would print is kept from our own output, which machines read.
 */
export function startThread(name: string, beside: string, workerData: unknown): Worker {
  const url = new URL(`${name}.${beside.endsWith('.ts') ? 'ts' : 'js'}`, beside)
  const execArgv = ['--disable-warning=ExperimentalWarning']
  return new Worker(url, { name, workerData, execArgv, env: compiledCode(), stdout: true, stderr: true })
}

function compiledCode(): Readonly<Record<string, string>> {
  const folder = getCompileCacheDir() // of this version of Node.js, below the one that was named
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}
