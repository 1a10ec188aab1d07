import type { PersonCaller } from '../../authenticate/caller.ts'
import { suggestReview } from '../../contract/tool-hints.ts'
import {
  classifyResourceBy,
  classifyToolBy,
  definePurposeBy,
  setLimitBy,
} from '../../flow/catalogue/define-catalogue.ts'
import { readPage } from '../input/page.ts'
import type { BodyOf, Context } from '../route.ts'

export async function listPurposes({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { rows, next } = await readPage('purposes', query, (page) => house.register.purposes(page))
  return { purposes: rows, next }
}

export async function definePurpose({
  house,
  caller,
  body,
}: Context<BodyOf<'purpose'>, PersonCaller>): Promise<object> {
  return { purpose: body, ...(await definePurposeBy(house, caller, body)) }
}

export async function listResources({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { rows, next } = await readPage('resource_rules', query, (page) => house.register.resourceRules(page))
  return { rules: rows, next }
}

export async function classifyResource({
  house,
  caller,
  body,
}: Context<BodyOf<'resource'>, PersonCaller>): Promise<object> {
  return { rule: body, ...(await classifyResourceBy(house, caller, body)) }
}

export async function listLimits({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { rows, next } = await readPage('limits', query, (page) => house.register.limits(page))
  return { limits: rows, next }
}

export async function setLimit({ house, caller, body }: Context<BodyOf<'limit'>, PersonCaller>): Promise<object> {
  return { limit: body, ...(await setLimitBy(house, caller, body)) }
}

export async function listTools({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { rows, next } = await readPage('tool_rules', query, (page) => house.register.toolRules(page))
  return { rules: rows, next }
}

export async function classifyTool({ house, caller, body }: Context<BodyOf<'tool'>, PersonCaller>): Promise<object> {
  return classifyToolBy(house, caller, body)
}

/** What each server behind the gateway offers now, beside what was reviewed of it, and what a review may begin with. */
export async function listServers({ house }: Context<null, PersonCaller>): Promise<object> {
  const servers = house.servers.map(async (server) => {
    const seen = await server.look()
    const names = seen.tools.map(({ name }) => name)
    const rules = new Map((await house.register.toolRulesOf(server.name, names)).map((rule) => [rule.tool, rule]))
    const tools = seen.tools.map((tool) => ({
      ...tool,
      rule: rules.get(tool.name) ?? null,
      suggested: suggestReview(tool.annotations),
    }))
    const { name, transport } = server
    return { name, transport, state: seen.state, reason: seen.reason, tools }
  })
  return { servers: await Promise.all(servers) }
}
