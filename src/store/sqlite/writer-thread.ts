import { parentPort, workerData } from 'node:worker_threads'
import { foldGrown, openWriting } from './connection.ts'
import { obey, sayFault } from './obey.ts'
import { createUnpacker, FOLD, type PackedOrder, type Reply } from './order.ts'

// What `thread-writer.ts` starts: it has a connection that writes, says whether that is open, does one order after the other,
// and ends when it is told null.
const NOTHING: Reply = { outcomes: [], isCommitted: false, commitMs: 0 }
const say = (reply: Reply): void => parentPort?.postMessage(reply)
try {
  const connection = openWriting(String(workerData))
  const unpack = createUnpacker()
  parentPort?.on('message', (told: PackedOrder | typeof FOLD | null) => {
    if (told === null) {
      connection.database.close()
      parentPort?.close()
    } else if (told === FOLD) {
      foldGrown(connection)
      say(NOTHING)
    } else {
      say(obey(connection, unpack(told)))
      foldGrown(connection)
    }
  })
  say(NOTHING)
} catch (error) {
  say({ fault: sayFault(error), isDoubtful: false })
}
