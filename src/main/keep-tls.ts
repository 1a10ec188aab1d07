import type { Server } from 'node:https'
import { systemClock } from '../ground/clock.ts'
import { everyAlone, type Repeated } from '../ground/every-alone.ts'
import { LIMITS } from '../ground/limits.ts'
import { reportUnknown } from '../ground/report.ts'
import { termsOfTls } from '../http/tls/mtls-listener.ts'
import type { TlsFiles } from '../http/tls/read-tls.ts'

/** A listener that speaks TLS, and where its certificate comes from. */
export interface TlsDoor {
  readonly server: Pick<Server, 'setSecureContext'>
  readonly isMutual: boolean
  /** The certificate that it speaks with. */
  readonly files: TlsFiles
  /** Reads it anew. */
  readonly read: () => Promise<TlsFiles | undefined>
}

/**
 * Gives what takes a certificate that was renewed in its place: new connections get it, and those that are open stay. Where
 * what is there cannot be used, as between the writing of one file and the other, the one of before goes on, and the fault is
 * thrown once all doors were looked at.
 */
export function keepTls(doors: readonly TlsDoor[]): () => Promise<void> {
  const used = new Map(doors.map((door) => [door, door.files]))
  return async () => {
    const faults: unknown[] = []
    for (const door of doors) {
      try {
        const next = await door.read()
        const before = used.get(door)
        if (next === undefined || (next.cert === before?.cert && next.key === before.key)) continue
        door.server.setSecureContext({ cert: next.cert, key: next.key, ...termsOfTls(door.isMutual) })
        used.set(door, next)
      } catch (error) {
        faults.push(error)
      }
    }
    if (faults.length > 0) throw faults[0]
  }
}

/** A listener, which may speak TLS or not, or not be there. */
interface Door {
  readonly server: object | undefined
  readonly isMutual: boolean
  readonly files: TlsFiles | undefined
  readonly read: TlsDoor['read']
}

const speaksTls = (server: object | undefined): server is TlsDoor['server'] =>
  server !== undefined && 'setSecureContext' in server

/** Looks each `LIMITS.tlsLookMs`, at first soon: whoever stood by has read its certificate long ago. A fault is reported. */
export function renewTls(doors: readonly Door[]): Repeated {
  const speaking = doors.flatMap(({ server, files, ...door }) =>
    speaksTls(server) && files !== undefined ? [{ ...door, server, files }] : [],
  )
  const look = keepTls(speaking)
  if (speaking.length > 0) void look().catch(reportUnknown)
  return everyAlone(systemClock, LIMITS.tlsLookMs, look, reportUnknown)
}
