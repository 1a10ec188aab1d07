import type { Server, Socket } from 'node:net'

/**
 * Knows who is connected to a server, whoever has not ended the handshake of TLS among them: of these Node's
 * `closeAllConnections` knows nothing, and a server that closes waits for them. Gives what closes on all.
 */
export function holdConnections(server: Server): () => void {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}
