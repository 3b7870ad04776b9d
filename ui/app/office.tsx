// The study office: how far each site is, enrolment, people and delegations, issues, and the register of all projects.
import { useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Chip, Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { figure, lang, say, t, word, type Key } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Field, seg, Table, Where } from './officeparts.tsx'
import { IssueDialog, LineDialog, PersonDialog, PlanDialog, ProfileDialog, SiteStateDialog, TargetDialog, type Paper, type Person, type Profile } from './officesteps.tsx'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, siteName } from './study.ts'

export type Milestone = { id: string; title: Text; owner: string; planned: string; expected?: string; actual?: string; forecast: string; days: number; from?: string; state: string; late: number; slack: number; critical: boolean; after?: string[]; note?: string }
export type Row = { site: string; name: Text; state: string; version: number; start?: string; today: string; overdue: number; worst: number; finish?: string; next?: string; milestones: Milestone[] }
type Point = { on: string; screened: number; enrolled: number; failed: number }
type Course = { site: string; name?: Text; version: number; target: { subjects: number; from?: string; by?: string }; now: Point; inside: number; active: number; days: number; monthly: number; reached?: string; forecast?: { early: string; likely: string; late: string }; curve: Point[]; projected?: { on: string; low: number; mean: number; high: number }[] }
type Issue = { id: string; site: string; version: number; kind: string; severity: string; title: string; owner: string; due: string; state: string; subject?: string; visit?: string; signal?: string; milestone?: string; rootCause?: string; corrective?: string; preventive?: string; effect?: string; late: number; escalation: number; next: string[] }
type Line = { id: string; name: Text; user: string; role: string; tasks: string[]; from: string; signed?: { name: string; at: string }; ended?: { at: string; reason: string } }
type Team = { profile: Profile & { version: number }; warnings: { name: Text; paper: string; expires: string; days: number }[]; today: string; people: (Person & { lacks: Record<string, string[]> })[]; delegations: Line[]; signer: boolean }
export type Project = { study: string; title: string; site: string; institution: Text; investigator?: Text; state: string; enrolled: number; target?: number; done: number; of: number; overdue: number; next?: Milestone; issues: number; expiring: number }
type Load = { name: Text; projects: number; active: number; issues: number; overdue: number }

const looks: Record<string, [string, IconName]> = { overdue: ['bad', 'alert'], late: ['warn', 'warn'], soon: ['inf', 'clock'], ahead: ['', 'ring'], done: ['ok', 'check'] }
export const StateMark = ({ m, short }: { m: Milestone; short?: boolean }) => {
  const [tone, icon] = looks[m.state]!
  return <Tag tone={tone} icon={icon}>{short ? '' : word('office.state', m.state) + ' '}{m.state === 'overdue' || m.state === 'late' ? t('office.days', { n: m.late }) : short ? (m.actual || m.forecast).slice(5) : ''}</Tag>
}

