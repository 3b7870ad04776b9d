// The specification of the rule language, which the server's engine reads too.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Blank, compile, isBlank, parseValue, RuleError, textOf, warningText, type Ref, type Type, type Value, type Zone } from '../check/check.ts'
import { arithmetic, halfAway, halfEven } from '../check/decimal.ts'
import { keyOf, scopeOf, type Case } from './twin.ts'

type Vector = Case & { name: string; type?: Type; want?: string | null; warn?: string; error?: string }
const file = (name: string) => JSON.parse(readFileSync('../check/testdata/' + name, 'utf8'))
const vectors = file('vectors.json') as Vector[]
const zones = file('zones.json') as Record<string, Zone>

/** How a vector fails, or ''. */
function differs(v: Vector): string {
  const input = (r: Ref): Value => {
    const [type, text = '', reason] = v.data?.[keyOf(r)] ?? []
    if (type === undefined) return undefined
    if (reason !== undefined) return new Blank(reason)
    const value = parseValue(type, text)
    return value === null ? assert.fail(`${keyOf(r)}: ${text} is no ${type}`) : value
  }
  try {
    const p = compile(v.expr, scopeOf(v, zones))
    if (v.error) return `accepted, want ${v.error}`
    if (p.type !== v.type) return `has type ${p.type}, want ${v.type}`
    const { value, warn } = p.eval({ values: p.refs.map(input), today: parseValue('date', v.today ?? '') as never, zone: v.zone })
    if (warningText(warn) !== (v.warn ?? '')) return `warns of ${warningText(warn)}, want ${v.warn}`
    const text = isBlank(value) ? null : textOf(p.type, value)
    return text === v.want ? '' : `is ${text}, want ${v.want}`
  } catch (e) {
    if (!(e instanceof RuleError)) throw e
    return e.code === v.error ? '' : `refused with ${e.message}, want ${v.error}`
  }
}

test('every vector comes out as specified', () => {
  assert.ok(vectors.length >= 600, `only ${vectors.length} vectors`)
  assert.deepEqual(vectors.map(v => [v.name, v.expr, differs(v)]).filter(d => d[2]), [])
})

test('the vectors notice broken rounding', () => {
  const broken = { away: halfAway, down: () => false, 'half down': (_: boolean, half: number) => half > 0, up: () => true }
  for (const [name, rounds] of Object.entries(broken)) {
    arithmetic.rounds = rounds
    try {
      assert.ok(vectors.some(v => differs(v)), `no vector notices rounding ${name}`)
    } finally { arithmetic.rounds = halfEven }
  }
})
