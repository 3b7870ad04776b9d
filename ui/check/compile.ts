// Types are checked and the tree becomes closures. What an expression gives is told by its static type alone.
import { compareParts, type Parts, type Zone } from './calendar.ts'
import { add, compareNumbers, div, mod, mul, neg, sign, sub, type Num } from './decimal.ts'
import { call, reaches } from './functions.ts'
import { fail, type Node } from './parse.ts'
import { elem, isBlank, isList, listOf, maxList, type Type, type Value } from './value.ts'

export const DividedByZero = 1, OutOfRange = 2, TooMuchWork = 8
const maxWork = 200_000 // what the aggregates of one evaluation may cost

/** The state of one evaluation. */
export class Frame {
  readonly slots: unknown[] = [] // of let and of the variables of aggregates
  warn = 0
  private spent = 0
  constructor(private readonly values: readonly Value[], readonly today: Parts | undefined, readonly zone: string | undefined) {}

  load(i: number): Value {
    const v = this.values[i]
    return Array.isArray(v) && v.length > maxList ? this.made(undefined) : v
  }

  /** An element costs 1; a row 1 and the size of the expression that is evaluated for it; a text that is matched its length. */
  spend(n: number): boolean {
    if ((this.spent += n) <= maxWork) return true
    this.warn |= TooMuchWork
    return false
  }

  /** What an operation on known values gave; warns when it could not give anything. */
  made<T>(v: T): T {
    if (v === undefined) this.warn |= OutOfRange
    return v
  }
}

export type Eval = (f: Frame) => any
/** A compiled expression; lit holds the value of a literal. A bool is true, false, or unknown, which is anything else. */
export type Code = { t: Type; val: Eval; lit?: [Value] }

/** Which names a rule may use. A zone that the scope does not have is unknown. */
export type Scope = { item(name: string): Type | undefined; event?(oid: string): boolean; zone?(name: string): Zone | undefined }

export type Visit = 'here' | 'prev' | 'first' | 'last' | 'at'
/** One value that a rule reads, known before the rule runs; a list where each. */
export type Ref = { name: string; visit: Visit; event: string; each: boolean; type: Type }

/** Whether an expression of type t may stand where want is asked for. */
export const fits = (t: Type, want: Type) => t === want || t === 'blank' || isList(t) && isList(want) && elem(t) === 'blank'
/** The one type that both fit. */
export const unify = (a: Type, b: Type) => fits(a, b) ? b : fits(b, a) ? a : undefined
const truth = (v: unknown) => v === true || v === false ? v : undefined
export const tested = (val: Eval): Code => ({ t: 'bool', val })
export const literal = (t: Type, v: Value): Code => ({ t, val: () => v, lit: [v] })

/** UTF-16 orders surrogates before U+E000…U+FFFF; code points do not. */
const byCodePoint = (unit: number) => unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit
function compareTexts(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i)
    if (x !== y) return byCodePoint(x) < byCodePoint(y) ? -1 : 1
  }
  return a.length - b.length
}
/** Orders two values of type t; undefined if that is not known. */
export function comparator(t: Type): (a: unknown, b: unknown) => number | undefined {
  const known = (compare: (a: never, b: never) => number | undefined) =>
    (a: unknown, b: unknown) => isBlank(a) || isBlank(b) ? undefined : compare(a as never, b as never)
  switch (t) {
    case 'blank': return () => undefined
    case 'number': return known(compareNumbers)
    case 'text': return known(compareTexts)
    case 'date': case 'datetime': case 'time': return known(compareParts)
    default: return known((a: number, b: number) => a - b)
  }
}

const holds: Record<string, (order: number) => boolean> = {
  '<': o => o < 0, '<=': o => o <= 0, '==': o => o === 0, '!=': o => o !== 0, '>=': o => o >= 0, '>': o => o > 0,
}
const arithmetics: Record<string, (a: Num, b: Num) => Num | undefined> = { '+': add, '-': sub, '*': mul, '/': div, '%': mod }

export class Compiler {
  readonly refs: Ref[] = []
  private readonly vars: { name: string; t: Type }[] = []

  constructor(private readonly src: string, readonly scope: Scope) {}

  fail(n: Node, code: string): never { return fail(this.src, n.at, code) }

  compile(n: Node): Code {
    switch (n.kind) {
      case 'literal': return literal(n.type, n.value === '' ? undefined : n.value)
      case 'name': return this.name(n)
      case 'call': return reaches(n.text) ? this.reference(n) : call(this, n)
      case 'unary': return this.unary(n)
      case 'binary': return this.binary(n)
      case 'if': return this.choice(n)
      case 'list': return this.list(n)
      case 'let': return this.let(n)
    }
  }

  want(n: Node, t: Type): Code {
    const x = this.compile(n)
    return fits(x.t, t) ? x : this.fail(n, 'type')
  }

  /** Makes variables for the time of then, which gets their slots. */
  bind<T>(vars: { name: string; t: Type }[], then: (slots: number[]) => T): T {
    const slots = vars.map(v => this.vars.push(v) - 1)
    const made = then(slots)
    this.vars.length -= vars.length
    return made
  }

  /** A variable, an input of the evaluation, or a reference to an item. */
  private name(n: Node): Code {
    if (n.bare) {
      const slot = this.vars.map(v => v.name).lastIndexOf(n.text)
      if (slot >= 0) return { t: this.vars[slot]!.t, val: f => f.slots[slot] }
      if (n.text === 'today') return { t: 'date', val: f => f.today }
      if (n.text === 'zone') return { t: 'text', val: f => f.zone || undefined }
    }
    return this.reference(n)
  }

