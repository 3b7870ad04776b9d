// The grammar of docs/format/rules.md: source to tokens to a tree.
import { parseDate, parseDateTime, parseInstant, parseTime } from './calendar.ts'
import { parseNumber } from './decimal.ts'
import { maxList, nfc, wellFormed, type Type, type Value } from './value.ts'

// The bounds belong to the language: both engines have the same.
const maxSource = 20_000, maxNodes = 2_000, maxDepth = 100

/** Why a rule is refused: a code rule.…, and the place in the source. */
export class RuleError extends Error {
  constructor(readonly code: string, readonly place: string) { super(`${code} at ${place}`) }
}

/** Where offset at is, in code points from 1; the line only when there are several. */
export function fail(src: string, at: number, code: string): never {
  const lines = src.slice(0, at).split('\n')
  const column = `column ${[...lines.at(-1)!].length + 1}`
  throw new RuleError('rule.' + code, lines.length > 1 ? `line ${lines.length}, ${column}` : column)
}

type Token = { kind: 'end' | 'op' | 'name' | 'quoted' | 'value'; text: string; at: number; end: number; type?: Type; value?: Value }
const reserved = ['true', 'false', 'null', 'let', 'in', 'today', 'zone']
const isDigit = (c: string | undefined) => c !== undefined && c >= '0' && c <= '9'

// White space and comments, then one of: a name, a number, an operator. Text, names in backticks and dates are read by hand.
const blankness = /(?:[ \t\n\r]|\/\/[^\n]*)*/y
const bareName = /[A-Za-z_]\w*(?:\.\w+)*/y
const numeral = /\d+(?:\.\d+)?/y
const operator = /==|!=|<=|>=|&&|\|\||[-+*/%<>!()?:,[\];=]/y

function lex(src: string): Token[] {
  let i = 0
  const read = (pattern: RegExp) => {
    pattern.lastIndex = i
    const text = pattern.exec(src)?.[0] ?? ''
    i += text.length
    return text
  }
  const quoted = (mark: string) => {
    const at = i
    let text = ''
    for (i++; i < src.length; i++) {
      const c = src[i]!
      if (c === mark) { i++; return text }
      if (c !== '\\' || i + 1 === src.length) { text += c; continue }
      const e = src[++i]!
      if (e !== mark && e !== '\\' && e !== 'n' && e !== 't') fail(src, i - 1, 'syntax')
      text += e === 'n' ? '\n' : e === 't' ? '\t' : e
    }
    return fail(src, at, 'syntax')
  }
  const next = (): Omit<Token, 'end'> => {
    read(blankness)
    const at = i, c = src[i]
    if (c === undefined) return { kind: 'end', text: '', at }
    if (isDigit(c)) {
      const value = parseNumber(read(numeral))
      if (/[A-Za-z_]/.test(src[i] ?? '')) fail(src, at, 'syntax')
      if (value === undefined) fail(src, at, 'too_big')
      return { kind: 'value', text: '', at, type: 'number', value }
    }
    const name = read(bareName)
    if (name) return { kind: 'name', text: name, at }
    if (c === "'") return { kind: 'value', text: '', at, type: 'text', value: nfc(quoted(c)) }
    if (c === '`') {
      const text = quoted(c)
      if (!text) fail(src, at, 'syntax')
      return { kind: 'quoted', text, at }
    }
    if (c === '@') {
      i = dateEnd(src, i + 1)
      return { kind: 'value', text: '', at, ...dateOf(src.slice(at + 1, i)) ?? fail(src, at, 'syntax') }
    }
    return { kind: 'op', text: read(operator) || fail(src, at, 'syntax'), at }
  }
  const tokens: Token[] = []
  do tokens.push({ ...next(), end: i })
  while (tokens.at(-1)!.kind !== 'end')
  return tokens
}

/**
 * Where the date literal ends that begins at start: a sign begins the next part of a date or an offset only right where
 * one may stand, so that @2024-02-29-x and @2024+1 are read as two.
 */
function dateEnd(src: string, start: number): number {
  let i = start
  for (; /[\d\-:.TZ+]/.test(src[i] ?? ''); i++) {
    const c = src[i]!, read = src.slice(start, i)
    if (isDigit(c) || c === 'T' || c === 'Z') { if (read.endsWith('Z')) break; continue }
    if (!isDigit(src[i + 1])) break
    if (!read.includes('T') && !(c === '-' && (read.length === 4 || read.length === 7))) break
  }
  return i
}

/** A date, a wall clock reading, a moment, or T and a time of day. */
function dateOf(text: string): { type: Type; value: Value } | undefined {
  const as = (type: Type, value: Value) => value === undefined ? undefined : { type, value }
  if (text[0] === 'T') return as('time', parseTime(text.slice(1)))
  if (!text.includes('T')) return as('date', parseDate(text))
  return as('instant', parseInstant(text)) ?? as('datetime', parseDateTime(text))
}