export function Startup({ id }: { id: string }) {
  const [template, choose] = useState('sponsor-startup'), [site, open] = useState<string>(), [step, ask] = useState<{ row: Row; m: Milestone }>(), [planning, plan] = useState(false), [moving, move] = useState<Row>()
  const { data, problem, reload } = useLoad(`${id} board ${template}`, signal => call<{ sites: Row[] }>('GET', at(id, `/board?template=${template}`), { signal }))
  const rows = data?.sites.filter(r => r.version) ?? [], shown = rows.find(r => r.site === site) ?? rows[0], heads = rows[0]?.milestones ?? []
  const unplanned = data?.sites.filter(r => !r.version && mayDo('site.plan', r.site)).map(r => r.site) ?? []
  const moved = data?.sites.filter(r => r.state !== 'active' || r === shown) ?? []
  const overdue = rows.reduce((n, r) => n + r.overdue, 0)
  return <Shell title={t('office.startup')} crumbs={[{ text: t('office.startup') }]}>
    <Head title={t('office.startup')} lead={data ? t('office.startupLead', { sites: rows.length, n: overdue }) : ' '}>
      <Chip name={t('office.template')} value={template} onChange={choose} choices={['sponsor-startup', 'hospital-office'].map(x => ({ value: x, text: word('office.plan', x) }))} />
      {unplanned.length > 0 && <button type="button" class="btn primary" onClick={() => plan(true)}>{t('step.plan')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !rows.length && <Empty icon="flag" title={t('office.noPlan')}>{t('office.noPlanDo')}</Empty>}
    {rows.length > 0 && <Table name={t('office.board')} heads={[t('matrix.site'), t('office.overdue'), ...heads.map(m => say(m.title))]}>{rows.map(r => <tr key={r.site}>
      <th scope="row"><button type="button" class="link" aria-pressed={r === shown} onClick={() => open(r.site)}><Where site={r.site} name={r.name} /></button> <a class="xs" href={to.team(id, r.site)}>{t('office.people')}</a></th>
      <td>{r.overdue ? <Tag tone="bad" icon="alert">{r.overdue}</Tag> : <span class="sub">0</span>}</td>
      {heads.map(h => { const m = r.milestones.find(x => x.id === h.id); return <td key={h.id}>{m && (mayDo('site.plan', r.site) && !m.from
        ? <button type="button" class="link" onClick={() => ask({ row: r, m })}><span class="sr">{`${r.site} ${say(m.title)}: ${word('office.state', m.state)}`}</span><StateMark m={m} short /></button> : <StateMark m={m} short />)}</td> })}</tr>)}</Table>}
    {shown && <section class="card"><header><h2 class="grow">{t('office.gantt')} · <Where site={shown.site} name={shown.name} /></h2></header><div class="body scroll" tabIndex={0} role="region" aria-label={t('office.gantt')}><Gantt row={shown} /></div></section>}
    {shown && <Table name={t('office.milestones')} heads={[t('office.milestone'), t('queries.state'), t('office.planned'), t('office.forecast'), t('office.actual'), t('office.slack'), t('office.owner')]}>{shown.milestones.map(m => <tr key={m.id}>
      <th scope="row">{say(m.title)}{m.critical && <> <Tag tone="sign" icon="flag">{t('office.critical')}</Tag></>}</th><td><StateMark m={m} /></td><td>{m.planned}</td><td>{m.forecast}</td><td>{m.actual || '–'}{m.from && <span class="xs dim"> {t('office.computed')}</span>}</td><td class="num">{m.state === 'done' ? '–' : m.slack}</td><td>{word('role', m.owner)}</td></tr>)}</Table>}
    {mayDo('study.manage') && moved.length > 0 && <section class="card"><header><h2 class="grow">{t('office.sites')}</h2></header><ul class="body row wrap">{moved.map(r => <li class="row" key={r.site}><Where site={r.site} name={r.name} /><Tag tone={r.state === 'active' ? 'ok' : ''} icon={r.state === 'active' ? 'check' : r.state === 'closed' ? 'x' : 'clock'}>{word('office.site', r.state)}</Tag>
      <button type="button" class="btn s" onClick={() => move(r)}>{word('office.moveSite', r.state === 'active' ? 'closed' : 'active')} <span class="sr">{r.site}</span></button></li>)}</ul></section>}
    {moving && <SiteStateDialog id={id} site={moving.site} state={moving.state === 'active' ? 'closed' : 'active'} close={() => move(undefined)} done={() => { move(undefined); reload() }} />}
    {planning && <PlanDialog id={id} template={template} sites={unplanned} close={() => plan(false)} done={() => { plan(false); reload() }} />}
    {step && <MilestoneDialog study={id} template={template} {...step} close={() => ask(undefined)} done={() => { ask(undefined); reload() }} />}
  </Shell>
}

const dayOf = (d: string) => Date.parse(d + 'T00:00:00Z') / 864e5

/** Planned as an outline, what is and is to be expected as a bar, today as a line. The table below says the same. */
function Gantt({ row }: { row: Row }) {
  const all = row.milestones, start = dayOf(row.start ?? row.today), end = Math.max(...all.map(m => Math.max(dayOf(m.forecast), dayOf(m.planned)))) + 14
  const left = 200, width = 980, x = (d: string) => left + (width - left - 10) * (dayOf(d) - start) / (end - start), h = 26
  const begins = (m: Milestone) => m.after?.length ? all.filter(a => m.after!.includes(a.id)).map(a => a.actual || a.forecast).sort().at(-1)! : row.start ?? m.planned
  const tone = (m: Milestone) => ({ done: 'var(--ok)', overdue: 'var(--bad)', late: 'var(--warn)' })[m.state] ?? 'var(--accent)'
  return <svg viewBox={`0 0 ${width} ${all.length * h + 24}`} width={width} class="gantt" role="img" aria-label={all.map(m => `${say(m.title)}: ${word('office.state', m.state)}, ${m.actual || m.forecast}`).join('; ')}>
    {all.map((m, i) => { const a = Math.min(x(begins(m)), x(m.forecast) - 4), y = i * h + 5
      return <g key={m.id} tabIndex={0} role="img" aria-label={`${say(m.title)}: ${word('office.state', m.state)}, ${t('office.planned')} ${m.planned}, ${t('office.forecast')} ${m.forecast}`}>
        <text x={left - 8} y={y + 12} text-anchor="end">{say(m.title)}</text>
        <rect x={a} y={y} width={Math.max(4, x(m.forecast) - a)} height={12} rx={3} fill={tone(m)} />
        <path d={`M${x(m.planned)} ${y - 3}l5 9l-5 9l-5 -9z`} fill="none" stroke="var(--ink-2)" />
        {m.critical && <path d={`M${a} ${y + 16}h${Math.max(4, x(m.forecast) - a)}`} stroke="var(--sign)" stroke-width="2" />}</g> })}
    <path d={`M${x(row.today)} 0V${all.length * h}`} stroke="var(--ink)" stroke-dasharray="3 3" /><text x={x(row.today)} y={all.length * h + 16} text-anchor="middle">{row.today}</text>
  </svg>
}

export function MilestoneDialog({ study, template, row, m, close, done }: { study: string; template: string; row: Row; m: Milestone; close: () => void; done: () => void }) {
  const [expected, setExpected] = useState(m.expected ?? ''), [actual, setActual] = useState(m.actual ?? ''), [note, setNote] = useState(m.note ?? ''), [reason, setReason] = useState('')
  return <Ask title={`${row.site} · ${say(m.title)}`} close={close} ready go={async () => {
    await call('PATCH', at(study, `/sites/${seg(row.site)}/plans/${template}/milestones/${m.id}`), { body: { version: row.version, ...(expected !== (m.expected ?? '') ? { expected } : {}), ...(actual !== (m.actual ?? '') ? { actual } : {}), note, reason } }); done() }}>
    <p class="sub">{t('office.planned')} {m.planned} · {t('office.forecast')} {m.forecast} · {t('office.dates')}</p>
    <Field label={t('office.expected')} value={expected} set={setExpected} /><Field label={t('office.actual')} value={actual} set={setActual} /><Field label={t('doc.note')} value={note} set={setNote} />
    {m.actual && <Field label={t('locks.reason')} value={reason} set={setReason} />}</Ask>
}

export function Enrolment({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} enrolment`, signal => call<{ today: string; study?: Course; sites: Course[] }>('GET', at(id, '/enrolment'), { signal }))
  const [site, open] = useState<string>(), [aiming, aim] = useState(false)
  const shown = data && (data.sites.find(c => c.site === site) ?? data.study ?? data.sites[0])
  const span = (c: Course) => c.reached ? <Tag tone="ok" icon="check">{c.reached}</Tag> : c.forecast ? <>{c.forecast.likely} <span class="xs dim">{c.forecast.early} – {c.forecast.late}</span></> : '–'
  const line = (c: Course, name: preact.ComponentChildren) => <tr key={c.site}><th scope="row">{name}</th><td class="num">{c.now.screened}</td><td class="num"><b>{c.now.enrolled}</b>{c.target.subjects > 0 && ` / ${c.target.subjects}`}</td><td class="num">{c.now.failed}</td><td class="num">{c.active}</td><td class="num">{c.monthly ? figure(c.monthly) : '–'}</td><td>{c.target.by ?? '–'}</td><td>{span(c)}</td></tr>
  return <Shell title={t('office.enrolment')} crumbs={[{ text: t('office.enrolment') }]}>
    <Head title={t('office.enrolment')} lead={t('office.enrolmentLead')}>{shown && (shown.site ? mayDo('site.plan', shown.site) : mayDo('study.manage')) && <button type="button" class="btn" onClick={() => aim(true)}>{t('step.target')} · {shown.site || t('office.whole')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {shown && (shown.curve.length ? <section class="card"><header><h2 class="grow">{t('office.curve')} · {shown.site ? <Where site={shown.site} name={shown.name} /> : t('office.whole')}</h2></header><div class="body"><Curve c={shown} today={data!.today} /></div></section>
      : <Empty icon="people" title={t('office.nobody')}>{t('office.nobodyDo')}</Empty>)}
    {data && data.sites.length > 0 && <Table name={t('office.bySite')} heads={[t('matrix.site'), t('office.screened'), t('office.enrolled'), t('office.failed'), t('office.active'), t('office.monthly'), t('office.by'), t('office.reached')]}>
      {data.study && line(data.study, <button type="button" class="link" aria-pressed={!site} onClick={() => open(undefined)}><b>{t('office.whole')}</b></button>)}
      {data.sites.map(c => line(c, <button type="button" class="link" aria-pressed={c.site === site} onClick={() => open(c.site)}><Where site={c.site} name={c.name} /></button>))}</Table>}
    {aiming && shown && <TargetDialog id={id} site={shown.site} version={shown.version} target={shown.target} close={() => aim(false)} done={() => { aim(false); reload() }} />}
  </Shell>
}

/** Screened, enrolled and failed until today, and what is to be expected with its interval of 80 %. */
function Curve({ c, today }: { c: Course; today: string }) {
  const w = 960, h = 260, left = 40, projected = c.projected ?? []
  const first = dayOf(c.curve[0]!.on), end = Math.max(dayOf(projected.at(-1)?.on ?? today), c.target.by ? dayOf(c.target.by) : 0), top = Math.max(c.target.subjects, c.now.screened, ...projected.map(p => p.high)) * 1.05
  const x = (d: string) => left + (w - left - 10) * (dayOf(d) - first) / Math.max(1, end - first), y = (n: number) => h - 24 - (h - 34) * n / top
  const steps = (f: (p: Point) => number) => c.curve.map((p, i) => `${i ? 'H' + x(p.on) + 'V' : 'M' + x(p.on) + ' '}${y(f(p))}`).join('') + `H${x(today)}`
  const path = (f: (p: { low: number; mean: number; high: number }) => number, from: typeof projected) => from.map(p => `${x(p.on)} ${y(f(p))}`).join('L')
  const keys: [Key, string][] = [['office.screened', 'var(--ink-3)'], ['office.enrolled', 'var(--accent)'], ['office.failed', 'var(--warn)'], ['office.expectedOf', 'var(--accent-line)']]
  return <><svg viewBox={`0 0 ${w} ${h}`} class="gantt" role="img" aria-label={`${t('office.screened')} ${c.now.screened}, ${t('office.enrolled')} ${c.now.enrolled}, ${t('office.failed')} ${c.now.failed}${c.forecast ? `, ${t('office.reached')} ${c.forecast.early} – ${c.forecast.late}` : ''}`}>
    {[0, .25, .5, .75, 1].map(f => <g key={f}><path d={`M${left} ${y(top / 1.05 * f)}H${w}`} stroke="var(--line)" /><text x={left - 6} y={y(top / 1.05 * f) + 4} text-anchor="end">{Math.round(top / 1.05 * f)}</text></g>)}
    {projected.length > 0 && <><path d={`M${path(p => p.low, projected)}L${path(p => p.high, [...projected].reverse())}Z`} fill="var(--accent-soft)" stroke="var(--accent-line)" /><path d={`M${path(p => p.mean, projected)}`} fill="none" stroke="var(--accent)" stroke-dasharray="4 4" /></>}
    {c.target.subjects > 0 && <path d={`M${left} ${y(c.target.subjects)}H${w}`} stroke="var(--ok)" stroke-dasharray="8 4" />}
    <path d={steps(p => p.screened)} fill="none" stroke="var(--ink-3)" /><path d={steps(p => p.failed)} fill="none" stroke="var(--warn)" stroke-width="2" /><path d={steps(p => p.enrolled)} fill="none" stroke="var(--accent)" stroke-width="2.5" />
    <path d={`M${x(today)} 0V${h - 24}`} stroke="var(--ink)" stroke-dasharray="3 3" /><text x={x(today)} y={h - 8} text-anchor="middle">{today}</text><text x={left} y={h - 8}>{c.curve[0]!.on}</text></svg>
    <p class="row wrap sm sub">{keys.map(([k, colour]) => <span key={k} class="row"><svg width="14" height="10" aria-hidden="true"><rect width="14" height="10" rx="2" fill={colour} /></svg>{t(k)}</span>)}</p></>
}

export function Issues({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} issues`, signal => call<{ issues: Issue[] }>('GET', at(id, '/issues'), { signal }))
  const [one, ask] = useState<{ issue: Issue; step: string }>(), [opening, begin] = useState(false)
  return <Shell title={t('office.issues')} crumbs={[{ text: t('office.issues') }]}>
    <Head title={t('office.issues')} lead={data ? t('office.issuesLead', { n: data.issues.filter(i => i.state !== 'closed' && i.state !== 'cancelled').length, late: data.issues.filter(i => i.late).length }) : ' '}>{mayDo('issue.handle') && <button type="button" class="btn primary" onClick={() => begin(true)}>{t('step.issue')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data?.issues.length === 0 && <Empty icon="check" title={t('office.noIssues')}>{t('office.noIssuesDo')}</Empty>}
    <div class="stack">{data?.issues.map(i => <article class={`card sig ${i.escalation === 2 ? 'r' : i.late ? 'a' : ''}`} key={i.id}>
      <header><h2 class="grow">{i.id} · {i.title}</h2><Tag tone={i.severity === 'critical' ? 'bad' : i.severity === 'major' ? 'warn' : ''} icon="flag">{word('office.kind', i.kind)} · {word('office.severity', i.severity)}</Tag>
        <Tag tone={i.state === 'closed' ? 'ok' : 'inf'} icon={i.state === 'closed' ? 'check' : 'clock'}>{word('office.issue', i.state)}</Tag>
        {i.late > 0 && <Tag tone="bad" icon="alert">{t('office.days', { n: i.late })} · {word('office.escalated', String(i.escalation))}</Tag>}</header>
      <div class="body stack-1"><p class="sub"><b>{i.site}</b> {siteName(i.site)} · {t('office.owner')} {i.owner} · {t('office.due')} {i.due}</p>{(i.subject || i.visit || i.signal) && <p class="sm row wrap">{i.subject && <a href={to.casebook(id, i.subject)}>{i.subject}</a>}{i.visit && <a href={to.siteVisit(id, i.visit)}>{i.visit}</a>}{i.signal && <a href={to.oversight(id, i.site)}>{t('mv.signal')}</a>}</p>}
        <dl class="says">{(['rootCause', 'corrective', 'preventive', 'effect'] as const).filter(k => i[k]).map(k => <><dt>{word('office.says', k)}</dt><dd>{i[k]}</dd></>)}</dl>
        {i.next.length > 0 && <div class="row wrap">{i.next.map(s => <button type="button" class="btn s" key={s} onClick={() => ask({ issue: i, step: s })}>{word('office.step', s)}</button>)}</div>}</div></article>)}</div>
    {opening && <IssueDialog id={id} close={() => begin(false)} done={() => { begin(false); reload() }} />}
    {one && <StepDialog study={id} {...one} close={() => ask(undefined)} done={() => { ask(undefined); reload() }} />}
  </Shell>
}

const needs: Record<string, string[]> = { analyse: ['rootCause'], act: ['corrective', 'preventive'], done: [], effective: ['effect'], ineffective: ['effect'], cancel: ['reason'], reopen: ['reason'], edit: ['due', 'reason'] }

function StepDialog({ study, issue, step, close, done }: { study: string; issue: Issue; step: string; close: () => void; done: () => void }) {
  const [said, say_] = useState<Record<string, string>>(step === 'edit' ? { due: issue.due } : {})
  return <Ask title={`${issue.id} · ${word('office.step', step)}`} close={close} ready={needs[step]!.every(k => said[k]?.trim())} go={async () => { await call('POST', at(study, `/issues/${issue.id}/steps`), { body: { version: issue.version, step, ...said } }); done() }}>
    <p class="sub">{issue.title}</p>{needs[step]!.map(k => <Field key={k} label={word('office.says', k)} value={said[k] ?? ''} set={v => say_({ ...said, [k]: v })} />)}</Ask>
}

export function SiteTeam({ id, site }: { id: string; site: string }) {
  const base = at(id, `/sites/${seg(site)}`)
  const { data, problem, reload } = useLoad(`${id} ${site} team`, signal => call<Team>('GET', base + '/team', { signal }))
  const [sign, ask] = useState<{ line: Line; end: boolean }>(), [adding, add] = useState<'person' | 'line' | 'profile' | Person>()
  const added = { id, base, close: () => add(undefined), done: () => { add(undefined); reload() } }
  return <Shell title={t('office.people')} crumbs={[{ text: t('office.startup'), href: to.startup(id) }, { text: site }]}>
    <Head title={<>{t('office.people')} · <Where site={site} name={data?.profile.institution ?? undefined} /></>} lead={data?.profile.departments?.join(' · ') || ' '}>{data && mayDo('site.staff', site) && <><button type="button" class="btn" onClick={() => add('profile')}>{t('step.profile')}</button><button type="button" class="btn" onClick={() => add('person')}>{t('step.person')}</button>
      {data.people.length > 0 && <button type="button" class="btn primary" onClick={() => add('line')}>{t('step.line')}</button>}</>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data?.warnings.map(w => <p class={`note ${w.days < 0 ? 'bad' : 'warn'}`} key={say(w.name) + w.paper}><Icon name={w.days < 0 ? 'alert' : 'clock'} /><span>{t(w.days < 0 ? 'office.expired' : 'office.expires', { name: say(w.name), paper: word('office.paper', w.paper), day: w.expires, n: Math.abs(w.days) })}</span></p>)}
    {data && !data.people.length && <Empty icon="people" title={t('office.noPeople')}>{t('office.noPeopleDo')}</Empty>}
    {data && data.people.length > 0 && <Table name={t('office.people')} heads={[t('office.name'), t('office.role'), t('office.papers'), t('office.trainings'), t('office.lacks')]}>{data.people.map(p => <tr key={p.id}><th scope="row">{mayDo('site.staff', site) ? <button type="button" class="link" onClick={() => add(p)}>{say(p.name)}</button> : say(p.name)}{p.id === data.profile.investigator && <> <Tag tone="sign" icon="pen">{t('office.pi')}</Tag></>}</th><td>{p.title}</td>
      <td><span class="row wrap">{p.papers?.map((x, i) => <PaperMark key={i} paper={x} today={data.today} />) ?? '–'}</span></td><td>{p.trainings?.map(x => word('office.training', x.code)).join(' · ') || '–'}</td>
      <td>{p.lacks['coordinator'] ? <Tag tone="warn" icon="warn">{p.lacks['coordinator'].map(x => word('office.training', x)).join(' · ')}</Tag> : <Tag tone="ok" icon="check">{t('office.fit')}</Tag>}</td></tr>)}</Table>}
    {data && <Table name={t('office.log')} heads={[t('office.name'), t('office.role'), t('office.tasks'), t('office.from'), t('queries.state'), '']}>{data.delegations.map(d => <tr key={d.id}><th scope="row">{say(d.name)}</th><td>{word('role', d.role)}</td><td class="about">{d.tasks.join(' · ')}</td><td>{d.from}</td>
      <td>{d.ended ? <Tag icon="x">{t('office.ended')}</Tag> : d.signed ? <Tag tone="sign" icon="pen">{d.signed.name} {d.signed.at.slice(0, 10)}</Tag> : <Tag tone="warn" icon="clock">{t('office.unsigned')}</Tag>}</td>
      <td>{data.signer && !d.ended && <span class="row">{!d.signed && <button type="button" class="btn s primary" onClick={() => ask({ line: d, end: false })}>{t('sign.go')}</button>}<button type="button" class="btn s" onClick={() => ask({ line: d, end: true })}>{t('office.end')}</button></span>}</td></tr>)}
      {!data.delegations.length && <tr><td colSpan={6} class="sub">{t('office.noLog')}</td></tr>}</Table>}
    {data?.profile.contacts && <Table name={t('office.contacts')} heads={[t('office.name'), t('office.role'), t('step.department'), t('office.phone'), t('office.mail')]}>{data.profile.contacts.map(c => <tr key={c.name}><th scope="row">{c.name}</th><td>{c.role}</td><td>{c.department}</td><td>{c.phone}</td><td>{c.email}</td></tr>)}</Table>}
    {data && adding === 'person' && <PersonDialog {...added} />}
    {data && typeof adding === 'object' && <PersonDialog key={adding.id} {...added} person={adding} />}
    {data && adding === 'line' && <LineDialog {...added} people={data.people} />}
    {data && adding === 'profile' && <ProfileDialog {...added} profile={data.profile} people={data.people} />}
    {sign && <SignLine path={`${base}/delegations/${seg(sign.line.id)}`} {...sign} close={() => ask(undefined)} done={() => { ask(undefined); reload() }} />}
  </Shell>
}

/** A paper, and whether it holds today: within 60 days of its end somebody is told. */
function PaperMark({ paper, today }: { paper: Paper; today: string }) {
  const left = paper.expires ? dayOf(paper.expires) - dayOf(today) : Infinity
  return <Tag tone={left < 0 ? 'bad' : left <= 60 ? 'warn' : ''} icon={left < 0 ? 'alert' : left <= 60 ? 'clock' : 'form'}>{word('office.paper', paper.kind)}{paper.expires ? ` ${paper.expires}` : ''}</Tag>
}

function SignLine({ path, line, end, close, done }: { path: string; line: Line; end: boolean; close: () => void; done: () => void }) {
  const [user, setUser] = useState(''), [password, setPassword] = useState(''), [reason, setReason] = useState('')
  return <Ask title={`${end ? t('office.end') : t('sign.go')} · ${say(line.name)}`} close={close} ready={!!(end ? reason.trim() : password)} go={async () => { await call('POST', path + (end ? '/end' : '/signature'), { body: end ? { reason } : { user, password } }); done() }}>
    <p class="sub">{t(end ? 'office.endMeans' : 'office.signMeans', { role: word('role', line.role) })}</p>
    {end ? <Field label={t('locks.reason')} value={reason} set={setReason} /> : <><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></>}</Ask>
}

export function Register() {
  const { data, problem, reload } = useLoad('projects', signal => call<{ projects: Project[]; investigators: Load[] }>('GET', '/projects', { signal }))
  return <Shell title={t('office.register')} crumbs={[{ text: t('office.register') }]}>
    <Head title={t('office.register')} lead={data ? t('office.registerLead', { n: data.projects.length }) : ' '} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data?.projects.length === 0 && <Empty icon="form" title={t('office.noProjects')}>{t('office.noProjectsDo')}</Empty>}
    {data && data.projects.length > 0 && <Table name={t('office.register')} heads={[t('office.project'), t('office.institution'), t('office.pi'), t('office.path'), t('office.overdue'), t('office.nextStep'), t('office.enrolled'), t('office.issues'), t('office.papers')]}>{data.projects.map(p => <tr key={p.study + p.site}>
      <th scope="row"><a href={to.project(p.study, p.site)}>{p.title}</a></th><td><Where site={p.site} name={p.institution} /></td><td>{say(p.investigator) || '–'}</td><td class="num">{p.of ? `${p.done} / ${p.of}` : '–'}</td>
      <td>{p.overdue ? <Tag tone="bad" icon="alert">{p.overdue}</Tag> : '0'}</td><td>{p.next ? `${say(p.next.title)} · ${p.next.forecast}` : '–'}</td><td class="num">{p.enrolled}{p.target ? ` / ${p.target}` : ''}</td><td class="num">{p.issues}</td><td>{p.expiring ? <Tag tone="warn" icon="clock">{p.expiring}</Tag> : '–'}</td></tr>)}</Table>}
    {data && data.investigators.length > 0 && <Table name={t('office.load')} heads={[t('office.pi'), t('office.projects'), t('office.active'), t('office.issues'), t('office.overdue')]}>{data.investigators.map(l => <tr key={say(l.name) + lang.value}><th scope="row">{say(l.name)}</th><td class="num">{l.projects}</td><td class="num">{l.active}</td><td class="num">{l.issues}</td><td class="num">{l.overdue}</td></tr>)}</Table>}
  </Shell>
}
