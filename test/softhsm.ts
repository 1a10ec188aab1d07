import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installFromDebian } from './debian.ts'

/** The library of SoftHSM2, where Debian puts it. */
export const LIBRARY = '/usr/lib/softhsm/libsofthsm2.so'
export const PIN = '739 26"41'

/** A hardware security module that is played by software: SoftHSM2 with its tokens in a folder of its own. */
export interface SoftHsm {
  /** What a process needs in its environment to see the tokens. */
  readonly environment: Readonly<Record<string, string>>
  addToken(label: string): void
  /** Makes a key with the tool of OpenSC: AES of 256 bits where not said otherwise. */
  addKey(tokenLabel: string, keyLabel: string, type?: readonly string[]): void
  /** Writes flags of a token, which SoftHSM2 itself never sets: that it is locked, or that one try is left. */
  setFlags(tokenLabel: string, flags: number): void
  stop(): void
}

/** Starts one; installs SoftHSM2 and OpenSC of Debian where they are missing. */
export async function startSoftHsm(): Promise<SoftHsm> {
  await installFromDebian({ title: 'SoftHSM2', name: 'softhsm2', program: LIBRARY })
  await installFromDebian({ title: 'OpenSC', name: 'opensc', program: '/usr/bin/pkcs11-tool' })
  const folder = mkdtempSync(join(tmpdir(), 'remit-hsm-'))
  const tokens = join(folder, 'tokens')
  mkdirSync(tokens)
  writeFileSync(
    join(folder, 'softhsm2.conf'),
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  )
  const environment = { SOFTHSM2_CONF: join(folder, 'softhsm2.conf') }
  const run = (program: string, words: readonly string[]): void =>
    void execFileSync(program, words, { env: { ...process.env, ...environment }, stdio: 'pipe' })
  return {
    environment,
    addToken: (label) =>
      run('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '9876543210']),
    addKey: (tokenLabel, keyLabel, type = ['--keygen', '--key-type', 'AES:32', '--sensitive']) =>
      run('pkcs11-tool', [
        '--module',
        LIBRARY,
        '--token-label',
        tokenLabel,
        '--login',
        '--pin',
        PIN,
        ...type,
        '--label',
        keyLabel,
      ]),
    setFlags: (tokenLabel, flags) => setFlags(tokens, tokenLabel, flags),
    stop: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** `CKA_OS_TOKENFLAGS` of SoftHSM2, in the file of a token: its type, the kind of its value, and the value, each in eight bytes. */
const FLAGS_ATTRIBUTE = Buffer.from('000000008000534b', 'hex')

function setFlags(tokens: string, label: string, flags: number): void {
  for (const name of readdirSync(tokens)) {
    const file = join(tokens, name, 'token.object')
    const bytes = readFileSync(file)
    const at = bytes.indexOf(FLAGS_ATTRIBUTE)
    if (!bytes.includes(Buffer.from(label.padEnd(32), 'utf8')) || at === -1) continue
    const value = bytes.readBigUInt64BE(at + 16)
    bytes.writeBigUInt64BE(value | BigInt(flags), at + 16)
    writeFileSync(file, bytes)
  }
}
