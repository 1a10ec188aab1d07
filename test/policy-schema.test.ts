import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { shippedFolder } from '../src/decide/policy/load-policies.ts'

/** A member of an entity, a type or a context, on a line of its own, and what is said of it there. */
const MEMBER = /^\s*"?(\w+)"?\??: (?!\[|\{|Act\b)[^/]*(?:\/\/ (.*))?$/

it('says of each field of the shipped schema what it is, where it is declared', () => {
  const lines = readFileSync(join(shippedFolder, 'remit.cedarschema'), 'utf8').split('\n')
  const members = lines.flatMap((line) => {
    const [, name, said] = MEMBER.exec(line) ?? []
    return name === undefined ? [] : [{ name, said }]
  })
  expect(members.length).toBeGreaterThan(70)
  expect(members.filter(({ said }) => said === undefined || said.length < 5).map(({ name }) => name)).toEqual([])
  // none hides behind another on one line
  expect(lines.filter((line) => (line.split('//')[0]?.match(/\w+\??: \w+[,;}]/g)?.length ?? 0) > 1)).toEqual([])
})
