// What the sites wrote, to be coded by terms of a dictionary: each text once, with its places; a search that the keyboard drives.
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, faultText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Level } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg, Table } from './officeparts.tsx'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { codes, index, mayDo, zone } from './study.ts'

type Term = { code: string; name: string; current: boolean; paths: Level[][] }
type Spot = { subject: string; place: string; changes: number; verbatim: string }
type Value = Spot & { site: string; event: string; eventRepeat: string; form: string; formRepeat: string; item: string; state: 'todo' | 'coded' | 'changed' | 'outdated'; asked?: boolean; context: { item: string; value: string }[]; source?: string; by?: string; at?: string; path: Level[] }
type Written = { kind: string; plain: string; text: string; open: number; coded: number; places: Value[] }
type Work = { ready: boolean; total: number; coded: number; texts: Written[]; left: number; versions: Record<string, string> }
type Synonym = { kind: string; text: string; code: string; name: string; state: 'proposed' | 'approved' | 'retired'; by: string }

const spot = ({ subject, place, changes, verbatim }: Value): Spot => ({ subject, place, changes, verbatim })
const key = (w: Written) => `${w.kind}/${w.plain}`
const classOf = (path: Level[]) => path.find(l => l.level.startsWith('atc'))

export function Coding({ id }: { id: string }) {
  const [state, show] = useState<'todo' | 'coded'>('todo')
  const { data, problem, reload } = useLoad(`${id} coding ${state}`, signal => call<Work>('GET', at(id, `/coding?state=${state}`), { signal }))
  const [chosen, choose] = useState('')
  const open = data?.texts.find(w => key(w) === chosen) ?? data?.texts[0]
  const auto = async () => { const { coded } = await call<{ coded: number }>('POST', at(id, '/coding/automatic'), { body: {} }); announced.value = t('coding.autoDone', { n: coded }); reload() }
  return <Shell title={t('coding.title')} crumbs={[{ text: t('coding.title') }]}>
    <Head title={t('coding.title')} lead={data ? t('coding.lead', { n: data.coded, of: data.total }) : ' '}><div class="row wrap">
      {mayDo('export') && <a class="btn" href={`/api/v1${at(id, '/coding/export')}`} download="coding.csv"><Icon name="down" />CSV</a>}
      {mayDo('study.manage') && <a class="btn" href={to.codesetup(id)}><Icon name="tool" />{t('coding.setup')}</a>}
      {data?.ready && <button type="button" class="btn primary" title={t('coding.autoMeans')} onClick={() => void auto()}>{t('coding.auto')}</button>}</div></Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && data.total > 0 && <div class="row"><progress class="grow" max={data.total} value={data.coded} aria-label={t('coding.lead', { n: data.coded, of: data.total })} /></div>}
    {data?.ready && <div class="row wrap"><Chip name={t('coding.show')} value={state} onChange={v => show(v === 'coded' ? 'coded' : 'todo')} choices={[{ value: 'todo', text: t('coding.waiting') }, { value: 'coded', text: t('coding.done') }]} />
      {data.left > 0 && <span class="sub">{t('coding.left', { n: data.left })}</span>}<span class="grow" /><span class="xs dim">{Object.entries(data.versions).map(([k, v]) => `${word('codingKind', k)} ${v}`).join(' · ')}</span></div>}
    {data && !data.ready && <Empty icon="rows" title={t('coding.none')}>{t('coding.noneDo')}</Empty>}
    {data?.ready && !data.texts.length && <Empty icon="check" title={t(state === 'todo' ? 'coding.allDone' : 'coding.nothing')}>{t(state === 'todo' ? 'coding.allDoneDo' : 'coding.nothingDo')}</Empty>}
    {!!data?.texts.length && <Table name={t(state === 'todo' ? 'coding.waiting' : 'coding.done')} heads={[t('coding.text'), t('coding.dictionary'), t('coding.places'), t('coding.state'), '']}>{data.texts.map(w => <tr key={key(w)}>
      <th scope="row">{w.text}{state === 'coded' && w.places[0] && <span class="xs dim"> → {say(w.places[0].path[0]?.name)} · {say(w.places[0].path.at(-1)?.name)}</span>}</th>
      <td>{word('codingKind', w.kind)}</td><td class="num">{w.places.length}</td><td><States of={w} /></td>
      <td><button type="button" class={`btn s${open === w ? ' primary' : ''}`} aria-pressed={open === w} onClick={() => choose(key(w))}>{t('coding.open')}<span class="sr"> {w.text}</span></button></td></tr>)}</Table>}
    {open && data && <One key={key(open)} id={id} of={open} done={reload} />}
    {data?.ready && mayDo('study.manage') && <Synonyms id={id} at={`${data.coded}`} />}
  </Shell>
}

const looks = { todo: ['warn', 'clock'], coded: ['ok', 'check'], changed: ['bad', 'warn'], outdated: ['bad', 'warn'] } as const

