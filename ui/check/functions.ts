// The functions. Those in forms see known values only: a blank argument makes the outcome blank. The aggregates and
// others that do something else with a blank are in special.
import {
  addDays, addMonths, age, clockMs, dayNumber, inZone, moment, monthsBetween, precisions, wallMs, type Parts, type Zone,
} from './calendar.ts'
import { comparator, fits, OutOfRange, tested, unify, type Code, type Compiler, type Eval, type Frame } from './compile.ts'
import { add, compareNumbers, div, neg, power, quotientOfProduct, root, roundAt, sign, whole, wholeDown, type Num } from './decimal.ts'
import type { Node } from './parse.ts'
import { compilePattern } from './pattern.ts'
import { Blank, elem, isBlank, isList, listOf, nfc, parseValue, textOf, type Base, type Type } from './value.ts'

const maxText = 100_000 // bytes of a text that a rule makes
const maxDigits = 34

export const reaches = (name: string) => ['prev', 'first', 'last', 'at', 'each'].includes(name)

/** One way to call a function: what it takes and gives. A zoned one has a time zone's name as its last argument, and gets the zone. */
type Form = { params: Type[]; result: Type; zoned?: boolean; fn: (f: Frame, a: any, b?: any, c?: any) => unknown }
const form = (signature: string, fn: Form['fn'], zoned = false): Form => {
  const [result, ...params] = signature.split(' ').map(t => short[t]!)
  return { params, result: result!, fn, zoned }
}
const short: Record<string, Base> = { b: 'bool', n: 'number', t: 'text', d: 'date', w: 'datetime', c: 'time', i: 'instant' }
const same = (letters: string, signature: string, fn: Form['fn']) => [...letters].map(x => form(signature.replaceAll('x', x), fn))

const full = (d: Parts) => d.length === 3
const joined = (f: Frame, a: string, b: string) =>
  f.made(new TextEncoder().encode(a + b).length > maxText ? undefined : nfc(a + b) || undefined)
const reads = (type: Base) => (_: Frame, a: string) => parseValue(type, a) ?? undefined
const text = (type: Base) => form(`t ${type[0]}`, (_, a) => textOf(type, a) || undefined)
const letters = (from: RegExp, to: 'toUpperCase' | 'toLowerCase') => form('t t', (_, a: string) => a.replace(from, c => c[to]()))
/** One part of a date or time, blank if the value does not have it. */
const part = (i: number) => (_: Frame, a: Parts) => a[i]
const wallIn = (f: Frame, ms: number, zone: Zone) => f.made(inZone(ms, zone))
const moved = (move: (d: Parts, n: number) => Parts | undefined) => form('d d n', (f, d: Parts, by: Num) => {
  const n = whole(by, 10_000_000)
  return n === undefined ? f.made(n) : full(d) ? f.made(move(d, n)) : undefined
})
/** The time from a to b in units of so many milliseconds; readings and times of day need minutes. */
const elapsed = (unit: number) => [
  form('n i i', (_, a: number, b: number) => div(b - a, unit)),
  form('n w w', (_, a: Parts, b: Parts) => a.length < 5 || b.length < 5 ? undefined : div(wallMs(b) - wallMs(a), unit)),
  form('n c c', (_, a: Parts, b: Parts) => a.length < 2 || b.length < 2 ? undefined : div(clockMs(b) - clockMs(a), unit)),
]

