import { HERE_TOLD } from '../facts/history.ts'
import type { Asked } from '../policy/ask-policies.ts'
import type { PolicyRequest } from '../policy/engine.ts'

/** Gives what was asked in the form of today: before policies knew what was done to the resource, nothing was told of that. */
export function askAsToday(asked: Asked): Asked {
  return { ...asked, questions: asked.questions.map(tellHere) }
}

function tellHere(question: PolicyRequest): PolicyRequest {
  const { context } = question
  if (!Object.hasOwn(context, 'history') || Object.hasOwn(context, 'here')) return question
  return { ...question, context: { ...context, here: HERE_TOLD } }
}
