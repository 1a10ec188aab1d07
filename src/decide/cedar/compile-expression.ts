import type { Expr } from '@cedar-policy/cedar-wasm/nodejs'
import { compileLike, type PatternPart } from './like-pattern.ts'
import { longMember } from './long-literals.ts'
import { isIn, type Situation } from './situation.ts'
import { demandBool, demandEntity, demandLong, demandSet, demandString, refuseType } from './values/demand.ts'
import { EvaluationFault } from './values/evaluation-fault.ts'
import { EXTENSION_FUNCTIONS } from './values/extension-functions.ts'
import { addLongs, isLong, multiplyLongs, negateLong, subtractLongs, toLong } from './values/long.ts'
import { readValue } from './values/read-value.ts'
import {
  containsAll,
  containsAny,
  containsValue,
  Datetime,
  Duration,
  EntityUid,
  equalValues,
  isRecord,
  isSet,
  readMember,
  type Value,
} from './values/value.ts'

/** One expression, ready to be asked. Errors: `EvaluationFault`. */
export type Evaluate = (situation: Situation) => Value

/** What stands for `?principal` and `?resource` in a template that is linked. */
export type Slots = Readonly<Record<string, EntityUid>>

/** Compiles an expression of Cedar's JSON form. Errors: `EvaluationFault` for a form that this does not know. */
export function compileExpression(expression: Expr, slots: Slots): Evaluate {
  const [form = '', body] = Object.entries(expression as Readonly<Record<string, unknown>>)[0] ?? []
  const compile = FORMS.get(form)
  if (compile !== undefined) return compile(body as never, slots)
  if (Array.isArray(body)) return compileCall(form, body as readonly Expr[], slots)
  throw new EvaluationFault(`the expression "${form}" is unknown`)
}

interface Two {
  readonly left: Expr
  readonly right: Expr
}

type Compile<Body> = (body: Body, slots: Slots) => Evaluate

function form<Body>(name: string, compile: Compile<Body>): readonly [string, Compile<never>] {
  return [name, compile]
}

/** An operator of two values that are both evaluated, left first. */
function binary(
  name: string,
  run: (left: Value, right: Value, situation: Situation) => Value,
): ReturnType<typeof form> {
  return form<Two>(name, (body, slots) => {
    const [left, right] = [compileExpression(body.left, slots), compileExpression(body.right, slots)]
    return (situation) => {
      const value = left(situation)
      return run(value, right(situation), situation)
    }
  })
}

function unary(name: string, run: (value: Value) => Value): ReturnType<typeof form> {
  return form<{ readonly arg: Expr }>(name, (body, slots) => {
    const arg = compileExpression(body.arg, slots)
    return (situation) => run(arg(situation))
  })
}

/** True where the left is below the right; only Longs, and moments or durations among themselves, have an order. */
function isLess(a: Value, b: Value, orEqual: boolean): boolean {
  const comparable =
    (isLong(a) && isLong(b)) ||
    (a instanceof Datetime && b instanceof Datetime) ||
    (a instanceof Duration && b instanceof Duration)
  if (!comparable) return refuseType('long, datetime or duration, both of one type', isLong(a) ? b : a)
  const [left, right] = isLong(a) ? [a, demandLong(b)] : [a.ms, (b as typeof a).ms]
  return orEqual ? left <= right : left < right
}

const FORMS: ReadonlyMap<string, Compile<never>> = new Map([
  form<unknown>('Value', (body) => {
    const value = readValue(body)
    return () => value
  }),
  form<keyof typeof VARIABLES>('Var', (name) => VARIABLES[name]),
  form<string>('Slot', (name, slots) => {
    const value = slots[name]
    if (value === undefined) throw new EvaluationFault(`nothing stands for ${name}`)
    return () => value
  }),
  unary('!', (value) => !demandBool(value)),
  form<{ readonly arg: Expr }>('neg', compileNegation),
  unary('isEmpty', (value) => demandSet(value).length === 0),
  binary('==', equalValues),
  binary('!=', (a, b) => !equalValues(a, b)),
  binary('<', (a, b) => isLess(a, b, false)),
  binary('<=', (a, b) => isLess(a, b, true)),
  binary('>', (a, b) => !isLess(a, b, true)),
  binary('>=', (a, b) => !isLess(a, b, false)),
  binary('+', (a, b) => addLongs(demandLong(a), demandLong(b))),
  binary('-', (a, b) => subtractLongs(demandLong(a), demandLong(b))),
  binary('*', (a, b) => multiplyLongs(demandLong(a), demandLong(b))),
  binary('in', (a, b, situation) => isInAny(situation, demandEntity(a), b)),
  binary('contains', (a, b) => containsValue(demandSet(a), b)),
  binary('containsAll', (a, b) => containsAll(demandSet(a), demandSet(b))),
  binary('containsAny', (a, b) => containsAny(demandSet(a), demandSet(b))),
  binary('hasTag', (a, b, situation) => readTag(situation, a, b) !== undefined),
  binary('getTag', (a, b, situation) => readTag(situation, a, b) ?? refuseMissing('tag', demandString(b))),
  form<Two>('&&', (body, slots) => compileLogic(body, slots, false)),
  form<Two>('||', (body, slots) => compileLogic(body, slots, true)),
  form('if-then-else', compileIf),
  form('.', compileAttribute),
  form('has', compileHas),
  form('is', compileIs),
  form<{ readonly left: Expr; readonly pattern: readonly PatternPart[] }>('like', (body, slots) => {
    const [left, matches] = [compileExpression(body.left, slots), compileLike(body.pattern)]
    return (situation) => matches(demandString(left(situation)))
  }),
  form<readonly Expr[]>('Set', (items, slots) => {
    const compiled = items.map((item) => compileExpression(item, slots))
    return (situation) => compiled.map((item) => item(situation))
  }),
  form('Record', compileRecord),
])

