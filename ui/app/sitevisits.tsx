// Monitoring visits: what is planned and overdue, and one visit from its letter to its follow-up, on paper too.
import { useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, call, Problem } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import type { Text, Value } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { about, given, SheetView, useSheet, type Alone } from './alone.tsx'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg, Table, Where } from './officeparts.tsx'
import { to } from './route.ts'
import { session } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, study } from './study.ts'

type Letter = { text: string; by: string; at: string; notice?: string }
type Receipt = { recipients: number; read: number; acknowledged: number }
type Mark = { name: string; at: string }
type Finding = { title: string; severity: string; owner: string; due: string; issue?: string }
type Figures = { screened: number; enrolled: number; failed: number; queries: number; verify: number; issues: number; signals?: string[] }
type Report = { held: string; present: string; values: Value[]; summary: string; findings?: Finding[]; figures: Figures }
type Visit = { id: string; site: string; version: number; kind: string; on: string; monitor: string; purpose?: string; signal?: string; state: string; confirmation?: Letter; report?: Report; signed?: Mark; reviewed?: Mark; returned?: { reason: string; by: string }; followUp?: Letter; late: number; lateStep?: string; next: string[] }
type One = Visit & { name: Text; today: string; checklist?: Alone; figures?: Figures; receipts: Record<string, Receipt> }

const looks: Record<string, [string, IconName]> = { planned: ['', 'clock'], confirmed: ['inf', 'mail'], reported: ['warn', 'pen'], reviewed: ['inf', 'check'], closed: ['ok', 'check'], cancelled: ['', 'x'] }
const StateOf = ({ v }: { v: Visit }) => <><Tag tone={looks[v.state]![0]} icon={looks[v.state]![1]}>{word('mv.state', v.state)}</Tag>{v.late > 0 && <> <Tag tone="bad" icon="alert">{word('mv.late', v.lateStep!)} · {t('office.days', { n: v.late })}</Tag></>}</>

