import type { DynamicLibraryResult } from 'node:ffi'
import { RemitError } from '../errors.ts'

/** The functions of PKCS#11 2.40 that are called here. `CK_ULONG` is 64 bits wide on every platform that is supported. */
const FUNCTIONS = {
  C_Initialize: { arguments: ['pointer'], return: 'u64' },
  C_Finalize: { arguments: ['pointer'], return: 'u64' },
  C_GetSlotList: { arguments: ['u8', 'pointer', 'pointer'], return: 'u64' },
  C_GetTokenInfo: { arguments: ['u64', 'pointer'], return: 'u64' },
  C_OpenSession: { arguments: ['u64', 'u64', 'pointer', 'pointer', 'pointer'], return: 'u64' },
  C_CloseSession: { arguments: ['u64'], return: 'u64' },
  C_Login: { arguments: ['u64', 'u64', 'pointer', 'u64'], return: 'u64' },
  C_FindObjectsInit: { arguments: ['u64', 'pointer', 'u64'], return: 'u64' },
  C_FindObjects: { arguments: ['u64', 'pointer', 'u64', 'pointer'], return: 'u64' },
  C_FindObjectsFinal: { arguments: ['u64'], return: 'u64' },
  C_GetAttributeValue: { arguments: ['u64', 'u64', 'pointer', 'u64'], return: 'u64' },
  C_EncryptInit: { arguments: ['u64', 'pointer', 'u64'], return: 'u64' },
  C_Encrypt: { arguments: ['u64', 'pointer', 'u64', 'pointer', 'pointer'], return: 'u64' },
  C_DecryptInit: { arguments: ['u64', 'pointer', 'u64'], return: 'u64' },
  C_Decrypt: { arguments: ['u64', 'pointer', 'u64', 'pointer', 'pointer'], return: 'u64' },
} as const

type Functions = DynamicLibraryResult<typeof FUNCTIONS>['functions']

/** A library of a token, opened: the one place that calls foreign code. */
export interface Cryptoki {
  readonly call: Functions
  /** Writes a C structure of numbers and of pointers to bytes, which live as long as the library is open. */
  readonly struct: (...members: readonly (bigint | Uint8Array)[]) => Buffer
  close(): void
}

/**
 * Opens a PKCS#11 library. Errors: `config_invalid` where this Node.js cannot call foreign code (`node:ffi`, from 26.1 on), and
 * where the library is missing or is none.
 */
export function openCryptoki(library: string): Cryptoki {
  const ffi = process.getBuiltinModule('node:ffi')
  if (ffi === undefined)
    throw new RemitError('config_invalid', {
      detail: `masterKey.pkcs11 needs Node.js 26.1 or newer; this is ${process.version}.`,
    })
  const kept: Uint8Array[] = [] // what a structure points to must not be collected while C may read it
  try {
    const { lib, functions } = ffi.dlopen(library, FUNCTIONS)
    return {
      call: functions,
      struct(...members) {
        const bytes = Buffer.alloc(members.length * 8)
        kept.push(bytes)
        for (const [at, member] of members.entries()) {
          if (typeof member !== 'bigint') kept.push(member)
          bytes.writeBigUInt64LE(typeof member === 'bigint' ? member : ffi.getRawPointer(member), at * 8)
        }
        return bytes
      },
      close() {
        lib.close()
        kept.length = 0
      },
    }
  } catch (cause) {
    throw new RemitError('config_invalid', {
      detail: `${library} is missing, or is no PKCS#11 library for this machine: ${cause instanceof Error ? cause.message : 'unknown'}.`,
      cause,
    })
  }
}
