// The editors of the designer: one for each kind of definition.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { t, word, type Key } from '../words/words.ts'
import { find, own, put, putRef, refsOf, remove, rename, setRefs, sourceOf, usesOf, written, type Check, type Code, type Def, type Definition, type Item, type Kind, type Reference, type Spot } from './designerdraft.ts'
import { grown } from './designeroutline.tsx'
import { More, Within } from './designermore.tsx'
import { BothLanguages, CheckLine, kindWord, Line, NumberLine, OidLine, Problems, problemsAt, SelectLine, TextLine, titleAt, titleOf, useDesk } from './designerparts.tsx'
import { RuleField } from './designerrule.tsx'

/** Who holds a definition, where it has one holder: the group of an item, the form of a group. */
function holderOf(d: Definition, { kind, oid }: Spot): string {
  if (kind === 'items') return d.groups.find(g => g.items.some(r => r.oid === oid))?.oid ?? ''
  return kind === 'groups' ? d.forms.find(f => f.groups.some(r => r.oid === oid))?.oid ?? '' : ''
}

export function Editor({ spot }: { spot: Spot }) {
  const { d, edit, select, problems } = useDesk()
  const def = find(d, spot.kind, spot.oid)
  if (!def) return <p class="note warn"><Icon name="warn" /><span>{t('design.gone', { oid: spot.oid })}</span></p>
  const uses = usesOf(d, spot)
  return <section class="card editor" key={spot.kind + spot.oid} aria-labelledby="editor-title">
    <header><h2 id="editor-title" class="grow">{titleAt(d, spot)} <span class="xs dim">{kindWord(spot.kind)}</span></h2>
      <button type="button" class="btn s" onClick={() => { select(undefined); edit(x => remove(x, spot)) }}><Icon name="x" />{t('design.remove')}</button></header>
    <div class="fields">
      {problemsAt(d, problems, spot, '').length > 0 && <div class="says"><Problems of={problemsAt(d, problems, spot, '')} /></div>}
      <OidLine value={spot.oid} set={to => { if (to !== spot.oid && !find(d, spot.kind, to)) { edit(x => rename(x, spot, to)); select({ ...spot, oid: to }) } }} />
      <Fields spot={spot} />
      {uses.length > 1 && <p class="xs dim says">{t('design.uses', { n: uses.length, where: uses.map(u => titleAt(d, u)).join(t('design.comma')) })}</p>}
    </div>
  </section>
}

function Fields({ spot: { kind, oid } }: { spot: Spot }) {
  switch (kind) {
    case 'events': return <EventFields oid={oid} />
    case 'forms': return <FormFields oid={oid} />
    case 'groups': return <GroupFields oid={oid} />
    case 'items': return <ItemFields oid={oid} />
    case 'codeLists': return <ListFields oid={oid} />
    case 'units': return <UnitFields oid={oid} />
    case 'conditions': case 'methods': return <RuleFields kind={kind} oid={oid} />
  }
}

/** The definition, and how one of its words is changed. */
function useDef<K extends Kind>(kind: K, oid: string): [Def<K>, (change: Partial<Def<K>>) => void] {
  const { d, edit } = useDesk()
  return [find(d, kind, oid)!, change => edit(x => put(x, kind, oid, change), `${kind} ${oid} ${Object.keys(change).join()}`)]
}

const day = (duration: string | undefined) => /^-?P(\d+)D$/.test(duration ?? '') ? Number(duration!.replace(/[PD]/g, '')) : undefined
const duration = (text: string) => /^-?\d+$/.test(text.trim()) ? text.trim().replace(/^(-?)(\d+)$/, '$1P$2D') : text.trim()

/** A number of days, or any ISO 8601 duration. */
function Days({ label, value, set }: { label: string; value: string | undefined; set: (v: string) => void }) {
  return <Line label={label}><input key={value} defaultValue={day(value) ?? value ?? ''} autocomplete="off" onChange={e => set(duration(e.currentTarget.value))} /><span class="u">{t('design.days')}</span></Line>
}

