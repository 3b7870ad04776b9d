// The test bench: a rule, the values it reads, what it gives, and why: each part of it with its own value.
import { useEffect, useMemo, useState } from 'preact/hooks'
import { isBlank, parseValue, RuleError, textOf, type Ref, type Type, type Value } from '../check/check.ts'
import { explain, type Part } from '../check/explain.ts'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, problemText } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { FormData, Subject } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { find } from './designerdraft.ts'
import { titleOf, useDesk, type RuleSite } from './designerparts.tsx'
import { today } from './designerpreview.tsx'
import { RuleField, namesFor } from './designerrule.tsx'
import { keyOf } from './designerrules.ts'
import { index, study as here } from './study.ts'

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** A value as people read it. */
function shown(type: Type, v: Value): string {
  if (type === 'bool') return v === true ? t('design.true') : v === false ? t('design.false') : t('design.unknown')
  return isBlank(v) ? t('design.blank') : textOf(type, v)
}

/** Values as they are typed, read as the rule needs them; of a list, one by one with commas between. */
function input(ref: Ref, typed: string): Value | null {
  if (!ref.type.startsWith('list')) return parseValue(ref.type, typed.trim())
  return parseValue(ref.type, typed.trim() ? JSON.stringify(typed.split(/[,，]/).map(x => x.trim() || null)) : '')
}

export function Bench({ site }: { site: RuleSite | undefined }) {
  const { d, scope } = useDesk()
  const [scratch, setScratch] = useState(''), [data, setData] = useState<ReadonlyMap<string, string>>(new Map()), [day, setDay] = useState(today())
  const target: RuleSite = site ?? { title: 'design.scratch', name: '', source: scratch, write: setScratch, want: undefined }
  const rule = useMemo(() => { if (!target.source.trim()) return undefined; try { return explain(target.source, scope, target.want) } catch (e) { if (e instanceof RuleError) return undefined; throw e } }, [target.source, scope, target.want])
  const values = rule?.refs.map(r => input(r, data.get(keyOf(r)) ?? '')) ?? []
  const outcome = rule && !values.includes(null) ? rule.explain({ values: values as Value[], today: parseValue('date', day) as never, zone: browserZone }) : undefined
  return <div class="bench stack">
    <section class="card"><div class="fields"><RuleField site={target} bench /></div></section>
    {rule && <section class="card"><header><h3 class="grow">{t('design.values')}</h3>{here.value?.version ? <FromCasebook refs={rule.refs} take={found => setData(x => new Map([...x, ...found]))} /> : null}</header>
      <div class="fields">{rule.refs.map((r, i) => <RefField key={keyOf(r)} ref_={r} value={data.get(keyOf(r)) ?? ''} bad={values[i] === null} set={v => setData(x => new Map(x).set(keyOf(r), v))} />)}
        {/\btoday\b/.test(target.source) && <label class="f w6"><span class="lab">today</span><span class="in"><input value={day} placeholder="YYYY-MM-DD" onInput={e => setDay(e.currentTarget.value)} /></span></label>}
        {!rule.refs.length && <p class="sub f w6">{t('design.noRefs')}</p>}</div></section>}
    {outcome && <section class="card"><header><h3 class="grow">{t('design.outcome')}</h3><output class="outcome" data-value={textOf(rule!.type, outcome.value)}>{shown(rule!.type, outcome.value)}</output></header>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('design.why')}><table class="tbl why-table"><thead><tr><th scope="col">{t('design.part')}</th><th scope="col">{t('design.value')}</th></tr></thead>
        <tbody>{outcome.parts.map((p, i) => <PartRow key={i} part={p} />)}</tbody></table></div></section>}
    {!target.source.trim() && <Empty icon="pulse" title={t('design.benchEmpty')}>{t('design.benchDo')}</Empty>}
    <Names take={insert => target.write(target.source + (target.source && !/\s$/.test(target.source) ? ' ' : '') + insert)} count={d.items.length} />
  </div>
}

function PartRow({ part: { source, depth, type, values } }: { part: Part }) {
  const text = !values.length ? t('design.unseen') : values.length === 1 ? shown(type, values[0]) : `${values.slice(0, 6).map(v => shown(type, v)).join(', ')}${values.length > 6 ? ' …' : ''}`
  return <tr class={values.length ? '' : 'dim'}><td class="fill mono" data-depth={Math.min(depth, 8)}>{source}</td><td>{text}</td></tr>
}