const forms: Record<string, Form[]> = {
  abs: [form('n n', (_, a) => sign(a) < 0 ? neg(a) : a)],
  floor: [form('n n', (f, a) => f.made(wholeDown(a)))],
  ceil: [form('n n', (f, a) => f.made(neg(wholeDown(neg(a))!)))],
  round: [form('n n', (f, a) => f.made(roundAt(a, 0))), form('n n n', (f, a, places) => {
    const n = whole(places, maxDigits)
    return f.made(n === undefined ? n : roundAt(a, n))
  })],
  pow: [form('n n n', (f, a, exponent) => {
    const n = whole(exponent, maxDigits)
    return f.made(n === undefined || n < 0 ? undefined : power(a, n))
  })],
  sqrt: [form('n n', (f, a) => sign(a) < 0 ? f.made(undefined) : root(a))],
  number: [form('n t', reads('number'))],

  text: [...(['bool', 'number', 'text', 'date'] as const).map(text), form('t w', (_, a) => textOf('datetime', a)),
    form('t c', (_, a) => textOf('time', a)), form('t i', (_, a) => textOf('instant', a))],
  concat: [form('t t t', joined), form('t t t t', (f, a, b, c) => { const ab = joined(f, a, b); return ab && joined(f, ab, c) })],
  lower: [letters(/[A-Z]/g, 'toLowerCase')],
  upper: [letters(/[a-z]/g, 'toUpperCase')],
  trim: [form('t t', (_, a: string) => a.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '') || undefined)],
  contains: [form('b t t', (_, a: string, b: string) => a.includes(b))],
  starts_with: [form('b t t', (_, a: string, b: string) => a.startsWith(b))],
  ends_with: [form('b t t', (_, a: string, b: string) => a.endsWith(b))],

  date: [form('d t', reads('date')), form('d w', (_, a: Parts) => a.slice(0, 3)), form('d i t', (f, a, z) => wallIn(f, a, z)?.slice(0, 3), true)],
  time: [form('c t', reads('time')), form('c w', (_, a: Parts) => a.length > 3 ? a.slice(3) : undefined),
    form('c i t', (f, a, z) => wallIn(f, a, z)?.slice(3), true)],
  datetime: [form('w t', reads('datetime')), form('w d c', (_, d: Parts, c: Parts) => full(d) ? [...d, ...c] : undefined), form('w i t', wallIn, true)],
  instant: [form('i t', reads('instant')),
    form('i w t', (f, a: Parts, z: Zone) => a.length < 5 ? undefined : f.made(moment(wallMs(a), z)), true)],
  year: same('dw', 'n x', part(0)), month: same('dw', 'n x', part(1)), day: same('dw', 'n x', part(2)),
  hour: [form('n c', part(0)), form('n w', part(3))],
  minute: [form('n c', part(1)), form('n w', part(4))],
  weekday: [form('n d', (_, d: Parts) => full(d) ? ((dayNumber(d) + 3) % 7 + 7) % 7 + 1 : undefined)],
  precision: [...same('dw', 't x', (_, v: Parts) => precisions[v.length - 1]), form('t c', (_, v: Parts) => precisions[v.length + 2])],
  age: [form('n d d', (_, a, b) => age(a, b))],
  days: [form('n d d', (_, a, b) => full(a) && full(b) ? dayNumber(b) - dayNumber(a) : undefined)],
  months: [form('n d d', (_, a, b) => full(a) && full(b) ? monthsBetween(a, b) : undefined)],
  hours: elapsed(3_600_000), minutes: elapsed(60_000),
  add_days: [moved(addDays)], add_months: [moved(addMonths)],
}

export function call(c: Compiler, n: Node): Code {
  const build = own(special, n.text)
  if (build) return build(c, n)
  const options = own(forms, n.text) ?? c.fail(n, 'unknown_function')
  if (n.vars.length) c.fail(n, 'arguments')
  const args = n.kids.map(k => c.compile(k))
  const right = options.filter(o => o.params.length === args.length)
  if (!right.length) c.fail(n, 'arguments')
  const chosen = right.find(o => args.every((a, i) => fits(a.t, o.params[i]!))) ?? c.fail(n, 'operator')
  return { t: chosen.result, val: over(c, n, chosen, args) }
}

const own = <T>(table: Record<string, T>, name: string) => Object.hasOwn(table, name) ? table[name] : undefined

