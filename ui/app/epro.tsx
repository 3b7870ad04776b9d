// Patients' phones: how they answer, whom an answer must reach, what is missing, what waits for a decision, and when
// the study asks.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Empty, faultText, percent, Tag, Trouble, Waiting, QR } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { moment, say, t, word, type Key } from '../words/words.ts'
import { Answers, Changes } from './answers.tsx'
import { Consents } from './consent.tsx'
import { useLoad } from './load.ts'
import { go, to } from './route.ts'
import { Reach } from './reach.tsx'
import { Head, Shell } from './shell.tsx'
import { index, mayDo, mayWrite, zone } from './study.ts'

type Tally = { expected: number; done: number; late: number; missed: number; open: number; gaps: number }
type DayTally = { expected: number; done: number }
type Row = Tally & { subject: string; site: string; status: string; phones: number; unconfirmed: boolean; days: DayTally[] }
type Compliance = { schedule: number; name: string; days: string[]; subjects: Row[]; sites: Record<string, Tally>; total: Tally; trend: DayTally[]; alerts: number; quarantined: number }
type Phone = { device: string; subject: string; site: string; name: string; reporter: string; enrolledAt: string; seenAt: string; endedAt?: string; endedWhy?: string; highest: number; received: number; missing: number[]; state: string }
type Alert = { alert: string; subject: string; site: string; text: Text; role: string; person: string; raisedAt: string; dueAt: string; escalatedAt?: string; acknowledgedAt?: string; note?: string }
type Aside = { record: string; hash: string; subject: string; site: string; why: string; receivedAt: string; decidedAt?: string; decision?: string; reason?: string; body: string }
type Invitation = { link: string; pin: string; expires: string; qr: string[] }
type Window = { form: string; opens: string; closes: string; reminders: string[] }

export const at = (study: string, path = '') => `/studies/${encodeURIComponent(study)}/epro${path}`
const tabs = { compliance: 'epro.compliance', alerts: 'epro.alerts', answers: 'epro.answers', changes: 'epro.changes', consent: 'epro.consent', phones: 'epro.phones', reach: 'epro.reach', quarantine: 'epro.quarantine', schedule: 'epro.schedule' } as const
type Tab = keyof typeof tabs

export function Epro({ id }: { id: string }) {
  const [tab, open] = useState(() => { const asked = new URLSearchParams(location.search).get('tab') as Tab; return asked in tabs ? asked : 'compliance' })
  const show = (x: Tab) => { open(x); go(`${to.epro(id)}?tab=${x}`, true) }
  const { data, problem, reload } = useLoad(`${id} epro`, signal => call<Compliance>('GET', at(id), { signal }))
  const count: Partial<Record<Tab, number>> = { alerts: data?.alerts ?? 0, quarantine: data?.quarantined ?? 0 }
  return <Shell title={t('epro.title')} crumbs={[{ text: t('nav.epro') }]}>
    <Head title={t('epro.title')} lead={data?.name || ' '}>
      <div class="row wrap" role="group" aria-label={t('epro.title')}>{(Object.keys(tabs) as Tab[]).map(x => <button type="button" data-tab={x} class={'btn' + (x === tab ? ' primary' : '')} aria-pressed={x === tab} onClick={() => show(x)} key={x}>
        {t(tabs[x])}{count[x] ? ` ${count[x]}` : ''}</button>)}</div>
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && tab === 'compliance' && <Complying id={id} data={data} reload={reload} />}
    {tab === 'alerts' && <Alerts id={id} changed={reload} />}
    {tab === 'answers' && <Answers id={id} />}
    {tab === 'changes' && <Changes id={id} />}
    {tab === 'consent' && <Consents id={id} />}
    {tab === 'phones' && <Phones id={id} />}
    {tab === 'reach' && <Reach id={id} />}
    {tab === 'quarantine' && <Quarantine id={id} changed={reload} />}
    {tab === 'schedule' && <Simulator id={id} />}
  </Shell>
}

export function Table({ name, heads, children }: { name: string; heads: string[]; children: preact.ComponentChildren }) {
  return <section class="card"><h2 class="sr">{name}</h2><div class="scroll" tabIndex={0} role="region" aria-label={name}><table class="tbl">
    <thead><tr>{heads.map((h, i) => <th scope="col" key={i} class={i === 1 ? 'fill' : ''}>{h}</th>)}</tr></thead><tbody>{children}</tbody></table></div></section>
}

