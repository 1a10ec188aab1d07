import { parentPort, workerData } from 'node:worker_threads'
import { foldGrown, openWriting } from './connection.ts'
import { obey, sayFault } from './obey.ts'
import { createUnpacker, type PackedOrder, type Reply } from './order.ts'

// What `writer.ts` starts: it owns the connection that writes, says whether that is open, does one order after the other,
// and ends when it is told null.
const say = (reply: Reply): void => parentPort?.postMessage(reply)
try {
  const connection = openWriting(String(workerData))
  const unpack = createUnpacker()
  parentPort?.on('message', (packed: PackedOrder | null) => {
    if (packed !== null) {
      say(obey(connection, unpack(packed)))
      foldGrown(connection)
      return
    }
    connection.database.close()
    parentPort?.close()
  })
  say({ outcomes: [], isCommitted: false })
} catch (error) {
  say({ fault: sayFault(error), isDoubtful: false })
}