function EventFields({ oid }: { oid: string }) {
  const { d, edit } = useDesk()
  const [e, set] = useDef('events', oid)
  const refs = refsOf(d, 'forms', oid)
  const window = (change: Partial<NonNullable<typeof e.window>>) => {
    const next = { target: '', ...e.window, ...change }
    for (const key of ['anchor', 'before', 'after'] as const) if (!next[key]) delete next[key]
    set({ window: next.target || next.before || next.after ? { ...next, target: next.target || 'P0D' } : undefined } as Partial<typeof e>)
  }
  return <>
    <SelectLine label={t('design.eventType')} value={e.type} choices={['Scheduled', 'Unscheduled', 'Common'].map(x => [x, word('eventType', x)])} set={type => set({ type })} />
    <BothLanguages label={t('design.title')} value={e.description} set={description => set({ description } as never)} />
    <Conditional on="hidden" kind="events" holder="" oid={oid} /><Conditional on="mandatoryWhen" kind="events" holder="" oid={oid} />
    <h3 class="f w6">{t('design.window')}</h3>
    <SelectLine label={t('design.anchor')} value={e.window?.anchor} choices={[['', t('design.enrolment')], ...d.events.filter(x => x.oid !== oid).map(x => [x.oid, titleOf(x, x.oid)] as [string, string])]} set={anchor => window({ anchor })} />
    <Days label={t('design.target')} value={e.window?.target} set={target => window({ target })} />
    <Days label={t('design.before')} value={e.window?.before} set={before => window({ before })} />
    <Days label={t('design.after')} value={e.window?.after} set={after => window({ after })} />
    <div class="f w6 row wrap"><CheckLine label={t('design.repeating')} value={e.repeating} set={repeating => set({ repeating })} /></div>
    {e.repeating && <><Days label={t('design.every')} value={e.every} set={every => set({ every })} /><NumberLine label={t('design.most')} value={e.occurs?.max} set={max => set({ occurs: max ? { ...e.occurs, max } : undefined } as never)} /></>}
    <fieldset class="f w6 stack-1"><legend class="lab">{t('design.formsOf')}</legend><div class="opts">{d.forms.map(f => {
      const ref = refs.find(r => r.oid === f.oid)
      return <CheckLine key={f.oid} label={titleOf(f, f.oid)} value={!!ref} set={on => edit(x => setRefs(x, 'forms', oid, on ? [...refs, { oid: f.oid, mandatory: true }] : refs.filter(r => r.oid !== f.oid)))} />
    })}{!d.forms.length && <span class="dim">{t('design.noForms')}</span>}</div></fieldset>
  </>
}

function FormFields({ oid }: { oid: string }) {
  const { d, edit } = useDesk()
  const [f, set] = useDef('forms', oid)
  return <>
    <div class="f w3 row wrap"><CheckLine label={t('design.repeating')} value={f.repeating} set={repeating => set({ repeating })} /><CheckLine label={t('design.double')} value={f.doubleEntry} set={on => set({ doubleEntry: on || undefined } as never)} /></div>
    <BothLanguages label={t('design.title')} value={f.description} set={description => set({ description } as never)} />
    <Order kind="groups" holder={oid} refs={refsOf(d, 'groups', oid)} />
    {d.events.filter(e => e.forms.some(r => r.oid === oid)).map(e => <fieldset key={e.oid} class="f w6 fields"><legend class="lab">{t('design.inVisit', { visit: titleOf(e, e.oid) })}</legend>
      <div class="f w6 row wrap"><CheckLine label={t('design.mandatory')} value={refsOf(d, 'forms', e.oid).find(r => r.oid === oid)?.mandatory} set={mandatory => edit(x => putRef(x, 'forms', e.oid, oid, { mandatory }))} /></div>
      <Conditional on="hidden" kind="forms" holder={e.oid} oid={oid} /><Conditional on="mandatoryWhen" kind="forms" holder={e.oid} oid={oid} /></fieldset>)}
    <More key={oid} spot={{ kind: 'forms', oid }} variables />
  </>
}

function GroupFields({ oid }: { oid: string }) {
  const { d } = useDesk()
  const [g, set] = useDef('groups', oid), holder = holderOf(d, { kind: 'groups', oid })
  return <>
    <div class="f w3 row wrap"><CheckLine label={t('design.repeating')} value={g.repeating} set={repeating => set({ repeating })} /></div>
    <BothLanguages label={t('design.title')} value={g.description} set={description => set({ description } as never)} />
    {holder && <><Within kind="groups" holder={holder} oid={oid} /><Conditional on="hidden" kind="groups" holder={holder} oid={oid} /><Conditional on="mandatoryWhen" kind="groups" holder={holder} oid={oid} /></>}
    <Order kind="items" holder={oid} refs={refsOf(d, 'items', oid)} />
    <Several group={oid} />
    <More key={oid} spot={{ kind: 'groups', oid }} variables />
  </>
}

