// How each subject is reminded, whether the reminders arrive, and the evidence of it.
import { useState } from 'preact/hooks'
import { Dialog, Empty, faultText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { moment, t, word } from '../words/words.ts'
import { at, Table } from './epro.tsx'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { mayWrite, zone } from './study.ts'

type Chosen = { channel: string; address?: string; language: string; quiet?: { from?: string; to?: string } }
type Delivery = { channel: string; sent: number; sentAt?: string; dead: number; failedAt?: string; failure?: string }
type Row = { subject: string; site: string; seen?: string; reach: Chosen[]; delivery: Delivery[]; failing: boolean }
type Reminder = { channel: string; form: string; window: string; state: string; due: string; settled?: string; attempts: { at: string; ok: boolean; answer: string }[] }

const failing = (d: Delivery) => !!d.failedAt && (!d.sentAt || d.failedAt > d.sentAt)

export function Reach({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} epro reach`, signal => call<{ subjects: Row[]; ways: string[] }>('GET', at(id, '/reach'), { signal }))
  const [one, show] = useState<Row>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  if (!data.subjects.length) return <Empty icon="people" title={t('epro.noPhones')}>{t('epro.noReachDo')}</Empty>
  const rows = [...data.subjects].sort((a, b) => Number(b.failing) - Number(a.failing))
  return <>
    {!data.ways.length && <p class="note warn"><span>{t('epro.noWays')}</span></p>}
    <Table name={t('epro.reach')} heads={[t('queries.subject'), t('epro.chosen'), t('epro.inApp'), t('epro.arrived'), t('queries.state'), '']}>{rows.map(r => <tr key={r.subject}>
      <th scope="row"><a href={to.casebook(id, r.subject)}>{r.subject}</a></th>
      <td class="fill">{r.reach.map((c, i) => <div key={i}>{word('epro.way', c.channel)} <span class="sub sm">{c.language}{hours(c) && ` · ${t('epro.quiet', { hours: hours(c) })}`}</span></div>)}{!r.reach.length && <span class="sub">{t('epro.onlyApp')}</span>}</td>
      <td>{r.seen ? moment(r.seen, zone.value) : '–'}</td>
      <td>{r.delivery.map(d => <div key={d.channel}>{word('epro.way', d.channel)} <b>{d.sent}</b>{d.sentAt && <span class="sub sm"> {moment(d.sentAt, zone.value)}</span>}</div>)}</td>
      <td>{r.failing ? <><Tag tone="bad" icon="alert">{t('epro.failing')}</Tag>{r.delivery.filter(failing).map(d => <div class="sub sm" key={d.channel}>{d.failure}</div>)}</>
        : r.reach.length ? r.delivery.some(d => d.sent) ? <Tag tone="ok" icon="check">{t('epro.arrives')}</Tag> : <Tag tone="mute" icon="clock">{t('epro.noneYet')}</Tag> : '–'}</td>
      <td><button type="button" class="btn s" onClick={() => show(r)}>{t('epro.evidence')}</button></td></tr>)}</Table>
    {one && <Evidence id={id} row={one} ways={data.ways} close={() => { show(undefined); reload() }} />}
  </>
}

const hours = (c: Chosen) => c.quiet?.from !== undefined && c.quiet.from !== c.quiet.to ? `${c.quiet.from}–${c.quiet.to ?? '00:00'}` : ''

/** Every attempt of two weeks, and the site's way to set an address that a patient tells them. */
function Evidence({ id, row, ways, close }: { id: string; row: Row; ways: string[]; close: () => void }) {
  const path = `/studies/${encodeURIComponent(id)}/subjects/${encodeURIComponent(row.subject)}/epro/reach`
  const { data, problem, reload } = useLoad(path, signal => call<{ reach: Chosen[]; reminders: Reminder[] }>('GET', path, { signal }))
  const settable = ['mail', 'sms', 'wechat'].filter(w => ways.includes(w))
  const [channel, choose] = useState(settable[0] ?? ''), [address, type] = useState(''), [fault, setFault] = useState<Problem>()
  const [whole, setWhole] = useState<Chosen[]>()
  const show = async () => {
    try { setWhole((await call<{ reach: Chosen[] }>('GET', path.replace(/reach$/, 'identity'))).reach); setFault(undefined) } catch (x) { if (x instanceof Problem) setFault(x); else throw x }
  }
  const set = async (e: Event) => {
    e.preventDefault()
    try { await call('PUT', path, { body: { channel, address, language: 'zh-CN', quiet: { from: '22:00', to: '07:00' } } }); type(''); setWhole(undefined); setFault(undefined); reload() } catch (x) { if (x instanceof Problem) setFault(x); else throw x }
  }
  return <Dialog title={t('epro.evidenceOf', { subject: row.subject })} close={close}><div class="body stack-1">
    {problem && <Trouble problem={problem} />}{!data && !problem && <Waiting />}
    {data && !data.reminders.length && <p class="sub">{t('epro.noReminders')}</p>}
    {data && data.reminders.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('epro.evidence')}><table class="tbl"><thead><tr><th scope="col">{t('epro.due')}</th><th scope="col" class="fill">{t('epro.form')}</th><th scope="col">{t('epro.channel')}</th><th scope="col">{t('epro.attempts')}</th></tr></thead>
      <tbody>{data.reminders.slice(0, 60).map((r, i) => <tr key={i}><th scope="row">{moment(r.due, zone.value)}</th><td class="fill">{r.form}<div class="sub sm">{r.window}</div></td><td>{word('epro.way', r.channel)}</td>
        <td><Tag tone={r.state === 'sent' ? 'ok' : r.state === 'dead' ? 'bad' : 'mute'} icon={r.state === 'sent' ? 'check' : r.state === 'dead' ? 'alert' : 'clock'}>{word('epro.message', r.state)}</Tag>
          {r.attempts.map((a, n) => <div class="sub sm" key={n}>{moment(a.at, zone.value)} {a.ok ? '✓' : '✗'} {a.answer.slice(0, 120)}</div>)}</td></tr>)}</tbody></table></div>}
    {mayWrite(row.site) && data && data.reach.length > 0 && (whole
      ? <dl class="facts">{whole.map((c, i) => <div key={i}><dt>{word('epro.way', c.channel)}</dt><dd>{c.address}</dd></div>)}</dl>
      : <p><button type="button" class="btn s" onClick={() => void show()}>{t('epro.showAddresses')}</button> <span class="sub sm">{t('epro.showIsWritten')}</span></p>)}
    {mayWrite(row.site) && settable.length > 0 && <form class="row wrap" onSubmit={set}>
      <label class="f"><span class="lab">{t('epro.channel')}</span><span class="in"><select value={channel} onChange={e => choose(e.currentTarget.value)}>{settable.map(w => <option value={w} key={w}>{word('epro.way', w)}</option>)}</select></span></label>
      <label class="f grow"><span class="lab">{t('epro.address')}</span><span class="in"><input value={address} onInput={e => type(e.currentTarget.value)} /></span></label>
      <button class="btn primary" disabled={!address.trim()}>{t('epro.setReach')}</button></form>}
    {fault && <p class="note bad" role="alert"><span>{faultText(fault)}</span></p>}
  </div></Dialog>
}
