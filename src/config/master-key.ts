import { z } from 'zod'

const path = z.string().min(1)
const label = z.string().min(1)

const keeper = z.strictObject({
  file: path.optional(),
  pkcs11: z
    .strictObject({ library: path, tokenLabel: label.max(32), keyLabel: label.max(200), pinFile: path })
    .optional(),
})

type Keeper = z.infer<typeof keeper>

const isOne = ({ file, pkcs11 }: Keeper): boolean => (file === undefined) !== (pkcs11 === undefined)
const ONE = 'needs exactly one of file and pkcs11'

/** Who keeps the master key: a file of one's own, or a hardware security module; and who keeps the one that it replaces. */
export const masterKey = keeper.extend({ other: keeper.refine(isOne, ONE).optional() }).refine(isOne, ONE)

type MasterKey = z.infer<typeof masterKey>

/** Makes the paths whole. */
export function absoluteMasterKey({ other, ...own }: MasterKey, at: (path: string) => string): MasterKey {
  return { ...absoluteKeeper(own, at), ...(other === undefined ? {} : { other: absoluteKeeper(other, at) }) }
}

function absoluteKeeper({ file, pkcs11 }: Keeper, at: (path: string) => string): Keeper {
  if (pkcs11 !== undefined) return { pkcs11: { ...pkcs11, library: at(pkcs11.library), pinFile: at(pkcs11.pinFile) } }
  return file === undefined ? {} : { file: at(file) }
}
