// What the pages of serious adverse events are made of: clocks as bars, the dialogs that write, sign, judge, pass on and nullify.
import { useState } from 'preact/hooks'
import { Tag } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { figure, moment, t, word } from '../words/words.ts'
import { instant, local } from './past.tsx'
import { Ask, at, Choose, Field, seg } from './officeparts.tsx'
import { zone } from './study.ts'

export type Report = { aware: string; term: string; onset: string; ended?: string; serious: string[]; outcome?: string; causality?: string; action?: string; narrative: string; news?: string }
export type Clock = { name: string; from: string; due: string; done?: string; state: 'running' | 'met' | 'late'; presumed?: boolean }
export type Told = { to: string; name: string; version: number; on: string; by: string }
export type Assessment = { version: number; causality: string; expected: boolean; comment?: string; by: string; at: string }
export type Case = { id: string; site: string; version: number; subject: string; form?: string; row?: string; aware: string; draft?: Report; versions: number; last?: Report; assessed?: Assessment; told?: Told[]; nullified?: { by: string; at: string; reason: string }
  susar: boolean; judged: boolean; clocks: Clock[]; may: { write: boolean; sign: boolean; assess: boolean; tell: boolean } }
export type Version = { number: number; report: Report; submitted: string; signed: { name: string; at: string; content: string }; clock: Clock }
export type One = Case & { asOf: string; reports: Version[]; blind: { broken: boolean; treatment?: string }; message: boolean }

export const criteria = ['death', 'lifethreatening', 'hospitalisation', 'disability', 'congenital', 'other']
export const outcomes = ['unknown', 'recovered', 'recovering', 'notrecovered', 'sequelae', 'fatal']
export const causalities = ['related', 'possible', 'unlikely', 'unrelated', 'unassessable']
const actions = ['unchanged', 'reduced', 'increased', 'withdrawn', 'notapplicable', 'unknown']

const hour = 3600_000
/** How long, in hours below three days and in days from there. */
const long = (ms: number) => ms < 72 * hour ? t('safety.hours', { n: figure(ms / hour, ms < 10 * hour ? 1 : 0) }) : t('safety.days', { n: figure(ms / hour / 24, 0) })

/** A clock as a bar that fills towards its time, and what it means in words. */
export function ClockBar({ k, now }: { k: Clock; now: string }) {
  const from = Date.parse(k.from), due = Date.parse(k.due), until = k.done ? Date.parse(k.done) : Date.parse(now), part = Math.min(1, Math.max(0, (until - from) / (due - from)))
  const tone = k.state === 'late' ? 'a3' : k.state === 'met' ? 'a0' : part > 0.75 ? 'a2' : 'a1'
  const says = k.done ? t(k.state === 'late' ? 'safety.doneLate' : 'safety.doneIn', { time: long(Math.max(0, k.state === 'late' ? until - due : until - from)) }) : t(k.state === 'late' ? 'safety.overdue' : 'safety.left', { time: long(Math.abs(due - until)) })
  return <span class="clockbar" title={`${t('safety.due')} ${moment(k.due, zone.value)}`}><span class="sm">{word('safety.clock', k.name)}</span>
    <svg class="shares" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="100" height="8" /><rect class={tone} width={Math.max(2, part * 100)} height="8" /></svg>
    <Tag tone={k.state === 'late' ? 'bad' : k.state === 'met' ? 'ok' : part > 0.75 ? 'warn' : 'inf'} icon={k.state === 'late' ? 'alert' : k.state === 'met' ? 'check' : 'clock'}>{says}</Tag>{k.presumed && <span class="xs dim">{t('safety.presumed')}</span>}</span>
}

const choices = (prefix: string, codes: string[]) => [{ value: '', text: '–' }, ...codes.map(c => ({ value: c, text: word(prefix, c) }))]
const Moment = ({ label, value, set }: { label: string; value: string; set: (v: string) => void }) => <label class="f"><span class="lab">{label}</span><span class="in"><input type="datetime-local" value={value ? local(value).slice(0, 16) : ''} onInput={e => e.currentTarget.value && set(instant(e.currentTarget.value))} /></span></label>

export const blank = (): Report => ({ aware: new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString(), term: '', onset: '', serious: [], narrative: '' })

/** What was said, without what was not. */
const said = (r: Report) => Object.fromEntries(Object.entries(r).filter(([k, v]) => v !== '' || ['term', 'onset', 'narrative'].includes(k))) as Report

