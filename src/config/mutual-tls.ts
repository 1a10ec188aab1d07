import { z } from 'zod'
import { rowName } from './value-shapes.ts'

/** Where clients show certificates (RFC 8705): at a listener of its own, or to a proxy that tells them (RFC 9440). */
export const mutualTls = z.strictObject({
  port: z.int().min(0).max(65_535).optional(),
  publicUrl: z
    .url({ protocol: /^https$/ })
    .regex(/^[^/?#]+:\/\/[^/?#@]+(\/[^?#]*)?$/, 'must hold no user, query or fragment')
    .optional(),
  certFile: z.string().min(1).optional(),
  keyFile: z.string().min(1).optional(),
  clientCertHeader: z.boolean().default(false),
})

type MutualTls = z.infer<typeof mutualTls>

/** Gives the settings with whole paths. */
export function absoluteMutual(mtls: MutualTls, at: (path: string) => string): MutualTls {
  const { certFile, keyFile } = mtls
  return certFile === undefined || keyFile === undefined
    ? mtls
    : { ...mtls, certFile: at(certFile), keyFile: at(keyFile) }
}

/** An authority whose certificates prove clients by the names in them. */
export const clientAuthority = z.strictObject({
  name: rowName,
  caFile: z.string().min(1),
  crlFile: z.string().min(1).optional(),
})

interface Certificates {
  readonly mtls?: MutualTls | undefined
  readonly clientAuthorities: readonly z.infer<typeof clientAuthority>[]
  readonly tls?: object | undefined
  readonly devTls: boolean
  readonly trustedProxies: readonly string[]
  readonly address: { readonly port: number }
}

/** Refuses settings of certificates that contradict each other. */
export function refuseBadCertificates(config: Certificates, refuse: (key: string, why: string) => never): void {
  const { mtls, clientAuthorities, tls, devTls, trustedProxies, address } = config
  if (mtls === undefined) {
    if (clientAuthorities.length > 0)
      refuse('clientAuthorities', 'says nothing where no certificate is asked for; set mtls')
    return
  }
  if (mtls.port === undefined && !mtls.clientCertHeader) refuse('mtls', 'needs a port, or clientCertHeader')
  if ((mtls.certFile === undefined) !== (mtls.keyFile === undefined))
    refuse('mtls', 'needs both certFile and keyFile, or none')
  const isServed = tls !== undefined || devTls || mtls.certFile !== undefined
  if (mtls.port !== undefined && !isServed)
    refuse('mtls.port', 'speaks TLS; set mtls.certFile and mtls.keyFile, tls, or devTls')
  if (mtls.port !== undefined && mtls.port !== 0 && mtls.port === address.port)
    refuse('mtls.port', 'must be another one than address.port')
  if (mtls.clientCertHeader && trustedProxies.length === 0)
    refuse('mtls.clientCertHeader', 'is believed of trustedProxies only; set them')
}