/** Many questions of one kind at once, as scales have them: a line for each, in both languages. */
function Several({ group }: { group: string }) {
  const { d, edit } = useDesk()
  const [lines, setLines] = useState(''), [dataType, setType] = useState('integer'), [codeList, setList] = useState('')
  const asked = lines.split('\n').map(l => l.trim()).filter(Boolean).map(l => { const [zh = '', en = ''] = l.split(/\s+[/／]\s+/); return en ? { 'zh-CN': zh, en } : { 'zh-CN': zh } })
  const take = () => {
    edit(x => asked.reduce((to, question) => { const [next, made] = grown(to, 'items', group); return put(next, 'items', made.oid, { question, dataType, codeList: codeList || undefined, length: undefined } as never) }, x))
    setLines('')
  }
  return <details class="f w6"><summary>{t('design.several')}</summary><div class="fields several">
    <label class="f w6"><span class="lab">{t('design.severalHelp')}</span><span class="in long"><textarea rows={5} value={lines} onInput={e => setLines(e.currentTarget.value)} /></span></label>
    <SelectLine label={t('design.typeOfAll')} value={dataType} choices={itemTypes.map(x => [x, word('dataType', x)])} set={setType} />
    <SelectLine label={t('design.listOfAll')} value={codeList} choices={[['', t('design.none')], ...(d.codeLists ?? []).map(c => [c.oid, `${c.name} (${c.oid})`] as [string, string])]} set={setList} />
    <div class="f w6"><button type="button" class="btn s" disabled={!asked.length} onClick={take}>{t('design.addSeveral', { n: asked.length })}</button></div></div></details>
}

/** What a definition holds, in order, with buttons to move it; and what else there is to take in. */
function Order({ kind, holder, refs }: { kind: 'groups' | 'items'; holder: string; refs: Reference[] }) {
  const { d, edit, select } = useDesk()
  const shift = (i: number, by: number) => edit(x => { const next = [...refs], [moved] = next.splice(i, 1); next.splice(i + by, 0, moved!); return setRefs(x, kind, holder, next) })
  return <fieldset class="f w6 stack-1"><legend class="lab">{kindWord(kind)}</legend>
    <ol class="orderly">{refs.map((r, i) => <li key={r.oid} class="row"><button type="button" class="link grow" onClick={() => select({ kind, oid: r.oid })}>{titleAt(d, { kind, oid: r.oid })}</button><span class="mono xs dim">{r.oid}</span>
      <button type="button" class="ico" disabled={i === 0} aria-label={`${t('design.up')}: ${r.oid}`} onClick={() => shift(i, -1)}><Icon name="up" /></button>
      <button type="button" class="ico" disabled={i === refs.length - 1} aria-label={`${t('design.downward')}: ${r.oid}`} onClick={() => shift(i, 1)}><Icon name="down" /></button></li>)}</ol>
    <div><button type="button" class="btn s" onClick={() => edit(x => { const [next, made] = grown(x, kind, holder); queueMicrotask(() => select(made)); return next })}><Icon name="plus" />{t('design.addOf', { kind: kindWord(kind) })}</button></div></fieldset>
}

const itemTypes = ['text', 'integer', 'float', 'date', 'partialDate', 'time', 'datetime', 'boolean']