/** The evaluation of a form over its arguments, which are all evaluated first. */
function over(c: Compiler, n: Node, { fn, zoned }: Form, args: Code[]): Eval {
  const zoneOf = (name: string) => c.scope.zone?.(name)
  const last = args.at(-1)!.lit
  if (zoned && last && !zoneOf(String(last[0] ?? ''))) c.fail(n.kids.at(-1)!, 'zone')
  const [x, y, z] = args.map(a => a.val) as [Eval, Eval?, Eval?]
  if (!y) return f => { const a = x(f); return isBlank(a) ? undefined : fn(f, a) }
  return f => {
    const a = x(f), b = y(f), third = z?.(f)
    if (isBlank(a) || isBlank(b) || z && isBlank(third)) return undefined
    if (!zoned) return fn(f, a, b, third)
    const zone = zoneOf(b)
    if (!zone) { f.warn |= OutOfRange; return undefined }
    return fn(f, a, zone)
  }
}

/** Fails unless n has from…to plain arguments. */
function arity(c: Compiler, n: Node, from: number, to = from) {
  if (n.vars.length || n.kids.length < from || n.kids.length > to) c.fail(n, 'arguments')
}

const special: Record<string, (c: Compiler, n: Node) => Code> = {
  blank, answered: blank, reason, coalesce, if: (c, n) => { arity(c, n, 3); return c.choice(n) }, len, matches,
  any: quantifier, all: quantifier, count, sum: total, mean: total, min: extreme, max: extreme, score,
}

/** All that can be called, for whoever writes rules. */
export const functionNames = [...Object.keys(forms), ...Object.keys(special), 'prev', 'first', 'last', 'at', 'each'].sort()

/** blank(x) and answered(x). A list is blank when it is empty, too. */
function blank(c: Compiler, n: Node): Code {
  arity(c, n, 1)
  const { t, val } = c.compile(n.kids[0]!), asks = n.text === 'blank'
  return tested(f => { const v = val(f); return (isBlank(v) || isList(t) && !v.length) === asks })
}

function reason(c: Compiler, n: Node): Code {
  arity(c, n, 1)
  const { val } = c.reference(n.kids[0]!)
  return { t: 'text', val: f => { const v = val(f); return v instanceof Blank ? v.reason || undefined : undefined } }
}

function coalesce(c: Compiler, n: Node): Code {
  arity(c, n, 1, Infinity)
  let t: Type = 'blank'
  const args = n.kids.map(k => {
    const x = c.compile(k)
    t = unify(t, x.t) ?? c.fail(k, 'type')
    return x.val
  })
  return { t, val: f => {
    for (const x of args) { const v = x(f); if (!isBlank(v)) return v }
  } }
}

/** Code points of a text, elements of a list. */
function len(c: Compiler, n: Node): Code {
  arity(c, n, 1)
  const { t, val } = c.compile(n.kids[0]!)
  if (!isList(t) && !fits(t, 'text')) c.fail(n, 'operator')
  return { t: 'number', val: f => { const v = val(f); return isBlank(v) ? v : isList(t) ? v.length : codePoints(v) } }
}

const codePoints = (s: string) => s.length - (s.match(/[\ud800-\udbff]/g)?.length ?? 0)

function matches(c: Compiler, n: Node): Code {
  arity(c, n, 2)
  const { val } = c.want(n.kids[0]!, 'text'), source = n.kids[1]!
  if (source.kind !== 'literal' || source.type !== 'text') c.fail(source, 'literal')
  const match = compilePattern(source.value as string) ?? c.fail(source, 'pattern')
  return tested(f => { const v = val(f); return isBlank(v) || !f.spend(codePoints(v)) ? undefined : match(v) })
}

/** What an aggregate runs over: each calls visit with every element until that returns false. */
type Series = { t: Type; each(f: Frame, visit: (v: any) => boolean | void): void }

function series(c: Compiler, n: Node): Series {
  if (n.vars.length) return rows(c, n)
  let t: Type = 'blank'
  const args = n.kids.map(k => {
    const x = c.compile(k)
    t = unify(t, elem(x.t)) ?? c.fail(k, 'type')
    return x
  })
  if (!args.length) c.fail(n, 'arguments')
  return { t, each: plain(args) }
}

/** The arguments, lists taken apart. */
const plain = (args: Code[]): Series['each'] => (f, visit) => {
  for (const { t, val } of args) {
    const v = val(f)
    for (const e of isList(t) && !isBlank(v) ? v : [v]) if (!f.spend(1) || visit(e) === false) return
  }
}

