// The other side of the differential test of the rule language (check/twin_test.go): a case a line, an outcome a line.
import { createInterface } from 'node:readline'
import {
  Blank, compile, isBlank, parseValue, reasonOf, RuleError, textOf, warningText, type Ref, type Scope, type Type, type Value, type Zone,
} from '../check/check.ts'
import { arithmetic, halfAway } from '../check/decimal.ts'

/** Values by reference as the source writes it: type, canonical text, of a blank the reason. */
export type Case = { expr: string; data?: Record<string, [Type, string, string?]>; today?: string; zone?: string }

/** A reference as the keys of a case's data write it. */
export function keyOf({ name, visit, event, each }: Ref): string {
  const there = visit === 'here' ? name : visit === 'at' ? `at('${event}', ${name})` : `${visit}(${name})`
  return each ? `each(${there})` : there
}

/** The names that a case's data mention. */
export function scopeOf(v: Case, zones: Record<string, Zone>): Scope {
  const types = new Map<string, Type>()
  for (const [key, [type]] of Object.entries(v.data ?? {})) {
    let name = key
    for (let m; (m = /^\w+\((?:'\w*', )?(.*)\)$/s.exec(name));) name = m[1]!
    types.set(name, key.startsWith('each(') ? type.slice('list of '.length) as Type : type)
  }
  return { item: name => types.get(name), event: oid => oid === 'V1' || oid === 'V2', zone: name => Object.hasOwn(zones, name) ? zones[name] : undefined }
}

function answer(v: Case, zones: Record<string, Zone>): unknown[] {
  try {
    const p = compile(v.expr, scopeOf(v, zones))
    const values = p.refs.map((r): Value => {
      const d = v.data?.[keyOf(r)]
      return !d ? undefined : d[2] !== undefined ? new Blank(d[2]) : parseValue(d[0], d[1]) ?? undefined
    })
    const { value, warn } = p.eval({ values, today: parseValue('date', v.today ?? '') as never, zone: v.zone })
    return [p.type, isBlank(value) ? null : textOf(p.type, value), reasonOf(value), warningText(warn)]
  } catch (e) {
    if (!(e instanceof RuleError)) throw new Error(`${v.expr}: ${String(e)}`, { cause: e })
    return [e.code, e.place]
  }
}

if (process.argv.includes('--answer')) {
  if (process.argv.includes('--broken')) arithmetic.rounds = halfAway // the fault that the test plants
  let zones: Record<string, Zone> | undefined, out = ''
  for await (const line of createInterface({ input: process.stdin })) {
    if (!zones) { zones = JSON.parse(line) as Record<string, Zone>; continue }
    out += JSON.stringify(answer(JSON.parse(line) as Case, zones)) + '\n'
    if (out.length > 16_000) { process.stdout.write(out); out = '' }
  }
  process.stdout.write(out)
}