function States({ of }: { of: Written }) {
  const states = [...new Set(of.places.map(p => p.state))]
  return <span class="row wrap">{states.map(s => <Tag key={s} tone={looks[s][0]} icon={looks[s][1]}>{word('codingState', s)}</Tag>)}{of.places.some(p => p.asked) && <Tag tone="info" icon="query">{t('coding.asked')}</Tag>}</span>
}

/** One text: where it stands, and the term for the places that are ticked. */
function One({ id, of, done }: { id: string; of: Written; done: () => void }) {
  const [off, setOff] = useState<ReadonlySet<string>>(new Set()), [asking, ask] = useState<Value>(), [taking, take] = useState<Term | 'back'>()
  const at_ = (p: Value) => `${p.subject} ${p.place}`
  const pick = (p: Value) => { const next = new Set(off); if (!next.delete(at_(p))) next.add(at_(p)); setOff(next) }
  const spots = of.places.filter(p => !off.has(at_(p)))
  return <section class="card"><header><h2 class="grow">{of.text}</h2></header><div class="body stack-1">
    <Search id={id} kind={of.kind} text={of.places[0]?.verbatim ?? ''} chosen={take} />
    <div class="scroll" tabIndex={0} role="region" aria-label={t('coding.places')}><table class="tbl"><thead><tr><th scope="col">{t('coding.with')}</th><th scope="col">{t('alloc.subject')}</th><th scope="col">{t('coding.beside')}</th><th scope="col">{t('coding.code')}</th><th scope="col"><span class="sr">{t('coding.ask')}</span></th></tr></thead>
      <tbody>{of.places.map(p => <tr key={at_(p)}><td><label class="opt"><input type="checkbox" checked={!off.has(at_(p))} onChange={() => pick(p)} /><span class="sr">{p.subject}</span></label></td>
        <th scope="row">{codes.value ? p.subject : <a href={to.form(id, p.subject, p.event, p.eventRepeat, p.form, p.formRepeat)}>{p.subject}</a>} <span class="xs dim">{p.site}</span></th>
        <td class="sub">{p.context.map(c => `${index.value?.itemLabel(c.item) ?? c.item}: ${index.value?.valueLabel(c.item, c.value) ?? c.value}`).join(' · ')}</td>
        <td>{p.path.length > 0 && <><span class="mono">{p.path[0]!.code}</span> {say(p.path[0]!.name)} <span class="xs dim">{word('codingSource', p.source ?? '')} · {p.by} · {p.at && moment(p.at, zone.value)}</span></>}</td>
        <td><button type="button" class="btn s" onClick={() => ask(p)}>{t('coding.ask')}<span class="sr"> {p.subject}</span></button></td></tr>)}</tbody></table></div>
    {of.coded > 0 && <div class="row"><span class="grow" /><button type="button" class="btn s" onClick={() => take('back')}>{t('coding.back')}</button></div>}
  </div>
    {asking && <Question id={id} of={asking} close={() => ask(undefined)} done={() => { ask(undefined); done() }} />}
    {taking && <Decide id={id} of={of} spots={spots} term={taking === 'back' ? undefined : taking} close={() => take(undefined)} done={() => { take(undefined); done() }} />}
  </section>
}

/** Searches as somebody types; arrows go through what is found, and Enter takes it. */
function Search({ id, kind, text, chosen }: { id: string; kind: string; text: string; chosen: (term: Term) => void }) {
  const [q, setQ] = useState(text), [asked, setAsked] = useState(text), [n, go] = useState(0)
  useEffect(() => { const wait = setTimeout(() => { setAsked(q.trim()); go(0) }, 200); return () => clearTimeout(wait) }, [q])
  const { data, problem } = useLoad(`${id} ${kind} ${asked}`, signal => asked ? call<{ terms: Term[] }>('GET', at(id, `/coding/terms?kind=${seg(kind)}&q=${seg(asked)}`), { signal }) : Promise.resolve({ terms: [] }))
  const terms = data?.terms ?? [], here = Math.min(n, terms.length - 1)
  const keys = (e: KeyboardEvent) => {
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0
    if (step) { e.preventDefault(); go(Math.max(0, Math.min(terms.length - 1, here + step))) }
    if (e.key === 'Enter' && terms[here]?.current) { e.preventDefault(); chosen(terms[here]) }
  }
  return <div class="stack-1"><label class="f"><span class="lab">{t('coding.search')}</span><span class="in"><input value={q} autocomplete="off" role="combobox" aria-expanded={terms.length > 0} aria-controls="terms" aria-activedescendant={terms[here] ? `term-${terms[here].code}` : undefined} onInput={e => setQ(e.currentTarget.value)} onKeyDown={keys} /></span><span class="xs dim">{t('coding.searchHint')}</span></label>
    {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{faultText(problem)}</span></p>}
    {asked && data && !terms.length && <p class="sub" role="status">{t('coding.notFound')}</p>}
    <ul id="terms" class="terms" role="listbox" aria-label={t('coding.terms')}>{terms.map((term, i) => <li key={term.code} id={`term-${term.code}`} role="option" aria-selected={i === here} aria-disabled={!term.current} onClick={() => { if (term.current) chosen(term) }}>
      <span class="mono xs">{term.code}</span> <b>{say(term.paths[0]?.[0]?.name, term.name)}</b> <span class="xs dim">{term.paths[0]?.slice(1).map(l => say(l.name)).join(' › ')}</span>{!term.current && <Tag icon="dash">{t('coding.notCurrent')}</Tag>}</li>)}</ul></div>
}