/** f(a: list, b: list, body): the outcomes of the body for each row of the lists, walked side by side to the end of the longest. */
function rows(c: Compiler, n: Node): Series {
  const body = n.kids[n.vars.length]!
  if (n.kids.length !== n.vars.length + 1) c.fail(n, 'arguments')
  const lists = n.kids.slice(0, -1).map(k => {
    const x = c.compile(k)
    return isList(x.t) ? x : c.fail(k, 'type')
  })
  return c.bind(n.vars.map((name, i) => ({ name, t: elem(lists[i]!.t) })), slots => {
    const { t, val } = c.compile(body)
    if (isList(t)) c.fail(body, 'type')
    return { t, each: (f, visit) => {
      const all = lists.map(l => { const v = l.val(f); return isBlank(v) ? [] : v as unknown[] }) // before the first row: what they bind shares the slots
      for (let i = 0; all.some(l => i < l.length); i++) {
        if (!f.spend(1 + body.size)) return
        all.forEach((l, k) => { f.slots[slots[k]!] = l[i] })
        if (visit(val(f)) === false) return
      }
    } }
  })
}

function quantifier(c: Compiler, n: Node): Code {
  const s = series(c, n), decides = n.text === 'any'
  if (!fits(s.t, 'bool')) c.fail(n, 'operator')
  return tested(f => {
    let outcome: boolean | undefined = !decides
    s.each(f, v => {
      if (isBlank(v)) outcome = undefined
      else if (v === decides) { outcome = decides; return false }
    })
    return outcome
  })
}

/** The elements that are not blank, or the rows whose body is true. */
function count(c: Compiler, n: Node): Code {
  const s = series(c, n), asks = n.vars.length > 0
  if (asks && !fits(s.t, 'bool')) c.fail(n, 'operator')
  return { t: 'number', val: f => {
    let known = 0
    s.each(f, v => { if (asks ? v === true : !isBlank(v)) known++ })
    return known
  } }
}

/** The sum of the known elements, a blank if it grew too large, and their count. */
function sumOf(f: Frame, s: Series): [Num | undefined, number] {
  let sum: Num | undefined, known = 0
  s.each(f, v => {
    if (isBlank(v)) return
    sum = known++ ? f.made(add(sum!, v)) : v
    return sum !== undefined
  })
  return [sum, known]
}

/** sum and mean; of no known element both are blank. */
function total(c: Compiler, n: Node): Code {
  const s = series(c, n), mean = n.text === 'mean'
  if (!fits(s.t, 'number')) c.fail(n, 'operator')
  return { t: 'number', val: f => {
    const [sum, known] = sumOf(f, s)
    return mean && sum !== undefined ? div(sum, known) : sum
  } }
}

/** score(list, least, scale): the sum of the answered × scale / their count, rounded once; blank if fewer than least were answered. */
function score(c: Compiler, n: Node): Code {
  arity(c, n, 3)
  const [list, least, scale] = n.kids.map((k, i) => c.want(k, i ? 'number' : listOf('number'))) as [Code, Code, Code]
  const each = plain([list])
  return { t: 'number', val: f => {
    const needed = least.val(f), by = scale.val(f), [sum, known] = sumOf(f, { t: 'number', each })
    if (isBlank(needed) || isBlank(by) || sum === undefined || compareNumbers(known, needed) < 0) return undefined
    return f.made(quotientOfProduct(sum, by, known))
  } }
}

/** min and max. If partial dates leave open which is the one, the outcome is blank. */
function extreme(c: Compiler, n: Node): Code {
  const s = series(c, n), better = n.text === 'max' ? 1 : -1, compare = comparator(s.t)
  if (s.t === 'bool' || s.t === 'text') c.fail(n, 'operator')
  return { t: s.t, val: f => {
    let best: unknown
    s.each(f, v => {
      if (isBlank(v)) return
      if (best === undefined) { best = v; return }
      const order = compare(v, best)
      if (order === undefined) { best = undefined; return false }
      if (order * better > 0) best = v
    })
    return best
  } }
}

