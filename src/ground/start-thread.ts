import { Worker } from 'node:worker_threads'

/**
 * Starts a thread of this process. `name` is its file without an ending, beside the file that asks, whose `import.meta.url`
 * `beside` is: both are sources, or both are what is shipped. The thread is given its data and nothing of the environment, and
 * what it would print is kept from our own output, which machines read.
 */
export function startThread(name: string, beside: string, workerData: unknown): Worker {
  const url = new URL(`${name}.${beside.endsWith('.ts') ? 'ts' : 'js'}`, beside)
  const execArgv = ['--disable-warning=ExperimentalWarning']
  return new Worker(url, { name, workerData, execArgv, env: {}, stdout: true, stderr: true })
}