const VARIABLES: Readonly<Record<'principal' | 'action' | 'resource' | 'context', Evaluate>> = {
  principal: (situation) => situation.principal,
  action: (situation) => situation.action,
  resource: (situation) => situation.resource,
  context: (situation) => situation.context,
}

function compileLogic(body: Two, slots: Slots, settles: boolean): Evaluate {
  const [left, right] = [compileExpression(body.left, slots), compileExpression(body.right, slots)]
  return (situation) => (demandBool(left(situation)) === settles ? settles : demandBool(right(situation)))
}

function compileIf(body: { readonly if: Expr; readonly then: Expr; readonly else: Expr }, slots: Slots): Evaluate {
  const ask = compileExpression(body.if, slots)
  const [yes, no] = [compileExpression(body.then, slots), compileExpression(body.else, slots)]
  return (situation) => (demandBool(ask(situation)) ? yes(situation) : no(situation))
}

function compileRecord(members: Readonly<Record<string, Expr>>, slots: Slots): Evaluate {
  const lifted = readLifted(members)
  if (lifted !== undefined) return () => toLong(lifted)
  const compiled = Object.entries(members).map(([name, member]) => [name, compileExpression(member, slots)] as const)
  return (situation) => Object.fromEntries(compiled.map(([name, member]) => [name, member(situation)]))
}

/** The least Long has no positive one: its sign belongs to the literal. */
function compileNegation({ arg }: { readonly arg: Expr }, slots: Slots): Evaluate {
  const lifted = 'Record' in arg ? readLifted(arg.Record as Readonly<Record<string, Expr>>) : undefined
  if (lifted !== undefined) return () => toLong(-lifted)
  const negated = compileExpression(arg, slots)
  return (situation) => negateLong(demandLong(negated(situation)))
}

/** Gives the number that `liftLongLiterals` wrote as a record. */
function readLifted(members: Readonly<Record<string, Expr>>): bigint | undefined {
  const member = Object.hasOwn(members, longMember) ? members[longMember] : undefined
  return member !== undefined && 'Value' in member ? BigInt(member.Value as string) : undefined
}

function compileAttribute(body: { readonly left: Expr; readonly attr: string }, slots: Slots): Evaluate {
  const left = compileExpression(body.left, slots)
  const { attr } = body
  return (situation) => readAttribute(situation, left(situation), attr) ?? refuseMissing('attribute', attr)
}

/** `has` with several names asks for each inside of the one before. */
function compileHas(body: { readonly left: Expr; readonly attr: string | readonly string[] }, slots: Slots): Evaluate {
  const left = compileExpression(body.left, slots)
  const names = typeof body.attr === 'string' ? [body.attr] : body.attr
  return (situation) => {
    let value: Value = left(situation)
    for (const name of names) {
      const member = readAttribute(situation, value, name)
      if (member === undefined) return false
      value = member
    }
    return true
  }
}

function compileIs(
  body: { readonly left: Expr; readonly entity_type: string; readonly in?: Expr },
  slots: Slots,
): Evaluate {
  const left = compileExpression(body.left, slots)
  const within = body.in === undefined ? undefined : compileExpression(body.in, slots)
  return (situation) => {
    const uid = demandEntity(left(situation))
    if (uid.type !== body.entity_type) return false
    return within === undefined || isInAny(situation, uid, within(situation))
  }
}

function compileCall(name: string, args: readonly Expr[], slots: Slots): Evaluate {
  const known = EXTENSION_FUNCTIONS.get(name)
  const [first, second] = args.map((arg) => compileExpression(arg, slots))
  if (known?.takes === 1 && first !== undefined && args.length === 1)
    return foldConstant(args, (situation) => known.run(first(situation)))
  if (known?.takes === 2 && first !== undefined && second !== undefined && args.length === 2)
    return (situation) => {
      const value = first(situation)
      return known.run(value, second(situation))
    }
  throw new EvaluationFault(`${name} of ${args.length} arguments is unknown`)
}

/** A call of constants, such as `ip("10.0.0.0/8")`, is made once; one that fails fails whenever it is reached. */
function foldConstant(args: readonly Expr[], evaluate: Evaluate): Evaluate {
  if (!args.every((arg) => 'Value' in arg)) return evaluate
  let value: Value | undefined
  return (situation) => (value ??= evaluate(situation))
}

function isInAny(situation: Situation, uid: EntityUid, of: Value): boolean {
  if (of instanceof EntityUid) return isIn(situation, uid, of)
  if (!isSet(of)) return refuseType('set or (entity)', of)
  return of.map(demandEntity).some((each) => isIn(situation, uid, each))
}

function readTag(situation: Situation, of: Value, name: Value): Value | undefined {
  const uid = demandEntity(of)
  const tag = demandString(name)
  const facts = situation.entities.get(uid.key)
  return facts === undefined ? undefined : readMember(facts.tags, tag)
}

/** Gives an attribute of an entity or a record, nothing where it has none. Errors: `EvaluationFault` for other types. */
function readAttribute(situation: Situation, of: Value, name: string): Value | undefined {
  if (of instanceof EntityUid) {
    const facts = situation.entities.get(of.key)
    return facts === undefined ? undefined : readMember(facts.attrs, name)
  }
  return isRecord(of) ? readMember(of, name) : refuseType('record or (entity)', of)
}

function refuseMissing(kind: string, name: string): never {
  throw new EvaluationFault(`there is no ${kind} "${name}"`, kind === 'tag' ? 'there is no such tag' : undefined)
}
