import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../test/issuer/certificates.ts'
import { termsOfTls } from '../http/tls/mtls-listener.ts'
import { readTls } from '../http/tls/read-tls.ts'
import { keepTls } from './keep-tls.ts'

describe('the certificate of a listener', () => {
  const authority = makeAuthority()
  const [old, fresh] = [authority.issue({ dns: ['localhost'] }), authority.issue({ dns: ['localhost'] })]
  const folder = mkdtempSync(join(tmpdir(), 'remit-keep-tls-'))
  const files = { certFile: join(folder, 'a.crt'), keyFile: join(folder, 'a.key') }
  const put = (made: typeof old): void => {
    writeFileSync(files.certFile, made.pem)
    writeFileSync(files.keyFile, made.key)
  }
  let server: Server
  let look: () => Promise<void>
  beforeEach(async () => {
    put(old)
    const read = readTls(files)
    server = createServer({ ...read, ...termsOfTls(true) }, (_, response) => response.end('ok'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    look = keepTls([{ server, isMutual: true, files: read, read: async () => readTls(files) }])
  })
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  async function open(more: object = {}): Promise<TLSSocket> {
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1', ca: authority.pem, servername: 'localhost', ...more })
    await once(socket, 'secureConnect')
    return socket
  }
  const shown = (socket: TLSSocket): Buffer | undefined => socket.getPeerX509Certificate()?.raw

  it('is taken over where it was renewed, by new connections alone', async () => {
    const before = await open()
    expect(shown(before)).toEqual(old.der)
    await look()
    put(fresh)
    await look()
    const after = await open()
    expect(shown(after)).toEqual(fresh.der)
    before.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(String((await once(before, 'data'))[0])).toContain('200')
    // it still asks for certificates, and resumes nothing
    const [client] = [authority.issue({ commonName: 'client' })]
    const known = await open({ cert: client.pem, key: client.key, maxVersion: 'TLSv1.2' })
    const again = await open({ cert: client.pem, key: client.key, maxVersion: 'TLSv1.2', session: known.getSession() })
    expect(again.isSessionReused()).toBe(false)
    for (const socket of [before, after, known, again]) socket.destroy()
  })

  it('stays where what is there is half of the old one and half of the new', async () => {
    writeFileSync(files.certFile, fresh.pem)
    await expect(look()).rejects.toThrow(/config_invalid/)
    const socket = await open()
    expect(shown(socket)).toEqual(old.der)
    socket.destroy()
    writeFileSync(files.keyFile, fresh.key)
    await look()
    const next = await open()
    expect(shown(next)).toEqual(fresh.der)
    next.destroy()
    rmSync(files.certFile)
    await expect(look()).rejects.toThrow(/config_invalid/)
  })
})