  /** A name, or one within prev, first, last, at and each. */
  reference(n: Node): Code {
    const r = this.resolve(n)
    let i = this.refs.findIndex(o => o.name === r.name && o.visit === r.visit && o.event === r.event && o.each === r.each)
    if (i < 0) i = this.refs.push(r) - 1
    return { t: r.type, val: f => f.load(i) }
  }

  private resolve(n: Node): Ref {
    if (n.kind === 'name') return { name: n.text, visit: 'here', event: '', each: false, type: this.scope.item(n.text) ?? this.fail(n, 'unknown_name') }
    if (n.kind !== 'call' || !reaches(n.text) || n.vars.length) this.fail(n, 'reference')
    const arity = n.text === 'at' ? 2 : 1
    if (n.kids.length !== arity) this.fail(n, 'arguments')
    const r = this.resolve(n.kids[arity - 1]!)
    if (n.text === 'each') return isList(r.type) ? this.fail(n, 'reference') : { ...r, each: true, type: listOf(r.type) }
    if (r.visit !== 'here') this.fail(n, 'reference')
    if (n.text !== 'at') return { ...r, visit: n.text as Visit }
    const event = n.kids[0]!
    if (event.kind !== 'literal' || event.type !== 'text') this.fail(event, 'literal')
    if (!this.scope.event?.(event.value as string)) this.fail(event, 'unknown_event')
    return { ...r, visit: 'at', event: event.value as string }
  }

  private unary(n: Node): Code {
    if (n.text === '!') {
      const { val } = this.want(n.kids[0]!, 'bool')
      return tested(f => { const v = truth(val(f)); return v === undefined ? v : !v })
    }
    const { t, val, lit } = this.want(n.kids[0]!, 'number')
    if (lit && t === 'number') return literal(t, neg(lit[0] as Num))
    return { t: 'number', val: f => { const v = val(f); return isBlank(v) ? undefined : neg(v) } }
  }

  private binary(n: Node): Code {
    if (n.text === '&&' || n.text === '||') return this.junction(n)
    if (n.text in arithmetics) return this.arithmetic(n)
    const a = this.compile(n.kids[0]!), b = this.compile(n.kids[1]!)
    return n.text === 'in' ? this.member(n, a, b) : this.comparison(n, a, b)
  }

  /** && and ||: the right side is looked at only if the left side does not decide. */
  private junction(n: Node): Code {
    const a = this.want(n.kids[0]!, 'bool').val, b = this.want(n.kids[1]!, 'bool').val, decides = n.text === '||'
    return tested(f => {
      const l = truth(a(f))
      if (l === decides) return l
      const r = truth(b(f))
      return r === decides || l !== undefined ? r : undefined
    })
  }

  private arithmetic(n: Node): Code {
    const a = this.want(n.kids[0]!, 'number').val, b = this.want(n.kids[1]!, 'number').val
    const op = arithmetics[n.text]!, divides = n.text === '/' || n.text === '%'
    return { t: 'number', val: f => {
      const x = a(f), y = b(f)
      if (isBlank(x) || isBlank(y)) return undefined
      if (divides && sign(y) === 0) { f.warn |= DividedByZero; return undefined }
      return f.made(op(x, y))
    } }
  }

  private comparison(n: Node, a: Code, b: Code): Code {
    const t = unify(a.t, b.t) ?? this.fail(n, 'type')
    if (isList(t) || t === 'bool' && n.text !== '==' && n.text !== '!=') this.fail(n, 'operator')
    const compare = comparator(t), accepts = holds[n.text]!, x = a.val, y = b.val
    return tested(f => { const order = compare(x(f), y(f)); return order === undefined ? undefined : accepts(order) })
  }

  /** x in list: true if an element equals x, else unknown if any comparison is, else false. */
  private member(n: Node, a: Code, b: Code): Code {
    if (b.t !== 'blank' && !isList(b.t)) this.fail(n.kids[1]!, 'type')
    const of = elem(b.t)
    if (isList(a.t) || b.t !== 'blank' && !fits(a.t, of) && of !== 'blank') this.fail(n, 'type')
    const compare = comparator(of)
    return tested(f => {
      const x = a.val(f), list = b.val(f)
      if (isBlank(x) || isBlank(list) || !f.spend(list.length)) return undefined
      let outcome: boolean | undefined = false
      for (const e of list) {
        const order = compare(x, e)
        if (order === 0) return true
        if (order === undefined) outcome = undefined
      }
      return outcome
    })
  }

  /** c ? a : b. An unknown condition takes the second branch. */
  choice(n: Node): Code {
    const c = this.want(n.kids[0]!, 'bool').val, a = this.compile(n.kids[1]!), b = this.compile(n.kids[2]!)
    const val: Eval = f => c(f) === true ? a.val(f) : b.val(f)
    return this.plain(unify(a.t, b.t) ?? this.fail(n, 'type'), val)
  }

  /** A truth value forgets why it is unknown; other values pass on the reason of a blank. */
  private plain(t: Type, val: Eval): Code { return { t, val: t === 'bool' ? f => truth(val(f)) : val } }

  private list(n: Node): Code {
    let of: Type = 'blank'
    const kids = n.kids.map(k => {
      const x = this.compile(k), t = unify(of, x.t)
      if (!t || isList(t)) this.fail(k, 'type')
      of = t!
      return x
    })
    const build: Eval = f => kids.map(k => k.val(f))
    return kids.every(k => k.lit) ? literal(listOf(of), kids.map(k => k.lit![0])) : { t: listOf(of), val: build }
  }

  private let(n: Node): Code {
    const value = this.compile(n.kids[0]!)
    return this.bind([{ name: n.text, t: value.t }], ([slot]) => {
      const body = this.compile(n.kids[1]!)
      return this.plain(body.t, f => { f.slots[slot!] = value.val(f); return body.val(f) })
    })
  }
}

