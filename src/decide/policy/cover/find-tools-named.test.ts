import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { expect, it } from 'vitest'
import { findToolsNamed } from './find-tools-named.ts'

const named = (condition: string): readonly string[] => {
  const answer = policyToJson(`forbid (principal, action, resource) when { ${condition} };`)
  return answer.type === 'failure' ? expect.unreachable(JSON.stringify(answer.errors)) : findToolsNamed(answer.json)
}

it.each([
  ['what the tool is compared with', 'context.tool.name == "a/b" || "c/d" != context.tool.name', ['a/b', 'c/d']],
  ['one of several', '["a/b", "c/d"].contains(context.tool.name)', ['a/b', 'c/d']],
  [
    'what was done before',
    'context.history.succeeded.hasTag("a/b") && context.now > context.history.lastPermitted.getTag("c/d")',
    ['a/b', 'c/d'],
  ],
  [
    'what was done here, once',
    'context.here.permitted.hasTag("a/b") && context.here.permitted.getTag("a/b") > 1',
    ['a/b'],
  ],
  ['a class that is none', 'context.here.permitted.hasTag("reed")', ['reed']],
])('a policy names tools in %s', (_, condition, tools) => {
  expect(named(condition)).toEqual(tools)
})

it.each([
  ['a class', 'context.history.permitted.hasTag("read") || context.tool.name == "write"'],
  ['another name', 'principal.name == "a/b" || context.tool.server == "a"'],
  ['a tag of something else', 'context.asked.hasTag("a/b") || resource.hasTag("c/d")'],
  ['a pattern', 'context.tool.name like "a/*"'],
  ['a text that is computed', 'context.tool.name == resource.name || context.here.permitted.hasTag(resource.name)'],
  ['a set of something else', '["a/b"].contains(resource.name) || resource.names.contains(context.tool.name)'],
])('a policy names no tool in %s', (_, condition) => {
  expect(named(condition)).toEqual([])
})