function Complying({ id, data, reload }: { id: string; data: Compliance; reload: () => void }) {
  const [invite, ask] = useState<string>()
  const rows = data.subjects.filter(r => r.phones)
  const rest = data.subjects.filter(r => !r.phones && (r.status === 'enrolled' || r.status === 'screening') && mayWrite(r.site))
  const tile = (n: string | number, text: Key, tone: string) => <div class="card tile"><span class={`k ${tone}`}><Icon name={tone === 'ok' ? 'check' : tone === 'warn' ? 'clock' : 'alert'} /></span><span><b>{n}</b> {t(text)}</span></div>
  const share = (x: { done: number; expected: number }) => x.expected ? percent(x.done / x.expected) : '–'
  return <>
    <div class="tiles">{tile(share(data.total), 'epro.share', 'ok')}{tile(data.total.done, 'epro.done', 'ok')}{tile(data.total.late, 'epro.late', 'warn')}{tile(data.total.missed, 'epro.missed', 'bad')}{tile(data.total.gaps, 'epro.gaps', 'bad')}</div>
    {!data.schedule && <Empty icon="clock" title={t('epro.noSchedule')}>{t('epro.noScheduleDo')}</Empty>}
    {data.schedule > 0 && !rows.length && <Empty icon="people" title={t('epro.noPhones')}>{t('epro.noPhonesDo')}</Empty>}
    {rows.length > 0 && <section class="card"><header><h2 class="grow">{t('epro.trend')}</h2>{mayDo('export') && <a class="btn s" href={'/api/v1' + at(id, '/compliance.csv')} download><Icon name="down" />CSV</a>}</header><div class="body"><Trend data={data} /></div></section>}
    {rows.length > 0 && <Table name={t('epro.heat')} heads={[t('queries.subject'), t('epro.heat'), t('epro.share'), t('epro.late'), t('epro.missed'), t('epro.gaps'), '']}>
      {rows.map(r => <tr key={r.subject}><th scope="row"><a href={to.casebook(id, r.subject)}>{r.subject}</a></th><td class="fill"><Heat row={r} days={data.days} /></td>
        <td class="num">{share(r)}</td><td class="num">{r.late}</td><td class="num">{r.missed}</td><td>{r.gaps ? <Tag tone="bad" icon="alert">{t('epro.gapsOf', { n: r.gaps })}</Tag> : r.unconfirmed ? <Tag tone="warn" icon="warn">{t('epro.unconfirmed')}</Tag> : '0'}</td>
        <td>{mayWrite(r.site) && <button type="button" class="btn s" onClick={() => ask(r.subject)}>{t('epro.invite')}</button>}</td></tr>)}</Table>}
    {rest.length > 0 && <Table name={t('epro.without')} heads={[t('epro.without'), '', '']}>{rest.slice(0, 50).map(r => <tr key={r.subject}><th scope="row"><a href={to.casebook(id, r.subject)}>{r.subject}</a></th><td class="fill sub">{r.site}</td>
      <td><button type="button" class="btn s" onClick={() => ask(r.subject)}>{t('epro.invite')}</button></td></tr>)}</Table>}
    {invite && <Invite id={id} subject={invite} close={() => { ask(undefined); reload() }} />}
  </>
}

/** The share of each day, as bars. */
function Trend({ data }: { data: Compliance }) {
  const w = 20, h = 80
  return <svg class="trend" viewBox={`0 0 ${data.days.length * w} ${h + 18}`} role="img" aria-label={data.days.map((d, i) => `${d} ${data.trend[i]!.done}/${data.trend[i]!.expected}`).join(', ')}>
    {data.trend.map((d, i) => <g key={i}><rect x={i * w + 2} y={0} width={w - 4} height={h} fill="var(--sunken)" />{d.expected > 0 && <rect x={i * w + 2} y={h - h * d.done / d.expected} width={w - 4} height={h * d.done / d.expected} fill="var(--ok)" />}
      {i % 7 === 6 && <text x={i * w + w / 2} y={h + 14} text-anchor="middle" font-size="10" fill="var(--ink-2)">{data.days[i]!.slice(5)}</text>}</g>)}</svg>
}

