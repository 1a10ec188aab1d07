import { CHOICES, chosen } from '../../sdk/choices.ts'
import { readThumbprint } from '../certificate-file.ts'
import { tellChange } from '../changed.ts'
import { type Argument, type Command, type Context, type Input, usageError } from '../command.ts'
import { readPublicKey } from '../key-file.ts'
import { findIdentityId } from '../lookup.ts'
import { REASON } from '../options.ts'
import { readRules } from '../rule-words.ts'
import { writeTime } from '../terminal.ts'

const IDENTITY: Argument = { name: 'identity', sentence: 'Name or id.' }
const KINDS = ['oidc', 'spiffe', 'key', 'certificate', 'attestation'] as const

/** How identities prove themselves. */
export const BINDING_COMMANDS: readonly Command[] = [
  {
    name: 'identity bind',
    sentence: 'Adds a way in which the identity proves itself.',
    arguments: [IDENTITY],
    options: [
      { name: 'kind', value: 'kind', oneOf: KINDS, fallback: 'oidc', sentence: 'The kind of proof.' },
      {
        name: 'preset',
        value: 'platform',
        oneOf: CHOICES.presets,
        sentence: 'The platform that it runs on, which says what pins it down: see `remit issuer presets`.',
      },
      {
        name: 'issuer',
        value: 'name',
        sentence:
          'OIDC issuer, SPIFFE trust domain, or authority of certificates. A key has none; GitHub, GitLab and Google have one each.',
      },
      {
        name: 'subject',
        value: 'text',
        sentence:
          'The whole `sub` claim, the SPIFFE ID, the name of the key, or a name in certificates of the issuer: dns:agent.example.org.',
      },
      {
        name: 'subject-pattern',
        value: 'pattern',
        sentence:
          'In place of a subject: a pattern of it. `*` is one whole segment between / or :, `**` as the last one is all the rest.',
      },
      {
        name: 'claim',
        value: 'rule',
        isMany: true,
        sentence:
          'What a claim must be: name=text, name~=pattern, or name:=true. A name that begins with / is a JSON pointer.',
      },
      {
        name: 'key',
        value: 'file',
        sentence:
          'For a key: its public part (JWK), as `remit key make` writes it; for an attestation: that of its attester.',
      },
      {
        name: 'certificate',
        value: 'file',
        sentence: 'In place of issuer and subject: a certificate (PEM) that proves it by itself (RFC 8705).',
      },
      {
        name: 'accept-wide',
        value: 'reason',
        sentence: 'Why the binding may let in more than one workload; else that is refused.',
      },
      {
        name: 'pin',
        value: 'thumbprint',
        isMany: true,
        sentence: 'The RFC 7638 thumbprint of the only key by which possession may be proved.',
      },
    ],
    run: bind,
  },
  {
    name: 'identity secret',
    sentence:
      'Makes a static secret, shown once, for a client that can prove itself in no other way: tier T0 alone, debt, with an end.',
    arguments: [IDENTITY],
    options: [
      { name: 'client-id', value: 'name', sentence: 'Its client_id; the name of the identity where none is said.' },
      { name: 'days', value: 'days', fallback: '30', sentence: 'For how long it counts, 1 to 90.' },
    ],
    run: addSecret,
  },
  {
    name: 'identity rotate',
    sentence:
      'Asks for another key, certificate or issuer in place of a binding, while the identity acts; both count until the overlap is over.',
    arguments: [IDENTITY, { name: 'binding', sentence: 'Its id, as `remit identity show` shows it.' }],
    options: [
      { name: 'key', value: 'file', sentence: 'The new public key (JWK) of a registered key, or of an attester.' },
      { name: 'issuer', value: 'url', sentence: 'The new OIDC issuer; subject and claims stay as they are.' },
      { name: 'certificate', value: 'file', sentence: 'The new certificate (PEM) that proves it by itself.' },
      { name: 'pin', value: 'thumbprint', isMany: true, sentence: 'The only keys by which possession may be proved.' },
      { name: 'overlap', value: 'hours', fallback: '24', sentence: 'For how long both count, 0 to 720 hours.' },
      REASON,
    ],
    run: rotate,
  },
]

