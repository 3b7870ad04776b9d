// The patients' pages: enrolment, lock, today, one question after the other, what was sent.
import { render, type ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { entry } from '../wire/entry.ts'
import * as keep from './keep.ts'
import { Back, Badge, Page } from './page.tsx'
import * as p from './plan.ts'
import { Ask, shownAnswer } from './question.tsx'
import { inside, Reminders, renew, signedIn } from './reminders.tsx'
import { drawn, state } from './state.ts'
import { clock, lang, say, t, type Word } from './words.ts'

type Screen = 'wait' | 'nolink' | 'enrol' | 'pin' | 'lock' | 'today' | 'form' | 'sent' | 'history' | 'settings' | 'reminders' | 'consent' | 'correct'
const screen = state<Screen>('wait')
const large = state(localStorage.getItem('casebook.large') === '1')
const night = matchMedia('(prefers-color-scheme: dark)') // as the phone is set, until somebody chooses here
const dark = state((localStorage.getItem('casebook.theme') ?? (night.matches ? 'dark' : 'light')) === 'dark')
night.addEventListener('change', () => { if (!localStorage.getItem('casebook.theme')) dark.value = night.matches })
const last = state('') // the id of the record that was just submitted
let fresh: keep.Identity | undefined

/** Draws everything. The tab itself reminds while it is open. */
function draw() {
  const root = document.documentElement
  root.lang = lang.value
  root.dataset['large'] = large.value ? '1' : '0'
  root.dataset['theme'] = dark.value ? 'dark' : 'light'
  document.title = (p.due.value.length ? `(${p.due.value.length}) ` : '') + t('app')
  render(<App />, document.body)
}
const stored = localStorage.getItem('casebook.lang')
if (stored === 'en' || stored === 'zh-CN') lang.value = stored

function Digits({ label, value, put, name }: { label: string; value: string; put: (v: string) => void; name: string }) {
  const props = { name, inputMode: 'numeric', autocomplete: 'off', maxLength: 6, value, onInput: (e: Event) => put((e.currentTarget as HTMLInputElement).value.replace(/\D/g, '')) } as const
  return <label class="digits"><span>{label}</span>{name === 'code' ? <input type="text" {...props} /> : <input type="password" {...props} />}</label>
}

function Enrol() {
  const [pin, put] = useState(''), [wrong, say] = useState('')
  const [study = '', ...code] = location.hash.slice(1).split('.')
  const go = async (e: Event) => {
    e.preventDefault()
    try {
      const answer = await fetch('/api/v1/epro/enrol?study=' + study, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Accept-Language': lang.value }, body: JSON.stringify({ study: decodeURIComponent(study), code: code.join('.'), pin, name: navigator.userAgent.slice(0, 200), zone: Intl.DateTimeFormat().resolvedOptions().timeZone, phone: keep.phone() }) })
      const got = await answer.json() as keep.Identity & { detail: string }
      if (!answer.ok) { say(got.detail); return }
      fresh = { study: got.study, subject: got.subject, device: got.device, token: got.token }
      screen.value = 'pin'
    } catch { say(t('network')) }
  }
  return <Page title={t('enrolTitle')}><form onSubmit={go}><p>{t('enrolLead')}</p><Digits name="code" label={t('enrolPin')} value={pin} put={put} />
    <p class="wrong" role="alert">{wrong}</p><button class="main" disabled={pin.length < 6}>{t('enrolGo')}</button></form></Page>
}

type Checked = { keeps: boolean; off: number }
function Choose() {
  const [one, put] = useState(''), [two, again] = useState(''), [wrong, say] = useState(''), [device, checked] = useState<Checked>()
  useEffect(() => { void (async () => {
    const keeps = await navigator.storage?.persist?.().catch(() => false) ?? false
    const answer = await fetch('/api/v1/epro/plan', { headers: { Authorization: 'Bearer ' + fresh!.token } }).catch(() => undefined)
    const now = answer?.ok ? (await answer.json() as p.Plan).now : undefined
    checked({ keeps, off: now ? Math.round(Math.abs(Date.parse(now) - Date.now()) / 60_000) : 0 })
  })() }, [])
  const go = async (e: Event) => {
    e.preventDefault()
    if (one.length < 6) return say(t('pinShort'))
    if (one !== two) return say(t('pinDiffer'))
    await keep.enrol(fresh!, one)
    history.replaceState(null, '', '/p/')
    await enter(fresh!)
  }
  const line = (ok: boolean, text: string) => <li class={ok ? 'ok' : 'warn'}>{ok ? '✓ ' : '! '}{text}</li>
  if (!crypto.subtle || !('indexedDB' in window)) return <Page title={t('deviceTitle')}><p class="note bad" role="alert">{t('deviceBad')}</p></Page>
  return <Page title={t('pinTitle')}><p>{t('pinLead')}</p>
    <form onSubmit={go}><Digits name="pin" label={t('pin')} value={one} put={put} /><Digits name="again" label={t('pinAgain')} value={two} put={again} /><p class="wrong" role="alert">{wrong}</p><button class="main">{t('pinGo')}</button></form>
    <h2>{t('deviceTitle')}</h2><ul class="checks">{line(true, t('deviceCrypto'))}{line(true, t('deviceStore'))}{(inside || !('serviceWorker' in navigator)) && line(false, t('inApp'))}
      {device ? <>{line(device.keeps, device.keeps ? t('deviceKeep') : t('deviceKeepNo'))}{line(device.off < 5, device.off < 5 ? t('deviceClock') : t('deviceClockOff', { n: device.off }))}</> : <li>{t('wait')}</li>}</ul></Page>
}

function Lock() {
  const [pin, put] = useState(''), [wrong, say] = useState('')
  const go = async (e: Event) => {
    e.preventDefault()
    const identity = await keep.unlock(pin)
    if (!identity) { say(t('lockWrong')); put(''); return }
    await enter(identity)
  }
  return <Page title={t('lockTitle')}><form onSubmit={go}><Digits name="pin" label={t('pin')} value={pin} put={put} /><p class="wrong" role="alert">{wrong}</p><button class="main" disabled={pin.length < 6}>{t('lockGo')}</button></form></Page>
}

async function enter(identity: keep.Identity) {
  await p.begin(identity)
  await p.recall()
  void signedIn().then(renew)
  screen.value = p.draft.value ? 'form' : 'today'
}

const titleOf = (form: string) => { const f = entry(p.plan.value?.forms, form); return say(f?.title) || f?.name || form }

function Today() {
  const plan = p.plan.value, due = p.due.value, next = p.upcoming.value
  const [full, fill] = useState(false)
  const start = async (form: string, key: string) => { if (await p.openForm(form, key)) screen.value = 'form'; else fill(true) }
  const bar = <><button class="quiet" onClick={() => { screen.value = 'history' }}>{t('history')}</button><Badge /><button class="quiet" onClick={() => { screen.value = 'settings' }}>{t('settings')}</button></>
  if (p.ended.value) return <Page bar={bar} title={t('endedTitle')}><p>{t('endedLead')}</p></Page>
  return <Page bar={bar} title={t('today')}>
    {!p.reached.value && <p class="note warn" role="status">{t('offline')}</p>}
    {(inside || !('serviceWorker' in navigator)) && <p class="note warn">{t('inApp')}</p>}
    {plan?.consent && plan.consent !== 'signed' && <Offer title="consent" lead={plan.consent === 'withdrawn' ? 'consentGone' : 'consentLead'} go="consentGo" to="consent" />}
    {!!plan?.changes?.length && <Offer title="correct" lead="correctLead" go="correctGo" to="correct" />}
    {full && <p class="note bad" role="alert">{t('full')} {plan?.help.telephone}</p>}
    {p.draft.value && <section class="card"><h2>{titleOf(p.draft.value.form)}</h2><button class="main" onClick={() => { screen.value = 'form' }}>{t('resume')}</button></section>}
    {due.map(w => w.form === p.draft.value?.form && w.key === p.draft.value.window ? null : <section class="card" key={w.form + w.key}><h2>{titleOf(w.form)}</h2><p>{t('until', { at: clock(w.closes) })}</p>
      <button class="main" data-form={w.form} disabled={!!p.draft.value} onClick={() => void start(w.form, w.key)}>{t('start')}</button></section>)}
    {!due.length && !p.draft.value && plan?.consent !== 'needed' && plan?.consent !== 'withdrawn' && <section class="card calm"><h2>{t('nothing')}</h2><p>{next ? t('nextAt', { at: clock(next.opens) }) : t('noMore')}</p></section>}
    {!!plan?.unasked.length && <section><h2 class="sub">{t('anytime')}</h2>{plan.unasked.map(f => <button key={f} class="row" data-form={f} disabled={!!p.draft.value} onClick={() => void start(f, '')}>{titleOf(f)}</button>)}</section>}
    {!!plan?.missing.length && <p class="note warn">{t('missing', { n: plan.missing.length, list: plan.missing.slice(0, 10).join(', ') })}</p>}
    <Unwell />
  </Page>
}

/** Something that is asked beside the diaries. */
const Offer = ({ title, lead, go, to }: { title: Word; lead: Word; go: Word; to: Screen }) => <section class="card" data-offer={to}><h2>{t(title)}</h2><p>{t(lead)}</p><button class="main" onClick={() => { screen.value = to }}>{t(go)}</button></section>

const asked = state<typeof import('./asked.tsx') | undefined>(undefined)
/** A page of the file that is loaded when it is needed. */
function Asked({ name }: { name: 'Consent' | 'Correct' }) {
  const [lost, lose] = useState(false)
  useEffect(() => { import('./asked.tsx').then(m => { asked.value = m }, () => lose(true)) }, [])
  const It = asked.value?.[name], home = () => { screen.value = 'today' }
  return It ? <It home={home} /> : <Page bar={<Back go={home} label={t('home')} />} title={t('wait')}>{lost && <p class="note bad" role="alert">{t('network')}</p>}</Page>
}

function Unwell() {
  const help = p.plan.value?.help
  return <p class="note">{say(help?.text) || t('unwell')} {help?.telephone && <a href={'tel:' + help.telephone.replace(/\s/g, '')}>{t('call', { n: help.telephone })}</a>}</p>
}

function Form() {
  const o = p.draft.value!
  const [rules] = useState(() => p.rulesOf(o))
  const answers = p.answersOf(o), judged = rules.judge(answers)
  const at = Math.min(o.at, judged.shown.length), q = judged.shown[at]
  const [seen, ready] = useState<ReadonlySet<string>>(new Set())
  const [crisis, alarm] = useState(''), [read, began] = useState(o.log.length > 0)
  useEffect(() => { if (q && (read || !o.definition.copyright && !o.definition.licence)) void p.shown(q.item, say(q.text)) }, [q?.item, read])
  const bar = <><button class="quiet" aria-label={at ? t('back') : t('close')} onClick={() => { if (at) p.go(at - 1); else screen.value = 'today' }}>{at ? '‹' : '✕'}</button>
    <span>{titleOf(o.form)} · {t('of', { n: Math.min(at + 1, judged.shown.length), all: judged.shown.length })}</span><Badge /></>
  const meter = <progress max={judged.shown.length || 1} value={at} aria-label={t('of', { n: at, all: judged.shown.length })} />
  if (!q) return <Confirm bar={bar} judged={judged} />
  const { copyright, licence, drafts, title } = o.definition
  if (!read && (copyright || licence)) return <Page bar={bar} title={say(title)} foot={<button class="main" onClick={() => began(true)}>{t('next')}</button>}>
    {drafts?.includes(lang.value) && <p class="note warn">{t('draft')}</p>}<p class="help">{say(copyright)}</p><p class="hint">{licence}</p></Page>
  const put = (value: string, drawn?: { width: number; ratio: number }) => {
    p.answer(q.item, value, drawn)
    const now = rules.judge(new Map(answers).set(q.item, value)).values
    for (const c of p.plan.value?.crisis ?? []) if (c.form === o.form && rules.holds(c.when, now)) alarm(say(c.text))
  }
  const value = answers.get(q.item) ?? '', doubt = rules.doubt(q, judged.values)
  const whole = seen.has(q.item)
  const forward = async () => { await p.saved(); p.go(at + 1) }
  return <>{crisis && <Crisis text={crisis} close={() => alarm('')} />}
    <Page bar={bar} title={say(q.text)} foot={<>{!whole && <p class="hint">{t('seeAll')}</p>}{q.needed && !q.note && !value && whole && <p class="hint">{t('required')}</p>}
      <button class="main" disabled={!whole || q.needed && !value && !q.note || doubt?.hard} onClick={() => void forward()}>{value || q.needed || q.note ? t('next') : t('skip')}</button></>}>
      {meter}{q.help && say(q.help) !== say(q.text) && <p class="help">{say(q.help)}</p>}{q.hint && <p class="hint">{say(q.hint)}</p>}
      <Ask key={q.item} q={q} value={value} put={put} ready={ok => ready(s => !ok || s.has(q.item) ? s : new Set(s).add(q.item))} />
      {doubt && <p class="note warn" role="alert">{say(doubt.text) || t('bad')}</p>}
    </Page></>
}

function Crisis({ text, close }: { text: string; close: () => void }) {
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => { box.current?.showModal() }, [])
  const phone = p.plan.value?.help.telephone
  return <dialog ref={box} class="crisis" aria-labelledby="crisis" onClose={close}><h2 id="crisis">{t('crisis')}</h2><p>{text}</p>
    {phone && <p><a class="main" href={'tel:' + phone.replace(/\s/g, '')}>{t('call', { n: phone })}</a></p>}<button class="row" onClick={() => box.current?.close()}>{t('close')}</button></dialog>
}

function Confirm({ bar, judged }: { bar: ComponentChildren; judged: ReturnType<ReturnType<typeof p.rulesOf>['judge']> }) {
  const o = p.draft.value!
  const [busy, work] = useState(false)
  const submit = async () => {
    if (busy) return
    work(true)
    last.value = o.id
    p.remember(o)
    await p.submit()
    screen.value = 'sent'
    void p.flush()
  }
  return <Page bar={bar} title={t('confirmTitle')} foot={<button class="main" disabled={busy} onClick={() => void submit()}>{t('submit')}</button>}>
    <p>{t('confirmLead')}</p><ul class="answers">{judged.shown.map((q, i) => !q.note && <li key={q.item}><button onClick={() => p.go(i)}><span>{say(q.text)}</span><b>{judged.values.get(q.item) ? shownAnswer(q, judged.values.get(q.item)!, false) : t('none')}</b></button></li>)}</ul></Page>
}

function Sent() {
  const got = p.receipts.value.find(r => r.id === last.value), next = p.upcoming.value
  return <Page bar={<><span /><Badge /></>} title={got ? t('sentTitle') : t('savedTitle')} foot={<button class="main" onClick={() => { screen.value = 'today' }}>{t('home')}</button>}>
    <p class={'done ' + (got ? 'ok' : 'warn')} aria-hidden="true">{got ? '✓' : '↑'}</p><p>{got ? t('sentLead', { at: clock(got.at) }) : t('savedLead')}</p>{got && <p class="hint receipt">{t('receipt', { r: got.receipt.slice(-22) })}</p>}
    {next && <p>{t('nextAt', { at: clock(next.opens) })}</p>}<Unwell /></Page>
}

function History() {
  const here = p.receipts.value, past = p.plan.value?.history ?? []
  const known = new Set(past.map(x => x.record))
  const bar = <Back go={() => { screen.value = 'today' }} label={t('home')} />
  return <Page bar={bar} title={t('history')}>{!here.length && !past.length && !p.unsent.value && <p>{t('historyNone')}</p>}
    <ul class="answers">
      {p.sealed.value.map(r => <li key={r.id}><span>№ {r.seq}</span><b>{r.refused ? r.refused.code === 'epro.too_large' ? t('tooLarge', { n: (r.refused.limit ?? 0) >> 10 }) : t('ended') : t('waiting')}</b></li>)}
      {here.filter(r => !known.has(r.id)).map(r => <li key={r.id}><span>{t('sentAt', { at: clock(r.at) })}</span><b>{r.code ? t('aside') : r.late ? t('late') : t('receipt', { r: r.receipt.slice(-22) })}</b></li>)}
      {past.map(x => <li key={x.record}><span>{titleOf(x.form)} · {clock(x.finished)}</span><b>{x.late ? t('late') + ' · ' : ''}{t('receipt', { r: x.receipt.slice(-22) })}</b></li>)}
    </ul></Page>
}

function Settings() {
  const plan = p.plan.value
  const choose = (l: typeof lang.value) => { lang.value = l; localStorage.setItem('casebook.lang', l) }
  const bar = <Back go={() => { screen.value = 'today' }} label={t('home')} />
  return <Page bar={bar} title={t('settings')}>
    <div class="pair" role="group" aria-label={t('language')}><button lang="zh-CN" aria-pressed={lang.value === 'zh-CN'} onClick={() => choose('zh-CN')}>中文</button><button lang="en" aria-pressed={lang.value === 'en'} onClick={() => choose('en')}>English</button></div>
    <button class="row" aria-pressed={large.value} onClick={() => { large.value = !large.value; localStorage.setItem('casebook.large', large.value ? '1' : '0') }}>{t('large')}</button>
    <button class="row" aria-pressed={dark.value} onClick={() => { dark.value = !dark.value; localStorage.setItem('casebook.theme', dark.value ? 'dark' : 'light') }}>{t('theme')}</button>
    <button class="row" onClick={() => { screen.value = 'reminders' }}>{t('reminders')}</button>
    {plan?.consent && <button class="row" onClick={() => { screen.value = 'consent' }}>{t('consent')}</button>}
    <button class="row" onClick={() => { keep.forget(); p.draft.value = undefined; screen.value = 'lock' }}>{t('lock')}</button>
    {plan && <p class="hint">{t('me', { id: plan.subject, study: plan.name })}{plan.reporter !== 'self' && <><br />{t('proxy', { who: plan.reporter })}</>}</p>}<p class="hint">{t('install')}</p></Page>
}

function App() {
  switch (screen.value) {
    case 'enrol': return <Enrol />
    case 'pin': return <Choose />
    case 'lock': return <Lock />
    case 'today': return <Today />
    case 'form': return p.draft.value ? <Form key={p.draft.value.id} /> : <Today />
    case 'sent': return <Sent />
    case 'history': return <History />
    case 'settings': return <Settings />
    case 'reminders': return <Page bar={<Back go={() => { screen.value = 'settings' }} label={t('back')} />} title={t('reminders')}><Reminders /></Page>
    case 'consent': return <Asked name="Consent" />
    case 'correct': return <Asked name="Correct" />
    case 'nolink': return <Page title={t('app')}><p>{t('noLink')}</p></Page>
    default: return <Page title={t('wait')} />
  }
}

drawn(draw)
void (async () => {
  screen.value = location.hash.length > 1 ? 'enrol' : await keep.enrolled() ? 'lock' : 'nolink'
})()
addEventListener('online', () => void p.flush())
document.addEventListener('visibilitychange', () => { if (!document.hidden) void p.flush() })
setInterval(() => { p.tick.value = Date.now() }, 15_000)
setInterval(() => { if (p.unsent.value) void p.flush() }, 20_000)
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/p/sw.js', { scope: '/p/', updateViaCache: 'none' })