function ItemFields({ oid }: { oid: string }) {
  const { d, edit, select, problems } = useDesk()
  const [it, set] = useDef('items', oid), spot: Spot = { kind: 'items', oid }, group = holderOf(d, spot)
  const ref = refsOf(d, 'items', group).find(r => r.oid === oid)
  const make = (kind: 'codeLists' | 'units', take: (made: string) => Partial<Item>) => edit(x => { const [next, made] = grown(x, kind, ''); queueMicrotask(() => select(made)); return put(next, 'items', oid, take(made.oid)) })
  return <>
    <SelectLine label={t('design.type')} value={it.dataType} choices={[...new Set([...itemTypes, it.dataType])].map(x => [x, word('dataType', x)])} set={dataType => set({ dataType, ...dataType === 'float' ? { digits: it.digits ?? 1, hasDigits: true } : { digits: undefined, hasDigits: undefined }, length: dataType === 'text' ? 200 : undefined } as never)} />
    <BothLanguages label={t('design.question')} value={it.question} set={question => set({ question } as never)} />
    {!['date', 'partialDate', 'time', 'datetime', 'boolean'].includes(it.dataType) && <NumberLine label={t('design.length')} value={it.length} set={length => set({ length } as never)} />}
    {['float', 'double'].includes(it.dataType) && <NumberLine label={t('design.digits')} value={it.digits} set={digits => set({ digits, hasDigits: digits !== undefined } as never)} />}
    <SelectLine label={kindWord('codeLists')} value={it.codeList} choices={[['', t('design.none')], ...(d.codeLists ?? []).map(c => [c.oid, `${c.name} (${c.oid})`] as [string, string]), ['+', t('design.newOne')]]} set={v => v === '+' ? make('codeLists', codeList => ({ codeList })) : set({ codeList: v })} />
    <SelectLine label={kindWord('units')} value={it.units?.[0]} choices={[['', t('design.none')], ...(d.units ?? []).map(u => [u.oid, titleOf({ ...u, description: u.symbol ?? {} }, u.oid)] as [string, string]), ['+', t('design.newOne')]]} set={v => v === '+' ? make('units', u => ({ units: [u] })) : set({ units: v ? [v] : undefined } as never)} />
    {ref && <div class="f w6 row wrap"><CheckLine label={t('design.mandatory')} value={ref.mandatory} set={mandatory => edit(x => putRef(x, 'items', group, oid, { mandatory }))} /><CheckLine label={t('design.blinded')} value={it.blinded} set={on => set({ blinded: on || undefined } as never)} /></div>}
    {it.blinded && <p class="f w6 note">{t('design.blindedMeans')}</p>}
    {ref && <><Conditional on="hidden" kind="items" holder={group} oid={oid} /><Conditional on="mandatoryWhen" kind="items" holder={group} oid={oid} /><Computed group={group} oid={oid} ref_={ref} /></>}
    <h3 class="f w6 row"><span class="grow">{t('design.checks')}</span><button type="button" class="btn s" onClick={() => set({ checks: [...it.checks ?? [], { expressions: written(`${oid} >= 0`).map(e => ({ ...e, code: '' })), message: {} }] })}><Icon name="plus" />{t('design.addCheck')}</button></h3>
    {(it.checks ?? []).map((c, i) => <CheckFields key={i} item={it} check={c} n={i} set={change => set({ checks: it.checks!.map((x, k) => k === i ? { ...x, ...change } : x) })}
      remove={() => set({ checks: it.checks!.filter((_, k) => k !== i) })} found={problemsAt(d, problems, spot, `/RangeCheck[${i + 1}]`)} />)}
    <More key={oid} spot={spot} variables />
  </>
}

/** A condition that hides something, or demands it: chosen, made, and written here. */
function Conditional({ on, kind, holder, oid }: { on: 'hidden' | 'mandatoryWhen'; kind: 'events' | 'forms' | 'groups' | 'items'; holder: string; oid: string }) {
  const { d, edit } = useDesk()
  const ref = refsOf(d, kind, holder).find(r => r.oid === oid), named = ref?.[on] ?? ''
  const choose = (v: string) => edit(x => {
    if (v !== '+') return putRef(x, kind, holder, oid, { [on]: v || undefined })
    const [next, made] = grown(x, 'conditions', '')
    return putRef(next, kind, holder, oid, { [on]: made.oid })
  })
  const label = t(on === 'hidden' ? 'design.hiddenBy' : 'design.demandedBy')
  return <><SelectLine label={label} value={named} choices={[['', t('design.never')], ...(d.conditions ?? []).map(c => [c.oid, titleOf(c, c.oid)] as [string, string]), ['+', t('design.newCondition')]]} set={choose} />
    {named && <Written kind="conditions" oid={named} title={on === 'hidden' ? 'design.hiddenWhile' : 'design.demandedWhile'} />}</>
}