export function SiteVisits({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} monitoring visits`, signal => call<{ visits: Visit[]; sites: Record<string, Text>; kinds: string[] }>('GET', at(id, '/monitoring-visits'), { signal }))
  const [planning, plan] = useState(false)
  return <Shell title={t('mv.title')} crumbs={[{ text: t('mv.title') }]}>
    <Head title={t('mv.title')} lead={data ? t('mv.lead', { n: data.visits.filter(v => !['closed', 'cancelled'].includes(v.state)).length, late: data.visits.filter(v => v.late).length }) : ' '}>
      {mayDo('visit.write') && <a class="btn" href={to.checklists(id)}>{t('mv.checklists')}</a>}{mayDo('visit.write') && <button type="button" class="btn primary" onClick={() => plan(true)}>{t('mv.plan')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data?.visits.length === 0 && <Empty icon="flag" title={t('mv.none')}>{t('mv.noneDo')}</Empty>}
    {data && data.visits.length > 0 && <Table name={t('mv.title')} heads={[t('mv.visit'), t('matrix.site'), t('mv.kind'), t('mv.on'), t('queries.state'), t('mv.monitor'), t('mv.findings')]}>{data.visits.map(v => <tr key={v.id}>
      <th scope="row"><a href={to.siteVisit(id, v.id)}>{v.id}</a></th><td><Where site={v.site} name={entry(data.sites, v.site)} /></td><td>{word('mv.kind', v.kind)}</td><td>{v.report?.held ?? v.on}</td><td><StateOf v={v} /></td><td>{v.monitor}</td><td class="num">{v.report?.findings?.length ?? '–'}</td></tr>)}</Table>}
    {planning && data && <PlanDialog id={id} kinds={data.kinds} sites={data.sites} close={() => plan(false)} done={() => { plan(false); reload() }} />}
  </Shell>
}

/** Plans a visit; cause is the signal that makes somebody go. */
export function PlanDialog({ id, kinds, sites, cause, close, done }: { id: string; kinds: string[]; sites: Record<string, Text>; cause?: { signal: string; purpose: string }; close: () => void; done: (visit: string) => void }) {
  const all = Object.keys(sites).sort()
  const [site, setSite] = useState(all[0] ?? ''), [kind, setKind] = useState(kinds.includes('routine') ? 'routine' : kinds[0]!), [on, setOn] = useState(''), [monitor, setMonitor] = useState(session.value?.user.id ?? ''), [purpose, setPurpose] = useState(cause?.purpose ?? '')
  return <Ask title={t('mv.plan')} close={close} ready={!!on && !!monitor.trim()} go={async () => { done((await call<{ id: string }>('POST', at(id, `/sites/${seg(site)}/monitoring-visits`), { body: { kind, on, monitor, ...(purpose ? { purpose } : {}), ...(cause ? { signal: cause.signal } : {}) } })).id) }}>
    <Choose label={t('matrix.site')} value={site} set={setSite} choices={all.map(s => ({ value: s, text: `${s} ${say(sites[s])}` }))} /><Choose label={t('mv.kind')} value={kind} set={setKind} choices={kinds.map(k => ({ value: k, text: word('mv.kind', k) }))} />
    <Field label={t('mv.on')} value={on} set={setOn} day /><Field label={t('mv.monitor')} value={monitor} set={setMonitor} /><Field label={t('mv.purpose')} value={purpose} set={setPurpose} /></Ask>
}

export function SiteVisit({ id, visit }: { id: string; visit: string }) {
  const path = at(id, `/monitoring-visits/${seg(visit)}`)
  const { data: v, problem, reload } = useLoad(path, signal => call<One>('GET', path, { signal }))
  const [step, take] = useState<string>()
  const done = () => { take(undefined); reload() }
  const main = v?.next[0]
  return <Shell title={visit} crumbs={[{ text: t('mv.title'), href: to.siteVisits(id) }, { text: visit }]}>
    <Head title={v ? <>{v.id} · {word('mv.kind', v.kind)} · <Where site={v.site} name={v.name} /></> : visit} lead={v ? `${t('mv.on')} ${v.report?.held ?? v.on} · ${t('mv.monitor')} ${v.monitor}` : ' '}>
      {v && <button type="button" class="btn noprint" onClick={() => print()}>{t('mv.print')}</button>}
      {v?.next.map(s => <button type="button" key={s} class={`btn noprint ${s === main ? 'primary' : ''}`} onClick={() => take(s)}>{word('mv.step', s)}</button>)}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!v && !problem && <Waiting />}
    {v && <><p class="row wrap"><StateOf v={v} />{v.signal && <Cause id={id} signal={v.signal} />}</p>
      {v.returned && v.state === 'confirmed' && <p class="note warn"><Icon name="warn" /><span>{t('mv.returned', { by: v.returned.by, reason: v.returned.reason })}</span></p>}
      {v.purpose && <p>{v.purpose}</p>}
      {(v.report?.figures ?? v.figures) && <FiguresCard f={v.signed ? v.report!.figures : v.figures ?? v.report!.figures} frozen={!!v.signed} />}
      {v.confirmation && <LetterCard name={t('mv.confirmation')} l={v.confirmation} all={v.receipts} />}
      {v.report && step !== 'report' && <ReportCard id={id} v={v} r={v.report} />}
      {step === 'report' && v.checklist && <ReportForm path={path} v={v} alone={v.checklist} close={() => take(undefined)} done={done} />}
      {v.followUp && <LetterCard name={t('mv.followUp')} l={v.followUp} all={v.receipts} />}
      {!v.report && !v.confirmation && step !== 'report' && <Empty icon="mail" title={t('mv.begin')}>{t('mv.beginDo')}</Empty>}</>}
    {v && step && step !== 'report' && <StepDialog path={path} v={v} step={step} close={() => take(undefined)} done={done} />}
  </Shell>
}

/** The signal that made somebody go. */
function Cause({ id, signal: of }: { id: string; signal: string }) {
  const { data } = useLoad(`${id} cause ${of}`, signal => api.signals(id, signal))
  const found = data?.signals.find(s => s.id === of)
  return found ? <a href={`${to.signals(id)}#signal-${found.number}`}><Tag icon="pulse">{t('signals.number', { n: found.number })} · {say(found.name)}</Tag></a> : <Tag icon="pulse">{t('mv.signal')}</Tag>
}

