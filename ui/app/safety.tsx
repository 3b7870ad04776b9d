// Serious adverse events: the cases with their clocks, one case with its versions side by side, and the casebooks' log held against them.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import type { Text } from '../wire/types.ts'
import { moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { at, seg, Table, Where } from './officeparts.tsx'
import { go, to } from './route.ts'
import { AssessDialog, blank, ClockBar, ReportDialog, SignDialog, TellDialog, versionName, type Case, type One, type Report, type Version } from './safetyparts.tsx'
import { SafetyRules } from './safetyrules.tsx'
import { Head, Shell } from './shell.tsx'
import { mayDo, zone } from './study.ts'

const tabs = { cases: 'safety.cases', log: 'safety.log', rules: 'safety.rules' } as const
type Tab = keyof typeof tabs
type List = { asOf: string; cases: Case[]; sites: Record<string, Text>; write: boolean; log: boolean }

export function Safety({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} safety`, signal => call<List>('GET', at(id, '/safety/cases'), { signal }))
  const shown = (Object.keys(tabs) as Tab[]).filter(x => x === 'cases' || mayDo(x === 'log' ? 'safety.reconcile' : 'study.manage'))
  const [tab, open] = useState<Tab>(() => { const asked = new URLSearchParams(location.search).get('tab') as Tab; return shown.includes(asked) ? asked : 'cases' }), [writing, write] = useState(false)
  const show = (x: Tab) => { open(x); go(`${to.safety(id)}?tab=${x}`, true) }
  const late = data?.cases.filter(c => c.clocks.some(k => !k.done && k.state === 'late')).length ?? 0
  return <Shell title={t('safety.title')} crumbs={[{ text: t('safety.nav') }]}>
    <Head title={t('safety.title')} lead={data ? t('safety.lead', { n: data.cases.filter(c => !c.nullified).length, late }) : ' '}>
      {shown.length > 1 && <div class="row wrap" role="group" aria-label={t('safety.title')}>{shown.map(x => <button type="button" key={x} class={'btn' + (x === tab ? ' primary' : '')} aria-pressed={x === tab} onClick={() => show(x)}>{t(tabs[x])}</button>)}</div>}
      {data?.write && tab === 'cases' && <button type="button" class="btn primary" onClick={() => write(true)}><Icon name="plus" />{t('safety.new')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && tab === 'cases' && !data.cases.length && <Empty icon="alert" title={t('safety.none')}>{t('safety.noneDo')}</Empty>}
    {data && tab === 'cases' && data.cases.length > 0 && <Table name={t('safety.cases')} heads={[t('safety.case'), t('alloc.subject'), t('safety.term'), t('safety.serious'), t('queries.state'), t('safety.clocks')]}>{data.cases.map(c => { const r = c.last ?? c.draft; return <tr key={c.id}>
      <th scope="row"><a href={to.safetyCase(id, c.id)}>{c.id}</a></th><td><b>{c.subject}</b><br /><span class="xs"><Where site={c.site} name={entry(data.sites, c.site)} /></span></td><td>{r?.term || '–'}<br /><span class="xs dim">{r?.onset}</span></td>
      <td>{r?.serious.map(x => word('safety.criterion', x)).join(' · ') || '–'}</td><td><StateOf c={c} /></td><td><div class="clocks">{c.clocks.map(k => <ClockBar key={k.name} k={k} now={data.asOf} />)}</div></td></tr> })}</Table>}
    {tab === 'log' && <Log id={id} changed={reload} />}
    {tab === 'rules' && <SafetyRules id={id} changed={reload} />}
    {writing && <ReportDialog title={t('safety.new')} first={blank()} close={() => write(false)} done={() => { write(false); reload() }} send={(report, subject) => call('POST', at(id, `/subjects/${seg(subject)}/safety-cases`), { body: { report } })} />}
  </Shell>
}

export function StateOf({ c }: { c: Case }) {
  if (c.nullified) return <Tag icon="x">{t('safety.nullified')}</Tag>
  return <span class="row wrap">{!c.versions ? <Tag tone="warn" icon="pen">{t('safety.draft')}</Tag> : <Tag tone="ok" icon="check">{versionName(c.versions - 1)}</Tag>}
    {c.versions > 0 && !c.judged && <Tag tone="warn" icon="clock">{t('safety.unjudged')}</Tag>}{c.judged && c.susar && <Tag tone="bad" icon="alert">SUSAR</Tag>}{c.versions > 0 && c.draft && <Tag icon="pen">{t('safety.drafting')}</Tag>}</span>
}

type Difference = { kind: string; subject: string; site: string; case?: string; form?: string; row?: string; log?: string; said?: string; event?: { term: string; onset?: string; outcome?: string } }
const shownValue = (d: Difference, v?: string) => v ? d.kind === 'outcome' ? word('safety.outcome', v) : v : '–'

/** The casebooks' log of adverse events beside the cases. */
function Log({ id, changed }: { id: string; changed: () => void }) {
  const { data, problem, reload } = useLoad(`${id} safety log`, signal => call<{ serious: number; cases: number; differences: Difference[] }>('GET', at(id, '/safety/reconciliation'), { signal }))
  const [opened, open] = useState<Difference>()
  const form = (d: Difference) => { const [event, repeat, name, nth] = (d.form ?? '').split('/'); return nth ? to.form(id, d.subject, decodeURIComponent(event!), decodeURIComponent(repeat!), decodeURIComponent(name!), decodeURIComponent(nth)) : undefined }
  if (problem?.code === 'safety.no_log') return <Empty icon="rows" title={t('safety.noLog')}>{t('safety.noLogDo')}</Empty>
  return <>{problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && <p class="row wrap"><span class="grow sub">{t('safety.logLead', { serious: data.serious, cases: data.cases, n: data.differences.length })}</span><a class="btn" href={`/api/v1${at(id, '/safety/reconciliation/export')}`} download><Icon name="down" />CSV</a></p>}
    {data && !data.differences.length && <Empty icon="check" title={t('safety.agree')}>{t('safety.agreeDo')}</Empty>}
    {data && data.differences.length > 0 && <Table name={t('safety.log')} heads={[t('safety.difference'), t('alloc.subject'), t('safety.inLog'), t('safety.inCase'), '']}>{data.differences.map((d, i) => <tr key={i}>
      <th scope="row"><Tag tone={d.kind === 'uncased' ? 'bad' : 'warn'} icon={d.kind === 'uncased' ? 'alert' : 'query'}>{word('safety.differs', d.kind)}</Tag></th><td><b>{d.subject}</b> <span class="xs dim">{d.site}</span></td>
      <td>{form(d) ? <a href={form(d)}>{shownValue(d, d.log)}</a> : shownValue(d, d.log)}</td><td>{d.case ? <><a href={to.safetyCase(id, d.case)}>{d.case}</a> {shownValue(d, d.said)}</> : '–'}</td>
      <td>{d.event && mayDo('form.write', d.site) && <button type="button" class="btn s primary" onClick={() => open(d)}>{t('safety.openCase')}<span class="sr"> {d.subject} {d.event.term}</span></button>}</td></tr>)}</Table>}
    {opened?.event && <ReportDialog title={`${t('safety.new')} · ${opened.subject}`} subject={opened.subject} first={{ ...blank(), term: opened.event.term, onset: opened.event.onset ?? '', ...(opened.event.outcome ? { outcome: opened.event.outcome } : {}) }} close={() => open(undefined)} done={() => { open(undefined); reload(); changed() }}
      send={report => call('POST', at(id, `/subjects/${seg(opened.subject)}/safety-cases`), { body: { form: opened.form, row: opened.row, report } })} />}</>
}

type Doing = 'draft' | 'submit' | 'assess' | 'tell' | 'nullify'

export function SafetyCase({ id, case: name }: { id: string; case: string }) {
  const path = at(id, `/safety/cases/${seg(name)}`)
  const { data: c, problem, reload } = useLoad(path, signal => call<One>('GET', path, { signal }))
  const [doing, act] = useState<Doing>()
  const close = () => act(undefined), done = () => { close(); reload() }
  const r = c?.last ?? c?.draft
  const may: [Doing, string, boolean][] = !c || c.nullified ? [] : [['submit', t('safety.submit'), c.may.sign && !!c.draft], ['draft', t(c.draft ? 'safety.editDraft' : 'safety.newFollowUp'), c.may.write], ['assess', t('safety.assess'), c.may.assess && c.versions > 0], ['tell', t('safety.tell'), c.may.tell && c.versions > 0], ['nullify', t('safety.nullify'), c.may.sign]]
  const offered = may.filter(x => x[2])
  return <Shell title={name} crumbs={[{ text: t('safety.title'), href: to.safety(id) }, { text: name }]}>
    <Head title={c ? <>{c.id} · {r?.term || '–'}</> : name} lead={c ? <><a href={to.casebook(id, c.subject)}>{c.subject}</a> · {c.site}</> : ' '}>
      {offered.map(([step, text], i) => <button type="button" key={step} class={`btn noprint ${i ? '' : 'primary'}`} onClick={() => act(step)}>{text}</button>)}
      {c && c.versions > 0 && c.message && <a class="btn noprint" href={`/api/v1${path}/e2b`} download><Icon name="down" />E2B(R3)</a>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!c && !problem && <Waiting />}
    {c && <><p class="row wrap"><StateOf c={c} /><Tag icon={c.blind.broken ? 'alert' : 'dash'} tone={c.blind.broken ? 'warn' : ''}>{c.blind.treatment ? t('safety.treatmentIs', { treatment: c.blind.treatment }) : t(c.blind.broken ? 'safety.broken' : 'safety.blinded')}</Tag></p>
      {c.nullified && <p class="note warn"><Icon name="warn" /><span>{t('safety.nullifiedBy', { by: c.nullified.by, reason: c.nullified.reason })}</span></p>}
      <section class="card"><header><h2 class="grow">{t('safety.clocks')}</h2></header><div class="body clocks">{c.clocks.map(k => <ClockBar key={k.name} k={k} now={c.asOf} />)}{!c.clocks.length && <span class="dim">–</span>}</div></section>
      <Versions c={c} />
      <section class="card"><header><h2 class="grow">{t('safety.judgement')}</h2></header><div class="body stack-1">{c.assessed ? <><p><b>{word('safety.causality', c.assessed.causality)}</b> · {t(c.assessed.expected ? 'safety.expected' : 'safety.unexpected')} <span class="xs dim">{c.assessed.by} · {moment(c.assessed.at, zone.value)} · {versionName(c.assessed.version)}</span></p>
        {c.assessed.comment && <p class="prewrap">{c.assessed.comment}</p>}{c.assessed.version < c.versions - 1 && <p class="note warn"><Icon name="warn" /><span>{t('safety.newer')}</span></p>}</> : <p class="sub">{t('safety.unjudged')}</p>}</div></section>
      <Table name={t('safety.told')} heads={[t('safety.to'), t('safety.who'), t('safety.versionIs'), t('safety.on'), t('alloc.by')]}>{(c.told ?? []).map((x, i) => { const k = c.clocks.find(k => k.name === (x.to === 'authority' ? 'sponsor' : x.to)); const late = k && Date.parse(x.on) > Date.parse(k.due); return <tr key={i}><th scope="row">{word('safety.to', x.to)}</th><td>{x.name}</td><td>{versionName(x.version)}</td><td>{late ? <Tag tone="bad" icon="alert">{moment(x.on, zone.value)}</Tag> : moment(x.on, zone.value)}</td><td>{x.by}</td></tr> })}
        {!c.told?.length && <tr><td colSpan={5} class="dim">{t('safety.nobodyTold')}</td></tr>}</Table></>}
    {c && doing === 'draft' && <ReportDialog title={`${c.id} · ${versionName(c.versions)}`} subject={c.subject} followUp={c.versions > 0} first={c.draft ?? { ...c.last!, aware: blank().aware, news: '' }} close={close} done={done} send={report => call('PUT', path + '/draft', { body: { version: c.version, report } })} />}
    {c && (doing === 'submit' || doing === 'nullify') && <SignDialog study={id} c={c} nullify={doing === 'nullify'} close={close} done={done} />}
    {c && doing === 'assess' && <AssessDialog study={id} c={c} close={close} done={done} />}
    {c && doing === 'tell' && <TellDialog study={id} c={c} close={close} done={done} />}
  </Shell>
}

const lines: [string, (r: Report) => string][] = [['safety.aware', r => moment(r.aware, zone.value)], ['safety.news', r => r.news ?? ''], ['safety.term', r => r.term], ['safety.onset', r => r.onset], ['safety.ended', r => r.ended ?? ''], ['safety.serious', r => r.serious.map(x => word('safety.criterion', x)).join(' · ')],
  ['safety.outcomeIs', r => r.outcome ? word('safety.outcome', r.outcome) : ''], ['safety.causalitySite', r => r.causality ? word('safety.causality', r.causality) : ''], ['safety.actionTaken', r => r.action ? word('safety.action', r.action) : ''], ['safety.narrative', r => r.narrative]]

/** Versions side by side; what a follow-up says otherwise than the one before is marked. */
function Versions({ c }: { c: One }) {
  const all: { report: Report; signed?: Version }[] = [...c.reports.map(v => ({ report: v.report, signed: v })), ...(c.draft ? [{ report: c.draft }] : [])]
  return <Table name={t('safety.versions')} heads={['', ...all.map((_, i) => i < c.versions ? versionName(i) : `${versionName(i)} (${t('safety.draft')})`)]}>
    {lines.map(([key, value]) => <tr key={key}><th scope="row">{t(key as 'safety.term')}</th>{all.map(({ report }, i) => { const now = value(report), was = i ? value(all[i - 1]!.report) : now; return <td key={i} class="prewrap">{i && now !== was ? <mark>{now || '–'}</mark> : now || <span class="dim">–</span>}</td> })}</tr>)}
    <tr><th scope="row">{t('safety.signed')}</th>{all.map(({ signed }, i) => <td key={i}>{signed ? <><Tag tone="sign" icon="pen">{signed.signed.name}</Tag> <span class="xs dim">{moment(signed.submitted, zone.value)}</span><br /><ClockBar k={signed.clock} now={c.asOf} /></> : '–'}</td>)}</tr></Table>
}
