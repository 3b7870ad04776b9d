// How a rule comes to its outcome: each part of it with its value, for whoever writes rules.
import { Compiler, Frame, fits, TooMuchWork, type Code, type Ref, type Scope } from './compile.ts'
import { parse, RuleError, type Node } from './parse.ts'
import type { Input, Outcome } from './check.ts'
import type { Type, Value } from './value.ts'

/** One part of a rule. It has several values where it was asked for each element of a list, and none where nobody had to look at it. */
export type Part = { source: string; from: number; to: number; depth: number; type: Type; values: Value[] }
export type Explained = { type: Type; refs: readonly Ref[]; explain(input?: Input): Outcome & { parts: Part[] } }

type Seen = { node: Node; depth: number; type: Type; values: Value[] }

/** A compiler whose code remembers what each part of the tree gave. */
class Watching extends Compiler {
  readonly seen: Seen[] = []
  private depth = 0

  override compile(node: Node): Code {
    const mine: Seen = { node, depth: this.depth++, type: 'blank', values: [] }
    this.seen.push(mine)
    const code = super.compile(node)
    this.depth--
    mine.type = code.t
    if (code.lit) return code
    return { ...code, val: f => { const v: Value = code.val(f); mine.values.push(v); return v } }
  }
}

/** compile, with every part's value on request; literals explain themselves and are left out. */
export function explain(src: string, scope: Scope, want?: Type): Explained {
  const compiler = new Watching(src, scope)
  const { t: type, val } = compiler.compile(parse(src))
  if (want && !fits(type, want)) throw new RuleError('rule.type', 'column 1')
  return {
    type, refs: compiler.refs,
    explain({ values = [], today, zone } = {}) {
      for (const s of compiler.seen) s.values.length = 0
      const f = new Frame(values, today, zone), value: Value = val(f)
      const parts = compiler.seen.filter(s => s.node.kind !== 'literal')
        .map(s => ({ source: src.slice(s.node.from, s.node.to), from: s.node.from, to: s.node.to, depth: s.depth, type: s.type, values: [...s.values] }))
      return { value: f.warn & TooMuchWork ? undefined : value, warn: f.warn, parts }
    },
  }
}