function FiguresCard({ f, frozen }: { f: Figures; frozen: boolean }) {
  const cells = (['screened', 'enrolled', 'failed', 'queries', 'verify', 'issues'] as const).map(k => <div key={k}><p><b>{f[k]}</b></p><p class="sm">{word('mv.figure', k)}</p></div>)
  return <section class="card meters"><h2 class="sr">{t('mv.figures')}</h2>{cells}<div><p><b>{f.signals?.length ?? 0}</b> <span class="xs dim">{f.signals?.join(' ')}</span></p><p class="sm">{word('mv.figure', 'signals')}</p></div><p class="xs dim">{t(frozen ? 'mv.frozen' : 'mv.now')}</p></section>
}

const LetterCard = ({ name, l, all }: { name: string; l: Letter; all: Record<string, Receipt> }) => <section class="card"><header><h2 class="grow">{name}</h2><span class="xs dim">{l.by} · {moment(l.at)}</span></header><div class="body stack-1"><p class="prewrap">{l.text}</p><LetterReceipt r={all[l.notice ?? '']} sent={!!l.notice} /></div></section>

/** How far a letter has come; the site itself sees only the letter. */
function LetterReceipt({ r, sent }: { r: Receipt | undefined; sent: boolean }) {
  if (sent && !r) return null
  return <p class="row">{r ? <Tag tone={r.acknowledged ? 'ok' : ''} icon={r.acknowledged ? 'check' : 'mail'}>{t('mv.sentTo', { n: r.recipients, read: r.read, ack: r.acknowledged })}</Tag> : <Tag icon="mail">{t('mv.unsent')}</Tag>}</p>
}

function ReportCard({ id, v, r }: { id: string; v: One; r: Report }) {
  return <><section class="card"><header><h2 class="grow">{t('mv.report')}</h2>{v.signed ? <Tag tone="sign" icon="pen">{v.signed.name} · {moment(v.signed.at)}</Tag> : <Tag icon="clock">{t('mv.unsigned')}</Tag>}{v.reviewed && <Tag tone="sign" icon="check">{t('mv.reviewedBy', { name: v.reviewed.name })} · {moment(v.reviewed.at)}</Tag>}</header>
    <div class="body stack-1"><p class="sub">{t('mv.present')}: {r.present || '–'}</p><p class="prewrap">{r.summary || '–'}</p></div></section>
    {v.checklist && <Checked alone={v.checklist} values={r.values} />}
    {r.findings && r.findings.length > 0 && <Table name={t('mv.findings')} heads={[t('mv.finding'), t('mv.severity'), t('office.owner'), t('office.due'), t('mv.issue')]}>{r.findings.map((f, i) => <tr key={i}><th scope="row">{f.title}</th><td>{word('office.severity', f.severity)}</td><td>{f.owner}</td><td>{f.due}</td><td>{f.issue ? <a href={to.issues(id)}>{f.issue}</a> : '–'}</td></tr>)}</Table>}</>
}

const Checked = ({ alone, values }: { alone: Alone; values: Value[] }) => <SheetView sheet={useSheet(alone, values ?? [], alone.definition)} closed />

