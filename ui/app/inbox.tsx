// The reader's own notices: what there is, one of them, and what is given back: a confirmation, a signature, a reply.
import { useEffect, useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text, Value } from '../wire/types.ts'
import { lang, moment, say, t, when, word } from '../words/words.ts'
import { about, given, SheetView, useSheet, type Alone } from './alone.tsx'
import { useLoad } from './load.ts'
import { Proof, proofLabel } from './proof.tsx'
import { Enclosed, Kind, type Enclosure } from './notices.tsx'
import { to } from './route.ts'
import { announced, session } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { zone } from './study.ts'
import { countWaiting } from './waiting.ts'

type Mine = { receivedAt?: string; readAt?: string; acknowledgedAt?: string; answeredAt?: string; signed: boolean; reminded: number; revision: number; values: Value[] }
type Letter = {
  id: string; site: string; siteName: Text; kind: string; state: string; language: string; title: string; body?: string; ack: string; asks: boolean; sender: string
  created: string; deadline?: string; closes?: string; reason?: string; mine: Mine; signature?: string; form?: Alone; attachments?: Enclosure[]
}

const at = (study: string, ...path: string[]) => ['/studies', study, 'inbox', ...path].map((p, i) => i ? encodeURIComponent(p) : p).join('/')

const looks: Record<string, [string, IconName]> = { open: ['inf', 'ring'], late: ['warn', 'clock'], done: ['ok', 'check'], closed: ['', 'key'], cancelled: ['', 'x'] }
function LetterState({ state }: { state: string }) {
  const [tone, icon] = looks[state] ?? ['', 'ring']
  return <Tag tone={tone} icon={icon}>{word('letter', state)}</Tag>
}

export function Inbox({ id, notice, site }: { id: string; notice: string | undefined; site: string | undefined }) {
  const { data, problem, reload } = useLoad(`${id} inbox ${lang.value}`, signal => call<{ letters: Letter[] }>('POST', at(id), { body: {}, signal }))
  const list = data?.letters ?? []
  const chosen = notice ? list.find(l => l.id === notice && (site === undefined || l.site === site)) : undefined
  useEffect(() => { void countWaiting(id) }, [data])
  return <Shell title={chosen?.title ?? t('inbox.title')} crumbs={[{ text: t('inbox.title'), href: to.inbox(id) }, ...(chosen ? [{ text: chosen.title }] : [])]}>
    {!chosen && <Head title={t('inbox.title')} lead={t('inbox.lead', { n: list.filter(l => l.state === 'open' || l.state === 'late').length })} />}
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && notice && !chosen && <Empty icon="search" title={t('inbox.gone')}><a class="btn" href={to.inbox(id)}>{t('inbox.title')}</a></Empty>}
    {data && !notice && !list.length && <Empty icon="flag" title={t('inbox.none')}>{t('inbox.noneDo')}</Empty>}
    {!notice && list.length > 0 && <section class="card"><h2 class="sr">{t('inbox.title')}</h2><ul class="list">{list.map(l => <li key={l.id + l.site}>
      <span class="grow"><a href={to.letter(id, l.id, l.site)}>{l.mine.readAt ? l.title : <b>{l.title}</b>}</a> <Kind kind={l.kind} /> <span class="sub sm">{l.sender} · {say(l.siteName)}</span></span>
      {l.mine.reminded > 0 && l.state !== 'done' && <span class="xs t-warn">{t('inbox.reminded', { n: l.mine.reminded })}</span>}
      {l.deadline && <span class="xs dim">{t('notices.until', { at: moment(l.deadline, zone.value) })}</span>}<LetterState state={l.state} /><span class="xs dim">{when(l.created, zone.value)}</span></li>)}</ul></section>}
    {chosen && <Reading key={chosen.id + chosen.site} study={id} letter={chosen} changed={reload} />}
  </Shell>
}

function Reading({ study, letter, changed }: { study: string; letter: Letter; changed: () => void }) {
  const [now, setNow] = useState<Letter>()
  const { data, problem, reload } = useLoad(`${study} ${letter.id} ${letter.site}`, signal => call<Letter>('POST', at(study, letter.id), { body: { site: letter.site }, signal }))
  const l = now ?? data
  const took = (next: Letter) => { setNow(next); void countWaiting(study); changed() }
  return <>
    <Head title={letter.title} lead={`${letter.sender} · ${moment(letter.created, zone.value)} · ${say(letter.siteName)}`}><div class="row wrap"><Kind kind={letter.kind} /><LetterState state={l?.state ?? letter.state} /></div></Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!l && !problem && <Waiting />}
    {l && <div class="two-col">
      <div class="stack">
        {l.state === 'cancelled' && <p class="note warn"><Icon name="alert" /><span>{t('notices.withdrawn', { reason: l.reason ?? '' })}</span></p>}
        <section class="card"><h2 class="sr">{t('notices.text')}</h2><div class="body"><p class="prewrap" lang={l.language}>{l.body}</p></div></section>
        {!!l.attachments?.length && <section class="card"><header><h2 class="grow">{t('notices.attachments')}</h2></header>
          <Enclosed all={l.attachments} href={k => `/api/v1${at(study, l.id, 'attachments', String(k))}?site=${encodeURIComponent(l.site)}`} /></section>}
        {l.form && <Reply study={study} letter={l} took={took} />}
      </div>
      <div class="stack">
        {l.ack !== 'none' && <Confirm study={study} letter={l} took={took} />}
        <section class="card"><header><h2 class="grow">{t('inbox.receipt')}</h2></header><div class="body"><dl class="kv">
          <dt>{t('notices.received')}</dt><dd>{moment(l.mine.receivedAt ?? '', zone.value) || '–'}</dd><dt>{t('notices.read')}</dt><dd>{moment(l.mine.readAt ?? '', zone.value) || '–'}</dd>
          {l.ack !== 'none' && <><dt>{t('notices.acknowledged')}</dt><dd>{moment(l.mine.acknowledgedAt ?? '', zone.value) || '–'}</dd></>}
          {l.form && <><dt>{t('notices.answered')}</dt><dd>{moment(l.mine.answeredAt ?? '', zone.value) || '–'}</dd></>}
          {l.deadline && <><dt>{t('compose.deadline')}</dt><dd>{moment(l.deadline, zone.value)}</dd></>}</dl></div></section>
      </div>
    </div>}
  </>
}