/** Four weeks of a subject: full is answered, empty is missed, a dot is a day on which nothing was asked. */
function Heat({ row, days }: { row: Row; days: string[] }) {
  const asked = row.days.reduce((n, d) => n + d.expected, 0), done = row.days.reduce((n, d) => n + d.done, 0)
  return <svg viewBox={`0 0 ${days.length * 14} 16`} width={days.length * 14} height={16} role="img" aria-label={t('epro.heatOf', { done, asked })}>
    {row.days.map((d, i) => !d.expected ? <circle key={i} cx={i * 14 + 6} cy={8} r={1.5} fill="var(--line-2)" />
      : <g key={i}><rect x={i * 14 + .5} y={2.5} width={11} height={11} rx={2} fill="none" stroke={d.done < d.expected ? 'var(--bad)' : 'var(--ok)'} /><rect x={i * 14 + .5} y={2.5 + 11 * (1 - d.done / d.expected)} width={11} height={11 * d.done / d.expected} rx={1} fill="var(--ok)" /></g>)}</svg>
}

function Invite({ id, subject, close }: { id: string; subject: string; close: () => void }) {
  const [reporter, name] = useState('self'), [got, take] = useState<Invitation>(), [fault, setFault] = useState<Problem>()
  const go = async () => {
    try { take(await call<Invitation>('POST', `/studies/${encodeURIComponent(id)}/subjects/${encodeURIComponent(subject)}/epro/phones`, { body: { reporter } })) } catch (e) { if (e instanceof Problem) setFault(e); else throw e }
  }
  return <Dialog title={t('epro.inviteOf', { subject })} close={close}>
    <div class="body stack-1">{fault && <p class="note bad" role="alert"><span>{faultText(fault)}</span></p>}{!got && <><label class="f"><span class="lab">{t('epro.reporter')}</span><span class="in"><select value={reporter} onChange={e => name(e.currentTarget.value)}>{['self', 'parent', 'partner', 'carer'].map(r => <option value={r} key={r}>{word('epro.by', r)}</option>)}</select></span></label>
      <div class="row"><button type="button" class="btn primary" onClick={() => void go()}>{t('epro.inviteGo')}</button></div></>}
    {got && <div class="invite"><QR rows={got.qr} /><p>{t('epro.inviteScan')}</p><p>{t('epro.invitePin')} <b class="pin">{got.pin}</b></p><p class="sub sm">{t('epro.inviteUntil', { at: moment(got.expires, zone.value) })}</p>
      <p class="sub sm">{got.link}</p></div>}</div>
  </Dialog>
}

function Alerts({ id, changed }: { id: string; changed: () => void }) {
  const { data, problem, reload } = useLoad(`${id} epro alerts`, signal => call<{ alerts: Alert[]; now: string }>('GET', at(id, '/alerts'), { signal }))
  const [one, ask] = useState<Alert>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  if (!data.alerts.length) return <Empty icon="check" title={t('epro.noAlerts')}>{t('epro.noAlertsDo')}</Empty>
  return <><Table name={t('epro.alerts')} heads={[t('queries.subject'), t('epro.what'), t('epro.person'), t('epro.due'), t('queries.state'), '']}>{data.alerts.map(a => <tr key={a.alert}>
    <th scope="row"><a href={to.casebook(id, a.subject)}>{a.subject}</a></th><td class="fill">{say(a.text)}</td><td>{a.person || word('role', a.role)}</td><td>{moment(a.dueAt, zone.value)}</td>
    <td>{a.acknowledgedAt ? <Tag tone="ok" icon="check">{t('epro.acknowledged')}</Tag> : a.escalatedAt ? <Tag tone="bad" icon="alert">{t('epro.escalated')}</Tag> : <Tag tone="warn" icon="clock">{t('epro.waits')}</Tag>}</td>
    <td>{a.acknowledgedAt ? <span class="sub sm">{a.note}</span> : mayWrite(a.site) && <button type="button" class="btn s" onClick={() => ask(a)}>{t('epro.acknowledge')}</button>}</td></tr>)}</Table>
    {one && <Reason title={t('epro.acknowledge')} label={t('epro.note')} close={() => ask(undefined)} go={async note => { await call('POST', at(id, '/alerts/' + one.alert), { body: { note } }); ask(undefined); reload(); changed() }} />}</>
}