function Computed({ group, oid, ref_: ref }: { group: string; oid: string; ref_: Reference }) {
  const { d, edit } = useDesk()
  const choose = (v: string) => edit(x => {
    if (v !== '+') return putRef(x, 'items', group, oid, { method: v || undefined } as never)
    const [next, made] = grown(x, 'methods', '')
    return putRef(next, 'items', group, oid, { method: made.oid })
  })
  return <><SelectLine label={t('design.computedBy')} value={ref.method} choices={[['', t('design.byPeople')], ...(d.methods ?? []).map(m => [m.oid, titleOf(m, m.oid)] as [string, string]), ['+', t('design.newMethod')]]} set={choose} />
    {ref.method && <Written kind="methods" oid={ref.method} title="design.computes" />}</>
}

/** The rule of a condition or method, with what the server found. A rule in another language is shown, and replaced by what is written. */
function Written({ kind, oid, title }: { kind: 'conditions' | 'methods'; oid: string; title: Key }) {
  const { d, edit, problems } = useDesk()
  const rule = find(d, kind, oid)
  if (!rule) return null
  const foreign = rule.expressions?.find(e => !own(e))
  return <>
    <RuleField site={{ title, name: oid, source: own(rule.expressions?.[0]) ? sourceOf(rule) : '', want: kind === 'conditions' ? 'bool' : undefined,
      write: src => edit(x => put(x, kind, oid, { expressions: written(src) }), `${kind} ${oid} rule`) }} />
    {foreign && <p class="xs dim says">{t('design.foreign', { language: foreign.context ?? '?' })} <code class="mono">{foreign.code}</code></p>}
    <div class="says"><Problems of={problemsAt(d, problems, { kind, oid })} /></div>
  </>
}

const comparators = ['LT', 'LE', 'GT', 'GE', 'EQ', 'NE', 'IN', 'NOTIN']

function CheckFields({ item, check, n, set, remove, found }: { item: Item; check: Check; n: number; set: (c: Partial<Check>) => void; remove: () => void; found: Parameters<typeof Problems>[0]['of'] }) {
  const compares = !!check.comparator && !check.expressions?.length, foreign = check.expressions?.find(e => !own(e))
  const { edit } = useDesk()
  const write = (src: string) => edit(x => put(x, 'items', item.oid, { checks: (find(x, 'items', item.oid)?.checks ?? []).map((c, i) => i === n ? { ...c, expressions: src ? written(src) : [{ context: 'casebook', code: '' }] } : c) }), `check ${item.oid} ${n}`)
  return <fieldset class="f w6 check"><legend class="sr">{t('design.checkN', { n: n + 1 })}</legend><div class="fields">
    <div class="f w6 row wrap"><b class="grow">{t('design.checkN', { n: n + 1 })}</b>
      <div class="seg" role="group" aria-label={t('design.severity')}>{[false, true].map(hard => <button key={String(hard)} type="button" aria-pressed={!!check.hard === hard} onClick={() => set({ hard })}>{t(hard ? 'design.hard' : 'design.soft')}</button>)}</div>
      <button type="button" class="ico" aria-label={`${t('design.remove')}: ${t('design.checkN', { n: n + 1 })}`} onClick={remove}><Icon name="x" /></button></div>
    {compares ? <><SelectLine label={t('design.comparator')} value={check.comparator} choices={comparators.map(c => [c, word('comparator', c)])} set={comparator => set({ comparator })} />
      <TextLine label={t('design.values')} value={check.values?.join(', ')} set={v => set({ values: v.split(/\s*[,，]\s*/) })} /></>
      : <RuleField site={{ title: 'design.mustHold', name: `${item.oid} ${n + 1}`, source: own(check.expressions?.[0]) ? sourceOf(check) : '', want: 'bool', write }} />}
    {foreign && <p class="xs dim says">{t('design.foreign', { language: foreign.context ?? '?' })} <code class="mono">{foreign.code}</code></p>}
    <BothLanguages label={t('design.message')} value={check.message} set={message => set({ message: message ?? {} })} />
    <div class="says"><Problems of={found} /></div>
  </div></fieldset>
}

