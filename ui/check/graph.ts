// Which rules depend on which items, and in which order they run.
import type { Ref } from './compile.ts'

/** What a rule reads, and the item whose value it decides, '' for none. */
export type Rule = { reads: readonly Ref[]; sets: string }

export class Graph {
  /** All rules, each after those whose items it reads. */
  readonly order: readonly number[]
  /** The items of rules that need each other's outcome, the first again at the end; empty when there are none. prev(x) makes no cycle: it is there before the rule runs. */
  readonly cycle: readonly string[] = []
  private readonly readers = new Map<string, number[]>()
  private readonly rank: readonly number[]

  constructor(private readonly rules: readonly Rule[]) {
    const setter = new Map<string, number>()
    rules.forEach((r, i) => {
      for (const name of new Set(r.reads.map(ref => ref.name))) {
        const readers = this.readers.get(name)
        if (readers) readers.push(i)
        else this.readers.set(name, [i])
      }
      if (r.sets) setter.set(r.sets, i)
    })
    const order: number[] = [], path: number[] = [], done = new Set<number>()
    const visit = (i: number) => {
      if (done.has(i) || this.cycle.length) return
      if (path.includes(i)) {
        (this as { cycle: readonly string[] }).cycle = [...path.slice(path.indexOf(i)), i].map(k => rules[k]!.sets)
        return
      }
      path.push(i)
      for (const ref of rules[i]!.reads) {
        const need = ref.visit === 'prev' ? undefined : setter.get(ref.name)
        if (need !== undefined) visit(need)
      }
      path.pop()
      done.add(i)
      order.push(i)
    }
    rules.forEach((_, i) => visit(i))
    this.order = order
    const rank = rules.map(() => 0)
    order.forEach((i, at) => { rank[i] = at })
    this.rank = rank
  }

  /** The rules to run after items changed, in order: those that read one, those that read what these set, and so on. */
  affected(changed: readonly string[]): number[] {
    const dirty = new Set<number>(), queue = [...changed]
    for (const name of queue) { // grows while it is walked
      for (const i of this.readers.get(name) ?? []) {
        if (dirty.has(i)) continue
        dirty.add(i)
        if (this.rules[i]!.sets) queue.push(this.rules[i]!.sets)
      }
    }
    return [...dirty].sort((a, b) => this.rank[a]! - this.rank[b]!)
  }
}