function RefField({ ref_: ref, value, bad, set }: { ref_: Ref; value: string; bad: boolean; set: (v: string) => void }) {
  const { d } = useDesk()
  const item = find(d, 'items', ref.name), list = find(d, 'codeLists', item?.codeList)?.items, boolean = item?.dataType === 'boolean'
  const label = <span class="lab">{titleOf(item, ref.name)} <span class="xs dim mono">{keyOf(ref)}</span></span>
  const codes = boolean ? [['true', t('design.true')], ['false', t('design.false')]] : list?.map(c => [c.code, `${say(c.decode, c.code)} (${c.code})`])
  if (codes && !ref.type.startsWith('list')) return <label class="f w6">{label}<span class="in"><select value={value} onChange={e => set(e.currentTarget.value)}><option value="">{t('design.blank')}</option>{codes.map(([v, s]) => <option key={v} value={v}>{s}</option>)}</select><span class="u"><Icon name="chev" /></span></span></label>
  return <label class="f w6">{label}<span class={bad ? 'in is-q' : 'in'}><input value={value} autocomplete="off" spellcheck={false} aria-invalid={bad} onInput={e => set(e.currentTarget.value)} /><span class="u">{word('ruleType', ref.type.replace('list of ', ''))}</span></span>{bad && <span class="xs t-bad" role="alert">{t('design.badValue')}</span>}</label>
}

/** The items that a rule may name, to be searched and taken. */
function Names({ take, count }: { take: (insert: string) => void; count: number }) {
  const { d } = useDesk()
  const [typed, setTyped] = useState('')
  if (!count) return null
  return <details class="card names"><summary>{t('design.names')} <span class="xs dim">{count}</span></summary><div class="body stack-1">
    <label class="in"><span class="u"><Icon name="search" /></span><input aria-label={t('design.search')} value={typed} placeholder={t('design.search')} onInput={e => setTyped(e.currentTarget.value)} /></label>
    <ul>{namesFor(d, typed, 40).map(n => <li key={n.insert}><button type="button" class="row" onClick={() => take(n.insert)}><span class="mono">{n.insert}</span><span class="grow xs dim">{n.text}</span><span class="xs dim">{n.about}</span></button></li>)}</ul></div></details>
}

/** Takes the values of one visit of a real casebook, and of its other visits where the rule reaches there. */
function FromCasebook({ refs, take }: { refs: readonly Ref[]; take: (found: Map<string, string>) => void }) {
  const { study } = useDesk()
  const [subjects, setSubjects] = useState<string[]>(), [subject, setSubject] = useState<Subject>(), [visit, setVisit] = useState(''), [fault, setFault] = useState<Problem>()
  const guarded = async (work: () => Promise<void>) => { try { setFault(undefined); await work() } catch (e) { if (!(e instanceof Problem)) throw e; setFault(e) } }
  const choose = (id: string) => guarded(async () => { const s = await api.subject(study, id); setSubject(s); setVisit(s.events.map(e => `${e.event}/${e.repeat}`)[0] ?? '') })
  useEffect(() => {
    if (!subject || !visit) return
    void guarded(async () => {
      const names = new Set(refs.map(r => r.name)), order = subject.events.map(e => `${e.event}/${e.repeat}`)
      const held: { visit: string; event: string; data: FormData }[] = []
      for (const e of subject.events) for (const f of e.forms) {
        if (!f.version || !index.value?.sections(f.form).some(s => s.questions.some(q => names.has(q.item.oid)))) continue
        held.push({ visit: `${e.event}/${e.repeat}`, event: e.event, data: await api.form({ study, subject: subject.subject, event: e.event, eventRepeat: e.repeat, form: f.form, formRepeat: f.repeat }) })
      }
      const found = new Map<string, string>()
      for (const ref of refs) {
        const from = (list: typeof held) => { for (const h of list) { const all = h.data.items.filter(v => v.item === ref.name && v.value); if (all.length) return ref.each ? all.map(v => v.value).join(', ') : all[0]!.value! } return '' }
        const here_ = held.filter(h => h.visit === visit), now = order.indexOf(visit), earlier = held.filter(h => order.indexOf(h.visit) < now).reverse()
        found.set(keyOf(ref), ref.visit === 'at' ? from(held.filter(h => h.event === ref.event)) : ref.visit === 'prev' ? from(earlier) : ref.visit === 'last' ? from([...here_, ...earlier]) : ref.visit === 'first' ? from(held) : from(here_) || from(held))
      }
      take(found)
    })
  }, [subject, visit])
  if (!subjects) return <button type="button" class="btn s" onClick={() => void guarded(async () => setSubjects((await api.matrix(study, { limit: 200 })).rows.map(r => r.subject)))}><Icon name="people" />{t('design.casebook')}{fault && <span class="sr">{problemText(fault)}</span>}</button>
  return <span class="row wrap"><Chip name={t('design.subject')} value={subject?.subject ?? ''} onChange={id => void choose(id)} choices={[{ value: '', text: '–' }, ...subjects.map(s => ({ value: s, text: s }))]} />
    {subject && <Chip name={t('design.visit')} value={visit} onChange={setVisit} choices={subject.events.map(e => ({ value: `${e.event}/${e.repeat}`, text: say(e.name, e.event) + (e.repeat === '1' ? '' : ` ${e.repeat}`) }))} />}
    {fault && <span class="xs t-bad" role="alert">{problemText(fault)}</span>}</span>
}