/** The report as it is written: the checklist is a form like any other, beside what it is about and what was found. */
function ReportForm({ path, v, alone, close, done }: { path: string; v: One; alone: Alone; close: () => void; done: () => void }) {
  const [r, set] = useState<Report>(v.report ?? { held: v.on, present: '', summary: '', values: [], findings: [], figures: v.figures! }), findings = r.findings ?? []
  const sheet = useSheet(alone, v.report?.values ?? [], v.version), [fault, setFault] = useState<string>()
  const change = (i: number, f: Partial<Finding>) => set({ ...r, findings: findings.map((x, k) => k === i ? { ...x, ...f } : x) })
  const save = async (e: Event) => {
    e.preventDefault()
    const values = await given(sheet)
    if (!values) { setFault(t('double.unfinished')); return }
    try { await call('POST', path + '/steps', { body: { version: v.version, step: 'report', report: { held: r.held, present: r.present, summary: r.summary, findings, values, figures: v.figures } } }); done() }
    catch (x) { if (!(x instanceof Problem)) throw x; setFault(about(x, sheet.model)) }
  }
  return <form class="stack" aria-label={t('mv.report')} onSubmit={save}>
    <section class="card"><header><h2 class="grow">{t('mv.report')}</h2></header><div class="body stack-1">
      <Field label={t('mv.held')} value={r.held} set={held => set({ ...r, held })} day /><Field label={t('mv.present')} value={r.present} set={present => set({ ...r, present })} />
      <Field label={t('mv.summary')} value={r.summary} set={summary => set({ ...r, summary })} lines /></div></section>
    <SheetView sheet={sheet} />
    <section class="card"><header><h2 class="grow">{t('mv.findings')}</h2></header><div class="body stack-1">
      {findings.map((f, i) => <div class="maker" key={i}><p class="wide sm"><b>{t('mv.finding')} {i + 1}</b> {f.issue}</p><div class="wide"><Field label={t('mv.finding')} value={f.title} set={title => change(i, { title })} /></div>
        <Choose label={t('mv.severity')} value={f.severity} set={severity => change(i, { severity })} choices={['minor', 'major', 'critical'].map(x => ({ value: x, text: word('office.severity', x) }))} /><Field label={t('office.owner')} value={f.owner} set={owner => change(i, { owner })} /><Field label={t('office.due')} value={f.due} set={due => change(i, { due })} day /></div>)}
      <div><button type="button" class="btn s" onClick={() => set({ ...r, findings: [...findings, { title: '', severity: 'minor', owner: '', due: v.today }] })}>{t('mv.addFinding')}</button></div>
      {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{fault}</span></p>}
      <div class="row"><button type="submit" class="btn primary">{t('mv.keep')}</button><button type="button" class="btn quiet" onClick={close}>{t('do.cancel')}</button></div></div></section></form>
}

function StepDialog({ path, v, step, close, done }: { path: string; v: One; step: string; close: () => void; done: () => void }) {
  const letter = step === 'confirm' || step === 'follow', signs = step === 'sign' || step === 'review'
  const open = v.report?.findings?.map(f => `- ${f.issue ?? ''} ${f.title} (${f.due})`).join('\n') ?? ''
  const [text, setText] = useState(step === 'confirm' ? t('mv.confirmText', { site: say(v.name), study: study.value?.name ?? '', day: v.on, kind: word('mv.kind', v.kind) }) : t('mv.followText', { site: say(v.name), day: v.report?.held ?? v.on, findings: open }))
  const [user, setUser] = useState(''), [password, setPassword] = useState(''), [reason, setReason] = useState(''), [on, setOn] = useState(v.on)
  const body = { version: v.version, step, ...(letter ? { text } : signs ? { user, password } : { reason }), ...(step === 'move' ? { on } : {}) }
  return <Ask title={`${v.id} · ${word('mv.step', step)}`} close={close} ready={!!(letter ? text.trim() : signs ? password : reason.trim())} go={async () => { await call('POST', path + '/steps', { body }); done() }} done={word('mv.step', step)}>
    {letter && <Field label={t('mv.text')} value={text} set={setText} lines />}{step === 'move' && <Field label={t('mv.on')} value={on} set={setOn} day />}
    {signs ? <><p class="sub">{t(step === 'sign' ? 'mv.signMeans' : 'mv.reviewMeans')}</p><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></> : !letter && <Field label={t('locks.reason')} value={reason} set={setReason} />}</Ask>
}
