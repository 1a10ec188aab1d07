import { deepStrictEqual } from 'node:assert/strict'
import { afterAll } from 'vitest'
import { lookAround } from './look-around.ts'

// Set up before each test file that shares a process: also what a helper leaves behind for it fails that file, and not another.
const before = lookAround()
afterAll(() => deepStrictEqual(lookAround(), before))