async function bind(input: Input, context: Context) {
  const client = context.client()
  const kind = chosen(KINDS, input.text('kind'))
  const certificateFile = input.find('certificate')
  if (certificateFile !== undefined) return bindCertificate(input, context, { kind, file: certificateFile })
  const [keyFile, subject, subjectPattern] = [input.find('key'), input.find('subject'), input.find('subject-pattern')]
  const mayHaveKey = kind === 'key' || (kind === 'attestation' && !input.has('issuer'))
  if (mayHaveKey !== (keyFile !== undefined))
    throw usageError(
      '--key goes with --kind key, and with --kind attestation where there is no --issuer.',
      'Run `remit identity bind --help`.',
    )
  if ((subject === undefined) === (subjectPattern === undefined))
    throw usageError('Say either --subject or --subject-pattern.', 'Run `remit identity bind --help`.')
  const acceptWide = input.find('accept-wide')
  const read = keyFile === undefined ? undefined : readPublicKey(keyFile)
  const bound = await client.identities.bind(await findIdentityId(client, input.text('identity')), {
    kind,
    ...readIssuer(input),
    ...(acceptWide === undefined ? {} : { acceptWide }),
    ...(subject === undefined ? {} : { subject }),
    ...(subjectPattern === undefined ? {} : { subjectPattern }),
    claims: readRules(input.all('claim')),
    ...(input.has('pin') ? { keyThumbprints: input.all('pin') } : {}),
    keys: read === undefined ? [] : [read.key],
  })
  const told = tellChange(`It proves itself as ${bound.binding.subjectPattern ?? bound.binding.subject}.`, bound)
  return { ...told, lines: [...told.lines, ...advise(keyFile, read)] }
}

/** Says that a file holds more than was asked for; none where it does not. */
function advise(file: string | undefined, read: { readonly isPrivate: boolean } | undefined): readonly string[] {
  if (read?.isPrivate !== true) return []
  return [`  Look at this: ${file} holds the private part, which stays where it is; only the public part was sent.`]
}

async function bindCertificate(input: Input, context: Context, { kind, file }: { kind: string; file: string }) {
  if (kind !== 'certificate' || ['issuer', 'subject', 'subject-pattern', 'key'].some((name) => input.has(name)))
    throw usageError('--certificate goes with --kind certificate, and alone.', 'Run `remit identity bind --help`.')
  const client = context.client()
  const bound = await client.identities.bind(await findIdentityId(client, input.text('identity')), {
    kind: 'certificate',
    issuer: 'self',
    subject: readThumbprint(file),
    claims: {},
    keys: [],
  })
  return tellChange(`It proves itself by the certificate ${bound.binding.subject}.`, bound)
}

/** The issuer, where it is said or no platform has one for everybody. */
function readIssuer(input: Input) {
  if (input.has('key')) return { issuer: 'self' }
  const [issuer, preset] = [input.find('issuer'), input.find('preset')]
  if (issuer === undefined && preset === undefined)
    throw usageError('Say --issuer, or --preset for a platform that has one.', 'Run `remit identity bind --help`.')
  return {
    ...(issuer === undefined ? {} : { issuer }),
    ...(preset === undefined ? {} : { preset: chosen(CHOICES.presets, preset) }),
  }
}

async function addSecret(input: Input, context: Context) {
  const client = context.client()
  const clientId = input.find('client-id')
  const made = await client.identities.addSecret(await findIdentityId(client, input.text('identity')), {
    days: input.whole('days', 1, 90),
    ...(clientId === undefined ? {} : { clientId }),
  })
  const { subject, secretEndsMs = 0 } = made.binding
  return tellChange(`It proves itself by a static secret until ${writeTime(secretEndsMs)}.`, made, [
    `  client_id      ${subject}`,
    `  client_secret  ${made.secret}`,
    '  It is not shown again.',
  ])
}

async function rotate(input: Input, context: Context) {
  const client = context.client()
  const [keyFile, certificate, issuer] = [input.find('key'), input.find('certificate'), input.find('issuer')]
  if (!['key', 'certificate', 'issuer', 'pin'].some((name) => input.has(name)))
    throw usageError(
      'Say what takes its place: --key, --certificate, --issuer or --pin.',
      'Run `remit identity rotate --help`.',
    )
  const read = keyFile === undefined ? undefined : readPublicKey(keyFile)
  const asked = await client.identities.rotate(
    await findIdentityId(client, input.text('identity')),
    input.text('binding'),
    {
      ...(read === undefined ? {} : { keys: [read.key] }),
      ...(certificate === undefined ? {} : { subject: readThumbprint(certificate) }),
      ...(issuer === undefined ? {} : { issuer }),
      ...(input.has('pin') ? { keyThumbprints: input.all('pin') } : {}),
      overlapSeconds: input.whole('overlap', 0, 720) * 3600,
      reason: input.text('reason'),
    },
  )
  const { id, seats } = asked.approval
  return tellChange(`It waits for: ${seats.join(', ')}.`, asked, [
    `  remit approve ${id} --reason '…'`,
    ...advise(keyFile, read),
  ])
}