/** Asks for words before something is done. */
export function Reason({ title, label, close, go, children }: { title: string; label: string; close: () => void; go: (text: string) => Promise<void>; children?: preact.ComponentChildren }) {
  const [text, type] = useState(''), [fault, setFault] = useState<Problem>()
  const act = async (e: Event) => { e.preventDefault(); try { await go(text) } catch (x) { if (x instanceof Problem) setFault(x); else throw x } }
  return <Dialog title={title} close={close}><form onSubmit={act}><div class="body stack-1">{children}{fault && <p class="note bad" role="alert"><span>{faultText(fault)}</span></p>}
    <label class="f"><span class="lab">{label}</span><span class="in"><textarea rows={3} maxLength={300} value={text} onInput={e => type(e.currentTarget.value)} /></span></label>
    <div class="row"><button class="btn primary" disabled={!text.trim()}>{title}</button></div></div></form></Dialog>
}

function Phones({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} epro phones`, signal => call<{ phones: Phone[] }>('GET', at(id, '/phones'), { signal }))
  const [one, ask] = useState<Phone>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  if (!data.phones.length) return <Empty icon="people" title={t('epro.noPhones')}>{t('epro.noPhonesDo')}</Empty>
  const tone: Record<string, [string, 'check' | 'alert' | 'warn']> = { complete: ['ok', 'check'], gaps: ['bad', 'alert'], unconfirmed: ['warn', 'warn'] }
  return <><Table name={t('epro.phones')} heads={[t('queries.subject'), t('epro.phone'), t('epro.seen'), t('epro.received'), t('epro.missing'), t('queries.state'), '']}>{data.phones.map(p => <tr key={p.device}>
    <th scope="row"><a href={to.casebook(id, p.subject)}>{p.subject}</a></th><td class="fill sub sm">{p.name.slice(0, 60)} · {word('epro.by', p.reporter)}</td><td>{moment(p.seenAt, zone.value)}</td><td class="num">{p.received} / {p.highest}</td><td>{p.missing.slice(0, 12).join(', ') || '–'}</td>
    <td><Tag tone={tone[p.state]![0]} icon={tone[p.state]![1]}>{p.state === 'unconfirmed' ? t('epro.unconfirmedAfter', { n: p.highest }) : t(`epro.is.${p.state}` as Key)}</Tag></td>
    <td>{!p.endedAt && mayWrite(p.site) && <button type="button" class="btn s" onClick={() => ask(p)}>{t('epro.end')}</button>}</td></tr>)}</Table>
    {one && <Reason title={t('epro.end')} label={t('epro.reason')} close={() => ask(undefined)} go={async reason => { await call('DELETE', at(id, '/phones/' + one.device), { body: { reason } }); ask(undefined); reload() }} />}</>
}

function Quarantine({ id, changed }: { id: string; changed: () => void }) {
  const { data, problem, reload } = useLoad(`${id} epro aside`, signal => call<{ records: Aside[] }>('GET', at(id, '/quarantine'), { signal }))
  const [one, ask] = useState<{ aside: Aside; decision: 'accepted' | 'set_aside' }>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  if (!data.records.length) return <Empty icon="check" title={t('epro.noAside')}>{t('epro.noAsideDo')}</Empty>
  return <><Table name={t('epro.quarantine')} heads={[t('queries.subject'), t('epro.why'), t('epro.came'), t('queries.state'), '']}>{data.records.map(a => <tr key={a.record + a.hash}>
    <th scope="row"><a href={to.casebook(id, a.subject)}>{a.subject}</a></th><td class="fill">{word('epro.why', a.why)}</td><td>{moment(a.receivedAt, zone.value)}</td>
    <td>{a.decision ? <Tag tone="ok" icon="check">{word('epro.decision', a.decision)}</Tag> : <Tag tone="warn" icon="clock">{t('epro.waits')}</Tag>}</td>
    <td>{a.decision ? <span class="sub sm">{a.reason}</span> : mayWrite(a.site) && <span class="row">{(['accepted', 'set_aside'] as const).map(d => <button type="button" class="btn s" key={d} onClick={() => ask({ aside: a, decision: d })}>{t(`epro.do.${d}` as Key)}</button>)}</span>}</td></tr>)}</Table>
    {one && <Reason title={t(`epro.do.${one.decision}` as Key)} label={t('epro.reason')} close={() => ask(undefined)} go={async reason => { await call('POST', at(id, `/quarantine/${one.aside.record}/${one.aside.hash}`), { body: { decision: one.decision, reason } }); ask(undefined); reload(); changed() }}>
      <pre class="sent">{one.aside.body.slice(0, 2000)}</pre></Reason>}</>
}

const zones = ['Asia/Shanghai', 'America/New_York', 'Europe/London', 'Australia/Sydney', 'UTC']

/** Runs the server's own code over a year, and draws it as a calendar. */
function Simulator({ id }: { id: string }) {
  const [anchor, setAnchor] = useState(new Date().toISOString().slice(0, 10) + 'T09:00:00'), [where, go] = useState(zones[0]!), [text, type] = useState('')
  const [ask, run] = useState({ anchor, where, text: '' })
  const { data, problem } = useLoad(JSON.stringify(ask), signal => {
    let schedule: unknown
    try { schedule = ask.text ? JSON.parse(ask.text) : null } catch { throw new Problem(400, { detail: t('epro.notJSON') }) }
    return call<{ windows: Window[]; total: number }>('POST', at(id, '/simulate'), { body: { schedule, anchor: ask.anchor, zone: ask.where, days: 365 }, signal })
  })
  return <><section class="card"><form class="body row wrap" onSubmit={e => { e.preventDefault(); run({ anchor, where, text }) }}>
    <label class="f"><span class="lab">{t('epro.anchor')}</span><span class="in"><input value={anchor} onInput={e => setAnchor(e.currentTarget.value)} /></span></label>
    <label class="f"><span class="lab">{t('epro.zone')}</span><span class="in"><select value={where} onChange={e => go(e.currentTarget.value)}>{zones.map(z => <option key={z}>{z}</option>)}</select></span></label>
    <label class="f grow"><span class="lab">{t('epro.try')}</span><span class="in"><textarea rows={1} value={text} placeholder={t('epro.tryHint')} onInput={e => type(e.currentTarget.value)} /></span></label>
    <button class="btn primary">{t('epro.run')}</button></form></section>
    {problem && <Trouble problem={problem} />}{!data && !problem && <Waiting />}{data && <Calendar windows={data.windows} total={data.total} />}</>
}

/** A form by its title; one that another schedule names by its OID. */
const titleOf = (oid: string) => { const f = index.value?.forms.get(oid); return f ? say(f.description, f.name) : oid }

function Calendar({ windows, total }: { windows: Window[]; total: number }) {
  const days = new Map<string, number>()
  for (const w of windows) days.set(w.opens.slice(0, 10), (days.get(w.opens.slice(0, 10)) ?? 0) + 1)
  const most = Math.max(1, ...days.values()), first = windows[0]?.opens.slice(0, 10)
  if (!first) return <Empty icon="clock" title={t('epro.noWindows')} />
  const start = Date.parse(first + 'T00:00:00Z'), shift = (new Date(start).getUTCDay() + 6) % 7
  const names = [...new Set(windows.map(w => titleOf(w.form)))]
  return <section class="card"><header><h2 class="grow">{t('epro.total', { n: total })}</h2></header><div class="body">
    <svg class="trend" viewBox="0 0 760 130" role="img" aria-label={t('epro.total', { n: total })}>{Array.from({ length: 366 }, (_, i) => {
      const day = new Date(start + i * 864e5).toISOString(), n = days.get(day.slice(0, 10)) ?? 0, cell = i + shift
      return <g key={i}><rect x={Math.floor(cell / 7) * 14} y={cell % 7 * 14 + 16} width={12} height={12} rx={2} fill={n ? 'var(--accent)' : 'var(--sunken)'} fill-opacity={n ? .25 + .75 * n / most : 1}><title>{day.slice(0, 10)}: {n}</title></rect>
        {day.slice(8, 10) === '01' && <text x={Math.floor(cell / 7) * 14} y={10} font-size="10" fill="var(--ink-2)">{day.slice(5, 7)}</text>}</g>
    })}</svg>
    <p class="sub sm">{names.join(' · ')}</p></div>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('epro.schedule')}><table class="tbl"><thead><tr><th scope="col">{t('epro.opens')}</th><th scope="col" class="fill">{t('epro.form')}</th><th scope="col">{t('epro.closes')}</th><th scope="col">{t('epro.reminders')}</th></tr></thead>
      <tbody>{windows.slice(0, 100).map((w, i) => <tr key={i}><th scope="row">{w.opens.slice(0, 16).replace('T', ' ')}</th><td class="fill">{titleOf(w.form)}</td><td>{w.closes.slice(0, 16).replace('T', ' ')}</td><td>{w.reminders.map(r => r.slice(5, 16).replace('T', ' ')).join(', ') || '–'}</td></tr>)}</tbody></table></div></section>
}