const over = (l: Letter) => l.state === 'cancelled' || l.state === 'closed'

function Confirm({ study, letter: l, took }: { study: string; letter: Letter; took: (l: Letter) => void }) {
  const [password, setPassword] = useState(''), [user, setUser] = useState<string>()
  const [problem, setProblem] = useState<Problem>()
  const signs = l.ack === 'signed', me = session.value!.user
  const submit = async (e: Event) => {
    e.preventDefault()
    try {
      took(await call<Letter>('POST', at(study, l.id, 'acknowledgement'), { body: { site: l.site, ...(signs ? { user: user ?? '', password, zone: zone.value ?? 'UTC' } : {}) } }))
      announced.value = t('inbox.confirmed'); setProblem(undefined)
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      if (e.code === 'auth.sign.both') setUser(u => u ?? '')
      setProblem(e); setPassword('')
    }
  }
  if (l.mine.acknowledgedAt) {
    return <section class="card"><header><h2 class="grow">{t('inbox.confirm')}</h2></header><div class="body"><Tag tone={l.mine.signed ? 'sign' : 'ok'} icon={l.mine.signed ? 'pen' : 'check'}>{t(l.mine.signed ? 'notices.signed' : 'inbox.confirmed')}</Tag>
      <p class="xs dim">{moment(l.mine.acknowledgedAt, zone.value)}</p></div></section>
  }
  if (over(l)) return null
  return <section class="card"><header><h2 class="grow">{t('inbox.confirm')}</h2></header><form class="body stack-1" onSubmit={submit}>
    <p class="sm">{t('inbox.meaning')}</p>
    {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
    {signs && user !== undefined && <div class="f"><div class="lab"><label for="ack-user">{t('signin.user')}</label></div><div class="in"><input id="ack-user" value={user} autocomplete="off" onInput={e => setUser(e.currentTarget.value)} /></div></div>}
    {signs && <div class="f"><div class="lab"><label for="ack-password">{proofLabel()}</label></div><Proof id="ack-password" value={password} set={setPassword} /></div>}
    {signs && <p class="xs dim">{me.name} · {zone.value ?? 'UTC'} · {t('inbox.binding')}</p>}
    <div><button type="submit" class="btn primary" disabled={signs && !password || user === ''}><Icon name={signs ? 'pen' : 'check'} />{t(signs ? 'inbox.sign' : 'inbox.acknowledge')}</button></div></form></section>
}

function Reply({ study, letter: l, took }: { study: string; letter: Letter; took: (l: Letter) => void }) {
  const sheet = useSheet(l.form!, l.mine.values, l.mine.revision)
  const [reason, setReason] = useState(''), [fault, setFault] = useState<string>()
  const again = !!l.mine.answeredAt
  const submit = async (e: Event) => {
    e.preventDefault()
    const items = await given(sheet)
    if (!items) { setFault(t('double.unfinished')); return }
    try { took(await call<Letter>('POST', at(study, l.id, 'answer'), { body: { site: l.site, items, reason: reason.trim() } })); announced.value = t('inbox.answered'); setFault(undefined); setReason('') }
    catch (e) { if (!(e instanceof Problem)) throw e; setFault(about(e, sheet.model)) }
  }
  return <form class="stack" onSubmit={submit}>
    <SheetView sheet={sheet} closed={over(l)} />
    <section class="card"><h2 class="sr">{t('inbox.answer')}</h2><div class="body stack-1">
      {again && <p><Tag tone="ok" icon="check">{t('notices.answered')}</Tag></p>}{fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{fault}</span></p>}
      {again && !over(l) && <div class="f"><div class="lab"><label for="reply-reason">{t('inbox.why')}</label></div><div class="in"><input id="reply-reason" value={reason} onInput={e => setReason(e.currentTarget.value)} /></div></div>}
      {!over(l) && <div><button type="submit" class="btn primary" disabled={again && !reason.trim()}><Icon name="up" />{t(again ? 'inbox.correct' : 'inbox.answer')}</button></div>}</div></section>
  </form>
}
