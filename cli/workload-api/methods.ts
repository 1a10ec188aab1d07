import { isProblem } from '../../sdk/problem.ts'
import type { TrustBundle } from '../../sdk/svid-answers.ts'
import type { SvidAgent } from './follow-key.ts'
import { type Call, CallRefused, type Method, STATUS } from './grpc-server.ts'
import type { KeptSvid, ShownSvid } from './kept-svid.ts'
import { bytesMap, field, message, readTexts, struct } from './protobuf.ts'
import { validateJwt } from './validate-jwt.ts'

interface Desk {
  readonly agent: SvidAgent
  readonly taskId: string
  readonly svid: KeptSvid
}

/** The methods of the SPIFFE Workload API (sections 5.2 and 6.2), for one workload in one task. */
export function makeMethods(desk: Desk): Readonly<Record<string, Method>> {
  const { svid } = desk
  return {
    '/SpiffeWorkloadAPI/FetchX509SVID': (call) => stream(svid, call, writeX509Svid),
    '/SpiffeWorkloadAPI/FetchX509Bundles': (call) => stream(svid, call, writeX509Bundles),
    '/SpiffeWorkloadAPI/FetchJWTBundles': (call) => stream(svid, call, writeJwtBundles),
    '/SpiffeWorkloadAPI/FetchJWTSVID': (call) => fetchJwtSvid(desk, call),
    '/SpiffeWorkloadAPI/ValidateJWTSVID': async (call) => validate(svid, call),
  }
}

/** Sends what is shown now, and each that follows, until there is none any more. */
async function stream(svid: KeptSvid, call: Call, write: (shown: ShownSvid) => Uint8Array): Promise<void> {
  const over = Promise.withResolvers<void>()
  const hear = (shown: ShownSvid | undefined): void => {
    if (shown === undefined) over.reject(nothing())
    else call.send(write(shown))
  }
  const leave = svid.watch(hear)
  try {
    hear(svid.current())
    await Promise.race([call.gone, over.promise])
  } finally {
    leave()
  }
}

/** Section 5.2.1: whoever has no identity is told so by this status. */
const nothing = (): CallRefused => new CallRefused(STATUS.permissionDenied, 'no identity issued')

function requireSvid(svid: KeptSvid): ShownSvid {
  const shown = svid.current()
  if (shown === undefined) throw nothing()
  return shown
}

const idOf = ({ trustDomain }: ShownSvid): string => `spiffe://${trustDomain}`

function writeX509Svid({ spiffeId, certificate, privateKey, authorities, federated }: ShownSvid): Uint8Array {
  const svid = message(field(1, spiffeId), field(2, certificate), field(3, privateKey), field(4, authorities))
  return message(field(1, svid), bytesMap(3, mapFederated(federated, authoritiesOf)))
}

function writeX509Bundles(shown: ShownSvid): Uint8Array {
  return bytesMap(2, new Map([[idOf(shown), shown.authorities], ...mapFederated(shown.federated, authoritiesOf)]))
}

/** By the SPIFFE ID of each trust domain (section 5.1). */
function mapFederated(
  federated: ShownSvid['federated'],
  write: (bundle: TrustBundle) => Uint8Array,
): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(federated).map(([name, bundle]) => [`spiffe://${name}`, write(bundle)]))
}

/** The certificates of a bundle, DER, one after the other. */
function authoritiesOf({ keys }: TrustBundle): Uint8Array {
  const certificates = keys.flatMap(({ use, x5c }): readonly unknown[] =>
    use === 'x509-svid' && Array.isArray(x5c) ? x5c : [],
  )
  return Buffer.concat(certificates.map((each) => Buffer.from(String(each), 'base64')))
}

/** The JWK Set of the keys that verify JWT-SVIDs alone (section 6.2.2). */
function writeJwtBundles(shown: ShownSvid): Uint8Array {
  const { bundle, federated } = shown
  return bytesMap(1, new Map([[idOf(shown), writeJwks(bundle)], ...mapFederated(federated, writeJwks)]))
}

function writeJwks({ keys }: TrustBundle): Uint8Array {
  return Buffer.from(JSON.stringify({ keys: keys.filter(({ use }) => use === 'jwt-svid') }), 'utf8')
}

/** For one audience: an SVID for several would let each of them be the workload at the others (JWT-SVID section 3.2). */
async function fetchJwtSvid({ agent, taskId, svid }: Desk, call: Call): Promise<void> {
  const audiences = readTexts(call.message, 1)
  const [wanted = ''] = readTexts(call.message, 2) ?? []
  const [audience, ...more] = audiences ?? []
  if (audience === undefined || audience === '' || more.length > 0)
    throw new CallRefused(STATUS.invalidArgument, 'one audience has to be named, and no more')
  const { spiffeId } = requireSvid(svid)
  if (wanted !== '' && wanted !== spiffeId) throw nothing()
  const { value } = await agent.exchange(taskId, audience).catch((error: unknown) => {
    if (!isProblem(error) || error.status === 0) throw new CallRefused(STATUS.unavailable, 'the server does not answer')
    throw new CallRefused(STATUS.permissionDenied, error.code)
  })
  call.send(field(1, message(field(1, spiffeId), field(2, value))))
}

function validate(svid: KeptSvid, call: Call): void {
  const [audience = ''] = readTexts(call.message, 1) ?? []
  const [token = ''] = readTexts(call.message, 2) ?? []
  const { spiffeId, claims } = validateJwt(token, audience, requireSvid(svid), Date.now())
  call.send(message(field(1, spiffeId), field(2, struct(claims))))
}