/** Writes a report: a new case, or the draft of the next version of one. */
export function ReportDialog({ title, first, followUp, subject, send, close, done }: { title: string; first: Report; followUp?: boolean; subject?: string; send: (report: Report, subject: string) => Promise<unknown>; close: () => void; done: () => void }) {
  const [r, setR] = useState(first), [who, setWho] = useState(subject ?? '')
  const set = (change: Partial<Report>) => setR({ ...r, ...change })
  const tick = (c: string) => set({ serious: criteria.filter(x => x === c ? !r.serious.includes(c) : r.serious.includes(x)) })
  return <Ask title={title} close={close} ready={!!who.trim() && !!r.aware} go={async () => { await send(said(r), who.trim()); done() }}>
    {subject === undefined && <Field label={t('alloc.subject')} value={who} set={setWho} />}
    <Moment label={t(followUp ? 'safety.awareNews' : 'safety.aware')} value={r.aware} set={aware => set({ aware })} />
    {followUp && <Field label={t('safety.news')} value={r.news ?? ''} set={news => set({ news })} lines />}
    <Field label={t('safety.term')} value={r.term} set={term => set({ term })} hint={t('safety.termHint')} />
    <Field label={t('safety.onset')} value={r.onset} set={onset => set({ onset })} hint={t('safety.dayHint')} /><Field label={t('safety.ended')} value={r.ended ?? ''} set={ended => set({ ended })} />
    <fieldset class="f"><legend class="lab">{t('safety.serious')}</legend>{criteria.map(c => <label class="row" key={c}><input type="checkbox" checked={r.serious.includes(c)} onChange={() => tick(c)} />{word('safety.criterion', c)}</label>)}</fieldset>
    <Choose label={t('safety.outcomeIs')} value={r.outcome ?? ''} set={outcome => set({ outcome })} choices={choices('safety.outcome', outcomes)} />
    <Choose label={t('safety.causalitySite')} value={r.causality ?? ''} set={causality => set({ causality })} choices={choices('safety.causality', causalities)} />
    <Choose label={t('safety.actionTaken')} value={r.action ?? ''} set={action => set({ action })} choices={choices('safety.action', actions)} />
    <Field label={t('safety.narrative')} value={r.narrative} set={narrative => set({ narrative })} lines hint={t('safety.narrativeHint')} /></Ask>
}

type Step = { study: string; c: Case; close: () => void; done: () => void }
const path = (study: string, c: Case, step: string) => at(study, `/safety/cases/${seg(c.id)}/${step}`)

/** Submits the draft, or says that there was no case: both with a signature. */
export function SignDialog({ study, c, close, done, nullify }: Step & { nullify: boolean }) {
  const [user, setUser] = useState(''), [password, setPassword] = useState(''), [reason, setReason] = useState('')
  return <Ask title={`${t(nullify ? 'safety.nullify' : 'safety.submit')} · ${c.id}`} close={close} ready={!!user && !!password && (!nullify || !!reason.trim())} done={t(nullify ? 'safety.nullify' : 'safety.submit')}
    go={async () => { await call('POST', path(study, c, nullify ? 'nullification' : 'versions'), { body: { version: c.version, user, password, ...(nullify ? { reason } : {}) } }); done() }}>
    <p class="sub">{t(nullify ? 'safety.nullifyMeans' : 'safety.submitMeans')}</p>{nullify && <Field label={t('locks.reason')} value={reason} set={setReason} lines />}
    <Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></Ask>
}

export function AssessDialog({ study, c, close, done }: Step) {
  const [causality, setCausality] = useState(c.assessed?.causality ?? ''), [expected, setExpected] = useState(c.assessed ? String(c.assessed.expected) : ''), [comment, setComment] = useState(c.assessed?.comment ?? ''), [reason, setReason] = useState('')
  return <Ask title={`${t('safety.assess')} · ${c.id}`} close={close} ready={!!causality && !!expected && (!c.assessed || !!reason.trim())} go={async () => { await call('POST', path(study, c, 'assessments'), { body: { version: c.version, causality, expected: expected === 'true', ...(comment ? { comment } : {}), ...(reason ? { reason } : {}) } }); done() }}>
    <Choose label={t('safety.causalitySponsor')} value={causality} set={setCausality} choices={choices('safety.causality', causalities)} />
    <Choose label={t('safety.expectedness')} value={expected} set={setExpected} choices={[{ value: '', text: '–' }, { value: 'true', text: t('safety.expected') }, { value: 'false', text: t('safety.unexpected') }]} />
    <Field label={t('safety.comment')} value={comment} set={setComment} lines />{c.assessed && <Field label={t('locks.reason')} value={reason} set={setReason} />}</Ask>
}

export function TellDialog({ study, c, close, done }: Step) {
  const [to, setTo] = useState('ethics'), [name, setName] = useState(''), [report, setReport] = useState(String(c.versions - 1)), [on, setOn] = useState(blank().aware)
  return <Ask title={`${t('safety.tell')} · ${c.id}`} close={close} ready={!!name.trim()} go={async () => { await call('POST', path(study, c, 'told'), { body: { version: c.version, to, name, report: Number(report), on } }); done() }}>
    <Choose label={t('safety.to')} value={to} set={setTo} choices={['ethics', 'office', 'authority', 'sponsor'].map(x => ({ value: x, text: word('safety.to', x) }))} /><Field label={t('safety.who')} value={name} set={setName} />
    <Choose label={t('safety.versionIs')} value={report} set={setReport} choices={[...Array(c.versions).keys()].map(n => ({ value: String(n), text: versionName(n) }))} /><Moment label={t('safety.on')} value={on} set={setOn} /></Ask>
}

export const versionName = (n: number) => n ? t('safety.followUp', { n }) : t('safety.initial')