function RuleFields({ kind, oid }: { kind: 'conditions' | 'methods'; oid: string }) {
  const [r, set] = useDef(kind, oid)
  return <><BothLanguages label={t('design.meaning')} value={r.description} set={description => set({ description } as never)} />
    <Written kind={kind} oid={oid} title={kind === 'conditions' ? 'design.trueWhile' : 'design.computes'} /></>
}

function UnitFields({ oid }: { oid: string }) {
  const [u, set] = useDef('units', oid)
  return <BothLanguages label={t('design.symbol')} value={u.symbol} set={symbol => set({ symbol, name: symbol?.['en'] || u.name } as never)} />
}

function ListFields({ oid }: { oid: string }) {
  const { d, problems } = useDesk()
  const [c, set] = useDef('codeLists', oid), codes = c.items ?? []
  const change = (i: number, x: Partial<Code>) => set({ items: codes.map((code, k) => k === i ? cleaned({ ...code, ...x }) : code) })
  const say_ = (code: Code, lang: string, s: string) => { const next = { ...code.decode, [lang]: s }; if (!s) delete next[lang]; return { decode: next } }
  const shift = (i: number, by: number) => { const next = [...codes], [moved] = next.splice(i, 1); next.splice(i + by, 0, moved!); set({ items: next.map((x, k) => ({ ...x, order: k + 1 })) }) }
  const cell = (i: number, label: string, value: string, put_: (v: string) => void, lang?: string) => <td><div class="cell"><input aria-label={`${label} ${i + 1}`} lang={lang} value={value} autocomplete="off" onInput={e => put_(e.currentTarget.value)} /></div></td>
  return <>
    <TextLine label={t('design.name')} value={c.name} set={name => set({ name })} />
    <SelectLine label={t('design.type')} value={c.dataType} choices={['text', 'integer', 'float'].map(x => [x, word('dataType', x)])} set={dataType => set({ dataType })} />
    <div class="f w6 scroll" tabIndex={0} role="region" aria-label={kindWord('codeLists')}><table class="tbl ed codes">
      <thead><tr><th scope="col">{t('design.code')}</th><th scope="col">{t('design.zh')}</th><th scope="col">{t('design.en')}</th><th scope="col">{t('design.weight')}</th><th scope="col"><span class="sr">{t('design.order')}</span></th></tr></thead>
      <tbody>{codes.map((x, i) => <tr key={i}>
        {cell(i, t('design.code'), x.code, code => change(i, { code }))}
        {cell(i, t('design.zh'), x.decode?.['zh-CN'] ?? x.decode?.['zh'] ?? '', v => change(i, say_(x, x.decode && 'zh' in x.decode ? 'zh' : 'zh-CN', v)), 'zh-CN')}
        {cell(i, t('design.en'), x.decode?.['en'] ?? '', v => change(i, say_(x, 'en', v)), 'en')}
        {cell(i, t('design.weight'), x.weight ?? '', weight => change(i, { weight }))}
        <td><div class="row"><button type="button" class="ico" disabled={i === 0} aria-label={`${t('design.up')}: ${x.code}`} onClick={() => shift(i, -1)}><Icon name="up" /></button>
          <button type="button" class="ico" disabled={i === codes.length - 1} aria-label={`${t('design.downward')}: ${x.code}`} onClick={() => shift(i, 1)}><Icon name="down" /></button>
          <button type="button" class="ico" aria-label={`${t('design.remove')}: ${x.code}`} onClick={() => set({ items: codes.filter((_, k) => k !== i) })}><Icon name="x" /></button></div></td></tr>)}</tbody></table></div>
    {codes.some((_, i) => problemsAt(d, problems, { kind: 'codeLists', oid }, `/CodeListItem[${i + 1}]`).length) && <div class="says">{codes.map((_, i) => <Problems key={i} of={problemsAt(d, problems, { kind: 'codeLists', oid }, `/CodeListItem[${i + 1}]`)} />)}</div>}
    <div class="f w6"><button type="button" class="btn s" onClick={() => set({ items: [...codes, { code: String(codes.length + 1), order: codes.length + 1 }] })}><Icon name="plus" />{t('design.addCode')}</button></div>
  </>
}

const cleaned = (code: Code): Code => { const next = { ...code }; if (!next.weight) delete next.weight; if (next.decode && !Object.keys(next.decode).length) delete next.decode; return next }
