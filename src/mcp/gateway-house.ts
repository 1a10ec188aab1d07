import { actorOf } from '../authenticate/actor.ts'
import type { DecideStore } from '../decide/store.ts'
import { callTool, finishCall, judgeCallAgain, quarantine } from '../flow/call-tool.ts'
import { findGrantable } from '../flow/consent/find-grantable.ts'
import { askMapped } from '../flow/domain/ask-mapped.ts'
import type { House } from '../flow/house.ts'
import { recordRefusal } from '../flow/refuse.ts'
import { RemitError } from '../ground/errors.ts'
import type { McpHouse } from './house.ts'

/** What the gateway asks of the house, as the flows answer it. */
export function gatewayHouse(house: House, toolRulesOf: DecideStore['toolRulesOf']): McpHouse {
  return {
    readToolRules: (server) => toolRulesOf([server]),
    readToolRule: (server, tool) => house.register.toolRule(server, tool),
    listTools: (caller, server, tools) => house.decide.listable(caller, server, tools),
    callTool: (caller, request, seen) => callTool(house, caller, request, seen),
    judgeAgain: (caller, request, { fact }) => judgeCallAgain(house, caller, request, fact.grant.before),
    findGrantable: (caller, at) => findGrantable(house, caller, at),
    askDomain: (caller, questions, domain) => askMapped(house, caller, questions, domain),
    finishCall: (permitted, outcome) => finishCall(house, permitted, outcome),
    noteRefusal: (caller, server, code, sentence) =>
      recordRefusal(house, new RemitError(code, { detail: sentence }), actorOf(caller), `mcp/${server}`),
    quarantine: (server, tool, digest) => quarantine(house, server, tool, digest),
  }
}