export type Node = {
  kind: 'literal' | 'name' | 'call' | 'unary' | 'binary' | 'if' | 'list' | 'let'
  /** Operator, name, function. */
  text: string
  at: number
  /** Where its source begins and ends: at is where an operator stands. */
  from: number; to: number
  /** Operands, arguments; of let, the value and the body. */
  kids: Node[]
  /** How many nodes it is, with all below it. */
  size: number
  /** Of a literal. */
  type: Type; value: Value
  /** Of a call, the names bound in its last argument to the elements of the lists before it. */
  vars: string[]
  /** Of a name, not written in backticks. */
  bare: boolean
}

/** The binary operators, the loosest first. Comparisons do not chain. */
const levels = [['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>=', 'in'], ['+', '-'], ['*', '/', '%']]
const comparisons = 2

export function parse(src: string): Node {
  if (new TextEncoder().encode(src).length > maxSource) fail(src, 0, 'too_big')
  if (!wellFormed(src)) fail(src, 0, 'syntax')
  const tokens = lex(src)
  let i = 0, nodes = 0, depth = 0

  const peek = () => tokens[i]!
  const is = (op: string) => peek().text === op && (peek().kind === 'op' || peek().kind === 'name' && reserved.includes(op))
  const accept = (op: string) => is(op) && !!++i
  const unexpected = (): never => fail(src, peek().at, 'syntax')
  const expect = (op: string) => accept(op) || unexpected()
  const make = (kind: Node['kind'], at: number, text: string, kids: Node[] = [], more: Partial<Node> = {}): Node => {
    if (++nodes > maxNodes) fail(src, at, 'too_big')
    const from = kids.length && kids[0]!.from < at ? kids[0]!.from : at
    return { kind, at, from, to: tokens[i - 1]?.end ?? at, text, kids, size: kids.reduce((n, k) => n + k.size, 1), type: 'blank', value: undefined, vars: [], bare: false, ...more }
  }
  const deeper = <T>(read: () => T): T => {
    if (++depth > maxDepth) fail(src, peek().at, 'too_big')
    const got = read()
    depth--
    return got
  }

  const expression = (): Node => deeper(() => {
    const at = peek().at
    if (!accept('let')) return choice()
    const name = peek()
    if (name.kind !== 'name' || reserved.includes(name.text)) unexpected()
    i++
    expect('=')
    const value = choice()
    expect(';')
    return make('let', at, name.text, [value, expression()])
  })
  const choice = (): Node => {
    const condition = binary(0), at = peek().at
    if (!accept('?')) return condition
    const yes = expression()
    expect(':')
    return make('if', at, '', [condition, yes, expression()])
  }
  const binary = (level: number): Node => {
    if (level === levels.length) return unary()
    let left = binary(level + 1)
    for (let op; (op = levels[level]!.find(is)) !== undefined;) {
      const at = peek().at
      i++
      left = make('binary', at, op, [left, binary(level + 1)])
      if (level === comparisons) break
    }
    return left
  }
  const unary = (): Node => {
    const { text, at } = peek()
    if (!is('-') && !is('!')) return primary()
    return deeper(() => { i++; return make('unary', at, text, [unary()]) })
  }
  const primary = (): Node => {
    const t = peek()
    const { at, text } = t
    if (t.kind === 'value') { i++; return make('literal', at, '', [], { type: t.type!, value: t.value }) }
    if (t.kind === 'quoted') { i++; return make('name', at, text) }
    if (t.kind === 'name' && text !== 'let' && text !== 'in') {
      i++
      if (accept('(')) return call(t)
      if (text === 'null') return make('literal', at, '')
      if (text === 'true' || text === 'false') return make('literal', at, '', [], { type: 'bool', value: text === 'true' })
      return make('name', at, text, [], { bare: true })
    }
    if (accept('(')) {
      const inner = expression()
      expect(')')
      inner.from = at
      inner.to = tokens[i - 1]!.end
      return inner
    }
    if (accept('[')) return make('list', at, '', list(']'))
    return unexpected()
  }
  const list = (end: string): Node[] => {
    const kids: Node[] = []
    if (accept(end)) return kids
    for (;;) {
      const kid = expression()
      if (kids.push(kid) > maxList) fail(src, kid.at, 'too_big')
      if (!accept(',')) { expect(end); return kids }
    }
  }
  const call = (name: Token): Node => {
    const vars: string[] = [], kids: Node[] = []
    for (let t = peek(); t.kind === 'name' && !reserved.includes(t.text) && tokens[i + 1]?.kind === 'op' && tokens[i + 1]?.text === ':'; t = peek()) {
      vars.push(t.text)
      i += 2
      kids.push(expression())
      expect(',')
    }
    kids.push(...list(')'))
    return make('call', name.at, name.text, kids, { vars })
  }

  const tree = expression()
  if (peek().kind !== 'end') unexpected()
  return tree
}
