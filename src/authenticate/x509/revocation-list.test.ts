import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { extension, type MadeCertificate, makeAuthority } from '../../../test/issuer/certificates.ts'
import { type ListParts, makeRevocationList, toPem } from '../../../test/issuer/revocation-lists.ts'
import { bind, makeClock, makeRoom, makeStore, outcomeOf } from '../../../test/issuer/room.ts'
import { sequence } from '../../ground/der/write.ts'
import { RemitError } from '../../ground/errors.ts'
import { readCertificate } from './certificate.ts'
import { makePeer } from './peer-certificate.ts'
import { readRevocationLists } from './revocation-list.ts'

const clock = makeClock()
const at = { nowMs: clock.nowMs() }
const HOUR_MS = 3_600_000
const corp = makeAuthority({ ...at, commonName: 'Corp' })
const other = makeAuthority({ ...at, commonName: 'Corp' })
const revoked = corp.issue({ ...at, dns: ['a.example.org'] })
const good = corp.issue({ ...at, dns: ['b.example.org'] })

const serialOf = ({ der }: MadeCertificate): string => readCertificate(der).serial
const makeList = (parts: Partial<ListParts> = {}): string => makeRevocationList({ by: corp, ...at, ...parts })

/** A room where `a` and `b` are clients of the authority, whose lists are as `lists.text` says. */
function open(lists: { text: string }, readRevoked = () => lists.text, itself: readonly MadeCertificate[] = []) {
  const store = makeStore()
  for (const { thumbprint } of itself)
    bind(store, { kind: 'certificate', issuer: 'self', subject: thumbprint }, { id: `idn_${thumbprint}` })
  for (const name of ['a', 'b'])
    bind(store, { kind: 'certificate', issuer: 'corp', subject: `dns:${name}.example.org` }, { id: `idn_${name}` })
  const room = makeRoom({ store, clock, clientAuthorities: [{ name: 'corp', pem: corp.pem, readRevoked }] })
  return (made: MadeCertificate): Promise<string> => outcomeOf(room.byCertificate(makePeer(made.der, [])))
}

describe('a certificate that its authority has revoked', () => {
  it('proves nobody, and the others go on', async () => {
    const ask = open({ text: makeList({ serials: [serialOf(revoked)] }) })
    expect([await ask(revoked), await ask(good)]).toEqual(['certificate_invalid', 'workload'])
  })

  it('proves nobody where somebody registered it by itself either, also if it was given to a server', async () => {
    const purposes = ['1.3.6.1.5.5.7.3.1']
    const [bad, fine] = [corp.issue({ ...at, purposes }), corp.issue({ ...at, purposes })]
    const lists = { text: makeList({ serials: [revoked, bad].map(serialOf) }) }
    const ask = open(lists, () => lists.text, [revoked, bad, fine])
    expect([await ask(revoked), await ask(bad), await ask(fine)]).toEqual([
      'certificate_invalid',
      'certificate_invalid',
      'workload',
    ])
  })

  it('is noticed within a minute, and is never forgotten for an older list', async () => {
    const lists = { text: makeList({ fromMs: at.nowMs - 2 * HOUR_MS }) }
    const ask = open(lists)
    expect(await ask(revoked)).toBe('workload')
    const older = lists.text
    lists.text = makeList({ serials: [serialOf(revoked)] })
    expect(await ask(revoked)).toBe('workload')
    clock.advance(60_000)
    expect(await ask(revoked)).toBe('certificate_invalid')
    for (const text of [older, 'nothing', makeList({ by: other })]) {
      lists.text = text
      clock.advance(60_000)
      expect([await ask(revoked), await ask(good)]).toEqual(['certificate_invalid', 'workload'])
    }
  })

  it('is not known of where the list is over, is of later, or is of somebody else: then nobody counts', async () => {
    const late = open({ text: makeList({ untilMs: clock.nowMs() }) })
    const early = open({ text: makeList({ fromMs: clock.nowMs() + 1_000 }) })
    expect([await late(good), await early(good)]).toEqual(['certificate_invalid', 'certificate_invalid'])
  })

  it('keeps the server from starting with a list of version 1, and it says which file that is and what to do', () => {
    const say = (): unknown => open({ text: makeList({ version: null }) })
    expect(say).toThrow(
      /crlFile of the client authority corp .* has to be of version 2 \(OpenSSL makes such with crlnumber\)/,
    )
  })

  it('is read from a list that openssl made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'remit-crl-'))
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const config = file(
      'ca.cnf',
      `[ca]\ndefault_ca = own\n[own]\ndatabase = ${file('index.txt', '')}\ncrlnumber = ${file('number', '01\n')}\ndefault_md = sha256\ndefault_crl_days = 1\n`,
    )
    const fresh = makeAuthority({ commonName: 'Corp' })
    const [bad, fine] = [fresh.issue({ dns: ['a.example.org'] }), fresh.issue({ dns: ['b.example.org'] })]
    const common = ['ca', '-config', config, '-keyfile', file('ca.key', fresh.key), '-cert', file('ca.crt', fresh.pem)]
    const quiet = { stdio: 'ignore' } as const
    execFileSync('openssl', [...common, '-revoke', file('bad.crt', bad.pem)], quiet)
    execFileSync('openssl', [...common, '-gencrl', '-out', join(folder, 'list.pem')], quiet)
    const [list] = readRevocationLists(readFileSync(join(folder, 'list.pem'), 'utf8'), [readCertificate(fresh.der)])
    expect([...(list?.serials ?? [])]).toEqual([serialOf(bad)])
    expect(list?.serials.has(serialOf(fine))).toBe(false)
    rmSync(folder, { recursive: true })
  })
})

describe('a list of revoked certificates', () => {
  const part = extension('2.5.29.28', true, sequence())
  it.each<[string, string]>([
    ['none at all', ''],
    ['one that another key signed', makeList({ by: other })],
    ['one without an end', makeList({ untilMs: null })],
    ['one of another version', makeList({ version: 0 })],
    ['one of a part of the certificates', makeList({ extensions: [part] })],
    ['one with an entry for certificates of others', makeList({ serials: ['01'], entryExtensions: [part] })],
    ['one that names two algorithms', makeList({ inner: '1.2.840.10045.4.3.3' })],
    ['one that was cut short', toPem(Buffer.from(makeList().replace(/-----.*-----/g, ''), 'base64').subarray(0, -1))],
    [
      'one that was changed',
      toPem(
        Buffer.from(makeList({ serials: ['0102'] }).replace(/-----.*-----/g, ''), 'base64').map((byte, n) =>
          n === 90 ? byte ^ 1 : byte,
        ) as Buffer,
      ),
    ],
  ])('is refused at the start: %s', (_, text) => {
    expect(() => open({ text })).toThrow(
      expect.toSatisfy((error) => error instanceof RemitError && error.code === 'config_invalid'),
    )
  })

  it('is refused at the start where it cannot be read', () => {
    const broken = (): string => {
      throw new Error('no such file')
    }
    expect(() => open({ text: '' }, broken)).toThrow(/config_invalid/)
  })
})
