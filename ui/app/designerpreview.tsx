// The form under edit as people will fill it in: the real renderer with its rules, over values that live in this window.
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Empty } from '../look/parts.tsx'
import { Index } from '../form/definition.ts'
import { FormView } from '../form/form.tsx'
import { HostContext, type Host } from '../form/host.ts'
import { Live } from '../form/live.ts'
import { FormModel, placeKey, type Keeper } from '../form/model.ts'
import type { Change } from '../wire/api.ts'
import type { FormData, Value, Version } from '../wire/types.ts'
import { t } from '../words/words.ts'
import type { Definition } from './designerdraft.ts'
import { rulesOf } from './designerrules.ts'

/** What was typed into the previews, by form and place. */
export type Tried = Map<string, Map<string, Value>>

export const today = () => new Date().toISOString().slice(0, 10)

/** A server of one form, in this window: it keeps what is saved, and judges it as the real one does. */
function serve(d: Definition, form: string, tried: Tried): { model: FormModel; idle: number } {
  const mine = tried.get(form) ?? tried.set(form, new Map()).get(form)!
  const elsewhere = (item: string) => { for (const [of, values] of tried) if (of !== form) for (const v of values.values()) if (v.item === item && v.value) return v.value; return undefined }
  const { rules, computed, idle } = rulesOf(d, form, elsewhere, today())
  const sections = new Index(d as unknown as Version).sections(form, computed)
  const places = new Set(sections.flatMap(s => s.questions.map(q => `${s.group.oid}/${q.item.oid}`)))
  let version = mine.size ? 1 : 0
  const rowsOf = (group: string) => [...new Set(['1', ...[...mine.values()].filter(v => v.group === group).map(v => v.repeat)])]
  const answer = (): FormData => {
    const values = [...mine.values()].filter(v => places.has(`${v.group}/${v.item}`))
    const data: FormData = { subject: '', event: '', eventRepeat: '1', form, formRepeat: '1', version, state: values.length ? 'partial' : 'empty', site: '', items: values, hidden: [], computed, queries: [], rules }
    let live: Live
    try { live = new Live(rules, sections, rowsOf); live.begin(values.map(v => [v, v.blank ? { blank: v.blank } : { value: v.value }])) } catch { delete data.rules; return data } // rules that need each other: the server asks them in turn
    const place = (key: string) => { const [group = '', repeat = '', item = ''] = key.split('/'); return { group, repeat, item } }
    return { ...data, hidden: [...live.hidden], items: [...values, ...[...live.computed].map(([key, value]) => ({ ...place(key), value }))],
      queries: [...live.failing].flatMap(([key, failed]) => failed.map(r => ({ id: `${key}#${r.id}`, state: 'Open', source: 'system', text: r.message ?? {}, rule: r.id, ...place(key) }))) }
  }
  const keeper: Keeper = {
    load: async () => answer(), pause: async () => {}, disagree() {},
    save: async (_, change: Change) => { version++; mine.set(placeKey(change), { ...change, at: new Date().toISOString(), byName: '' } as Value); return answer() },
  }
  return { model: new FormModel(sections, answer(), keeper, Live), idle }
}

const host: Host = { zone: undefined, readOnly: false, focused(field) { field.reason ||= '-' }, history() {}, query() {} } // nobody is asked why a trial value changes

export function Preview({ d, form, tried }: { d: Definition; form: string | undefined; tried: Tried }) {
  const served = useMemo(() => form ? serve(d, form, tried) : undefined, [d, form])
  const last = useRef(served)
  useEffect(() => { last.current = served }, [served])
  if (!served) return <Empty icon="form" title={t('design.noPreview')}>{t('design.noPreviewDo')}</Empty>
  return <div class="preview"><HostContext.Provider value={host}><FormView form={served.model} /></HostContext.Provider>
    {served.idle > 0 && <p class="xs dim">{t('design.idle', { n: served.idle })}</p>}
    <p><button type="button" class="btn s" onClick={() => { tried.clear(); served.model.take({ ...emptied(form!), rules: undefined as never }) }}>{t('design.emptyPreview')}</button></p></div>
}

const emptied = (form: string): FormData => ({ subject: '', event: '', eventRepeat: '1', form, formRepeat: '1', version: 0, state: 'empty', site: '', items: [], hidden: [], queries: [] })