function Decide({ id, of, spots, term, close, done }: { id: string; of: Written; spots: Value[]; term: Term | undefined; close: () => void; done: () => void }) {
  const classes = (term?.paths ?? []).map(classOf).filter(c => !!c), several = classes.length > 1
  const [chosen, choose] = useState(''), [remember, keep] = useState(false), [reason, setReason] = useState('')
  const needs = !term || spots.some(s => s.state === 'coded')
  const body = { spots: spots.map(spot), code: term?.code ?? '', class: chosen, remember, reason: reason.trim() }
  return <Ask title={t(term ? 'coding.decide' : 'coding.back')} close={close} ready={spots.length > 0 && (!several || !!chosen) && (!needs || !!reason.trim())} done={t(term ? 'coding.take' : 'coding.back')}
    go={async () => { await call('POST', at(id, '/coding/decisions'), { body }); announced.value = t('coding.kept', { n: spots.length }); done() }}>
    <p><b>{of.text}</b>{term && <> → <span class="mono">{term.code}</span> {say(term.paths[0]?.[0]?.name, term.name)}</>}</p><p class="sub">{t('coding.forN', { n: spots.length })}</p>
    {several && <Choose label={t('coding.class')} value={chosen} set={choose} choices={[{ value: '', text: t('coding.chooseClass') }, ...classes.map(c => ({ value: c.code, text: `${c.code} ${say(c.name)}` }))]} />}
    {term && <label class="opt"><input type="checkbox" checked={remember} onChange={e => keep(e.currentTarget.checked)} /><span>{t('coding.remember')}</span></label>}
    {needs && <Field label={t('locks.reason')} value={reason} set={setReason} lines />}</Ask>
}

function Question({ id, of, close, done }: { id: string; of: Value; close: () => void; done: () => void }) {
  const [text, setText] = useState('')
  return <Ask title={t('coding.ask')} close={close} ready={!!text.trim()} done={t('coding.ask')} go={async () => { await call('POST', at(id, '/coding/queries'), { body: { ...spot(of), text: { '': text.trim() } } }); done() }}>
    <p><b>{of.subject}</b> · {of.verbatim}</p><Field label={t('coding.question')} value={text} set={setText} lines /></Ask>
}

/** The texts that the study reads as terms; somebody else approves what was proposed. */
function Synonyms({ id, at: version }: { id: string; at: string }) {
  const { data, problem, reload } = useLoad(`${id} synonyms ${version}`, signal => call<{ synonyms: Synonym[] }>('GET', at(id, '/coding/synonyms'), { signal }))
  const [fault, setFault] = useState<Problem>(), [retiring, retire] = useState<Synonym>()
  const step = async (s: Synonym, state: string, reason: string) => { await call('POST', at(id, '/coding/synonyms'), { body: { kind: s.kind, text: s.text, state, reason } }); setFault(undefined); retire(undefined); reload() }
  const approve = (s: Synonym) => step(s, 'approved', '').catch((e: unknown) => { if (e instanceof Problem) setFault(e); else throw e })
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data?.synonyms.length) return null
  return <>{fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{faultText(fault)}</span></p>}
    <Table name={t('coding.synonyms')} heads={[t('coding.text'), t('coding.code'), t('coding.state'), '']}>{data.synonyms.map(s => <tr key={`${s.kind}/${s.text}`}><th scope="row">{s.text}</th><td><span class="mono">{s.code}</span> {s.name}</td>
      <td><Tag tone={s.state === 'approved' ? 'ok' : s.state === 'proposed' ? 'warn' : ''} icon={s.state === 'approved' ? 'check' : 'dash'}>{word('codingSynonym', s.state)}</Tag> <span class="xs dim">{s.by}</span></td>
      <td><span class="row">{s.state === 'proposed' && <button type="button" class="btn s primary" onClick={() => void approve(s)}>{t('coding.approve')}<span class="sr"> {s.text}</span></button>}
        {s.state !== 'retired' && <button type="button" class="btn s" onClick={() => retire(s)}>{t('coding.retire')}<span class="sr"> {s.text}</span></button>}</span></td></tr>)}</Table>
    {retiring && <Retire of={retiring} close={() => retire(undefined)} go={reason => step(retiring, 'retired', reason)} />}</>
}

function Retire({ of, close, go }: { of: Synonym; close: () => void; go: (reason: string) => Promise<void> }) {
  const [reason, setReason] = useState('')
  return <Ask title={t('coding.retire')} close={close} ready={!!reason.trim()} done={t('coding.retire')} go={() => go(reason.trim())}><p><b>{of.text}</b> → {of.code} {of.name}</p><Field label={t('locks.reason')} value={reason} set={setReason} lines /></Ask>
}
