// The rule language in the browser: the twin of the server's package check, with the same outcome for every rule and
// every input. check/testdata/vectors.json specifies both. It is pure: no clock, no network, no page.
import type { Parts } from './calendar.ts'
import { Compiler, fits, Frame, TooMuchWork, type Ref, type Scope } from './compile.ts'
import { parse, RuleError } from './parse.ts'
import { Blank, type Type, type Value } from './value.ts'

export { RuleError } from './parse.ts'
export { Blank, isBlank, listOf, parseValue, textOf, type Type, type Value } from './value.ts'
export type { Ref, Scope, Visit } from './compile.ts'
export type { Parts, Zone } from './calendar.ts'

const warnings = ['divided by zero', 'out of range', 'wrong type', 'too much work']
export const warningText = (warn: number) => warnings.filter((_, i) => warn & 1 << i).join(', ')

/** All that an evaluation depends on. Values are in the order of the program's refs; those that are missing are blank. */
export type Input = { values?: readonly Value[]; today?: Parts | undefined; zone?: string | undefined }
export type Outcome = { value: Value; warn: number }
export type Program = { type: Type; refs: readonly Ref[]; eval(input?: Input): Outcome }

/** Checks a rule against the names it may use and makes it ready to run; refuses with a RuleError. want is the type it must have. */
export function compile(src: string, scope: Scope, want?: Type): Program {
  const tree = parse(src)
  const c = new Compiler(src, scope)
  const { t: type, val } = c.compile(tree)
  if (want && !fits(type, want)) throw new RuleError('rule.type', 'column 1')
  return {
    type, refs: c.refs,
    eval: ({ values = [], today, zone } = {}) => {
      const f = new Frame(values, today, zone)
      const value = val(f)
      return { value: f.warn & TooMuchWork ? undefined : value, warn: f.warn }
    },
  }
}

/** Why a value is blank, '' when nobody said. */
export const reasonOf = (v: Value) => v instanceof Blank ? v.reason : ''
