// A server of one form in this window: it keeps what is typed, and judges it as the real one does. Nothing is sent.
import type { Change } from '../wire/api.ts'
import type { FormData, Rules, Value } from '../wire/types.ts'
import type { Section } from './definition.ts'
import { Live } from './live.ts'
import { FormModel, placeKey, type Keeper } from './model.ts'

/**
 * The form over values that live in this window: of them what it asks. Without rules it shows all of its questions. now gives the
 * moment of a value, where fields are to show that they keep it; changed hears of each value.
 */
export function inWindow(sections: Section[], values: Map<string, Value>, about: { form: string; formRepeat?: string; computed?: string[]; rules?: Rules }, now?: () => string, changed?: () => void): FormModel {
  const places = new Set(sections.flatMap(s => s.questions.map(q => `${s.group.oid}/${q.item.oid}`)))
  let version = values.size ? 1 : 0
  const rowsOf = (group: string) => [...new Set(['1', ...[...values.values()].filter(v => v.group === group).map(v => v.repeat)])]
  /** What must be answered, where it is shown, is. */
  const whole = (hidden: ReadonlySet<string>) => sections.every(s => rowsOf(s.group.oid).every(row => s.questions.every(q => {
    const group = `${s.group.oid}/${row}`, place = `${group}/${q.item.oid}`, v = values.get(place)
    return !q.mandatory || q.computed || hidden.has(group) || hidden.has(place) || v?.value || v?.blank
  })))
  const state = (answered: number, hidden: ReadonlySet<string>) => !answered ? 'empty' : whole(hidden) ? 'complete' : 'partial'
  const answer = (): FormData => {
    const mine = [...values.values()].filter(v => places.has(`${v.group}/${v.item}`))
    const data: FormData = { subject: '', event: '', eventRepeat: '1', formRepeat: '1', version, state: state(mine.length, new Set()), site: '', items: mine, hidden: [], queries: [], ...about }
    if (!about.rules) return data
    let live: Live
    try { live = new Live(about.rules, sections, rowsOf); live.begin(mine.map(v => [v, v.blank ? { blank: v.blank } : { value: v.value }])) } catch { delete data.rules; return data } // rules that need each other: the server asks them in turn
    const place = (key: string) => { const [group = '', repeat = '', item = ''] = key.split('/'); return { group, repeat, item } }
    return { ...data, state: state(mine.length, live.hidden), hidden: [...live.hidden], items: [...mine, ...[...live.computed].map(([key, value]) => ({ ...place(key), value }))],
      queries: [...live.failing].flatMap(([key, failed]) => failed.map(r => ({ id: `${key}#${r.id}`, state: 'Open', source: 'system', text: r.message ?? {}, rule: r.id, ...place(key) }))) }
  }
  const keeper: Keeper = {
    load: async () => answer(), pause: async () => {}, disagree() {},
    save: async (_, change: Change) => { version++; values.set(placeKey(change), { ...change, ...now ? { at: now() } : {}, byName: '' } as Value); changed?.(); return answer() },
  }
  return new FormModel(sections, answer(), keeper, Live)
}
