import type { Worker } from 'node:worker_threads'

/**
 * Hears a thread, which holds the process no more until it is asked for something (`ref`). `ended` is told of all that ends the
 * line to it, and how: more than once, since one that failed exits too.
 */
export function hearThread<Told>(
  worker: Worker,
  hear: (told: Told) => void,
  ended: (how: string, cause?: unknown) => void,
): Worker {
  worker.unref()
  worker.on('message', hear)
  worker.on('messageerror', (error) => ended('was not understood', error))
  worker.on('error', (error) => ended('failed', error))
  worker.on('exit', (code) => ended(`ended with ${code}`))
  return worker
}
