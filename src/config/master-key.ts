import { z } from 'zod'

const path = z.string().min(1)
const label = z.string().min(1)

/** Who keeps the master key: a file of one's own, or a hardware security module. */
export const masterKey = z
  .strictObject({
    file: path.optional(),
    pkcs11: z
      .strictObject({ library: path, tokenLabel: label.max(32), keyLabel: label.max(200), pinFile: path })
      .optional(),
  })
  .refine(({ file, pkcs11 }) => (file === undefined) !== (pkcs11 === undefined), 'needs exactly one of file and pkcs11')

type MasterKey = z.infer<typeof masterKey>

/** Makes the paths whole. */
export function absoluteMasterKey({ file, pkcs11 }: MasterKey, at: (path: string) => string): MasterKey {
  if (pkcs11 !== undefined) return { pkcs11: { ...pkcs11, library: at(pkcs11.library), pinFile: at(pkcs11.pinFile) } }
  return file === undefined ? {} : { file: at(file) }
}
