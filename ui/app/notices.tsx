// Notices to sites: all of them, one of them with its receipts as they come in, and composing one.
import { useEffect, useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Dialog, Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text, Value } from '../wire/types.ts'
import { figure, lang, moment, say, t, when, word, type Key } from '../words/words.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { zone } from './study.ts'

export type Row = { site: string; name: Text; recipients: number; received: number; read: number; acknowledged: number; answered: number; missing: number }
type Matrix = { state: string; targets: number; addressed: number; reminders: number; total: Row; sites: Row[] }
type Listed = { id: string; kind: string; state: string; title: Text; ack: string; asks: boolean; senderName: string; created: string; deadline?: string; targets: number; total: Row }
type Sent = { id: string; kind: string; state: string; title: Text; ack: string; form?: { items: { oid: string; question: Text }[] }; created: string; deadline?: string; closes?: string; escalate?: string; then?: string[]; targets: number; reason?: string; channels?: string[]; attachments?: Enclosure[] }
type Filing = { able: boolean; next?: string; last?: string; times: number; sites: number }
/** A file that a notice carries. */
export type Enclosure = { name: string; hash: string; media: string; size: number }
type Count = { value: string; label: Text; n: number }
type Question = { item: string; question: Text; type: string; answered: number; counts: Count[]; least?: string; most?: string; mean?: number }
type Recipient = { user: string; name: string; role: string; receivedAt?: string; readAt?: string; acknowledgedAt?: string; answeredAt?: string; signed: boolean; reminded: number; values: Value[]; missing: boolean }

export const at = (study: string, ...path: string[]) => ['/studies', study, 'notices', ...path].map((p, i) => i ? encodeURIComponent(p) : p).join('/')

const looks: Record<string, [string, IconName]> = { sending: ['inf', 'half'], sent: ['ok', 'check'], cancelled: ['', 'x'] }

export function NoticeState({ state }: { state: string }) {
  const [tone, icon] = looks[state] ?? ['', 'ring']
  return <Tag tone={tone} icon={icon}>{word('sending', state)}</Tag>
}

export function Kind({ kind }: { kind: string }) {
  return kind === 'safety' ? <Tag tone="bad" icon="warn">{word('kinds', kind)}</Tag> : null
}

/** The files that a notice carries; href gives the address of one where they can be fetched. */
export function Enclosed({ all, href, remove }: { all: Enclosure[]; href?: (n: number) => string; remove?: (i: number) => void }) {
  if (!all.length) return null
  return <ul class="list">{all.map((f, i) => <li key={f.hash + f.name}>
    {href ? <a href={href(i + 1)} download>{f.name}</a> : <b>{f.name}</b>}<span class="grow xs sub">{t('scan.size', { kb: Math.max(1, Math.round(f.size / 1024)) })} · SHA-256 <span class="mono">{f.hash.slice(0, 12)}</span></span>
    {remove && <button type="button" class="ico" aria-label={`${t('compose.remove')} ${f.name}`} onClick={() => remove(i)}><Icon name="x" /></button>}</li>)}</ul>
}

export function Notices({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} notices ${lang.value}`, signal => call<{ notices: Listed[] }>('GET', at(id), { signal }))
  const list = data?.notices ?? []
  return <Shell title={t('notices.title')} crumbs={[{ text: t('nav.notices') }]}>
    <Head title={t('notices.title')} lead={t('notices.lead')}><a class="btn primary" href={to.compose(id)}><Icon name="plus" />{t('notices.new')}</a></Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !list.length && <Empty icon="flag" title={t('notices.none')}>{t('notices.noneDo')}<a class="btn" href={to.compose(id)}>{t('notices.new')}</a></Empty>}
    {list.length > 0 && <section class="card"><h2 class="sr">{t('notices.title')}</h2><div class="scroll" tabIndex={0} role="region" aria-label={t('notices.title')}><table class="tbl">
      <thead><tr><th scope="col" class="fill">{t('notices.what')}</th><th scope="col">{t('matrix.status')}</th><th scope="col" class="num">{t('notices.recipients')}</th><th scope="col" class="num">{t('notices.received')}</th>
        <th scope="col" class="num">{t('notices.acknowledged')}</th><th scope="col" class="num">{t('notices.answered')}</th><th scope="col" class="num">{t('notices.missing')}</th><th scope="col">{t('notices.sentAt')}</th></tr></thead>
      <tbody>{list.map(n => <tr key={n.id}><th scope="row" class="fill"><a href={to.notice(id, n.id)}><b>{say(n.title)}</b></a> <Kind kind={n.kind} /> <span class="xs dim">{n.senderName}</span></th>
        <td><NoticeState state={n.state} /></td><td class="num">{n.targets}</td><td class="num">{n.total.received}</td><td class="num">{n.ack === 'none' ? '–' : n.total.acknowledged}</td>
        <td class="num">{n.asks ? n.total.answered : '–'}</td><td class="num">{n.total.missing}</td><td class="dim">{when(n.created, zone.value)}</td></tr>)}</tbody></table></div></section>}
  </Shell>
}

/** Keeps a matrix up to date while somebody looks. */
function useMatrix(study: string, notice: string, first: Matrix | undefined): [Matrix | undefined, boolean] {
  const [matrix, setMatrix] = useState<Matrix>()
  const [live, setLive] = useState(false)
  useEffect(() => {
    const source = new EventSource('/api/v1' + at(study, notice, 'live'))
    source.onopen = () => setLive(true)
    source.onerror = () => setLive(false)
    source.addEventListener('matrix', e => {
      const moved = JSON.parse(e.data) as Matrix
      setMatrix(before => {
        const rows = new Map((before?.sites ?? []).map(r => [r.site, r]))
        for (const r of moved.sites) rows.set(r.site, r)
        return { ...moved, sites: [...rows.values()].sort((a, b) => a.site.localeCompare(b.site)) }
      })
    })
    return () => source.close()
  }, [study, notice])
  return [matrix ?? first, live]
}

export function NoticePage({ id, notice }: { id: string; notice: string }) {
  const { data, problem, reload } = useLoad(`${id} ${notice} ${lang.value}`, signal => call<{ notice: Sent; title: Text; senderName: string; matrix: Matrix; texts: Record<string, { title: string; body: string }>; left: Record<string, number>; filing: Filing }>('GET', at(id, notice), { signal }))
  const [matrix, live] = useMatrix(id, notice, data?.matrix)
  const [cancelling, setCancelling] = useState(false)
  const [said, setSaid] = useState<Problem>()
  const n = data?.notice
  const remind = async () => {
    try {
      const { reminded } = await call<{ reminded: number }>('POST', at(id, notice, 'remind'), { body: {} })
      announced.value = t('notices.reminded', { n: reminded })
      setSaid(undefined); reload()
    } catch (e) { if (!(e instanceof Problem)) throw e; setSaid(e) }
  }
  const file = async () => {
    try { await call('POST', at(id, notice, 'filing'), { body: {} }); announced.value = t('notices.fileAsked'); setSaid(undefined); reload() }
    catch (e) { if (!(e instanceof Problem)) throw e; setSaid(e) }
  }
  const title = data ? say(data.title) : notice
  return <Shell title={title} crumbs={[{ text: t('nav.notices'), href: to.notices(id) }, { text: title }]}>
    <Head title={title} lead={n && data ? `${data.senderName} · ${moment(n.created, zone.value)}${n.deadline ? ` · ${t('notices.until', { at: moment(n.deadline, zone.value) })}` : ''}${n.escalate ? ` · ${t('notices.escalates', { who: [n.escalate, ...n.then ?? []].map(r => word('role', r)).join(' → ') })}` : ''}` : ' '}>
      {n && <div class="row wrap"><Kind kind={n.kind} /><NoticeState state={matrix?.state ?? n.state} />
        {n.state !== 'cancelled' && <button type="button" class="btn" onClick={() => setCancelling(true)}><Icon name="x" />{t('notices.cancel')}</button>}</div>}
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {said && <Trouble problem={said} />}
    {!data && !problem && <Waiting />}
    {n && matrix && <>
      {n.reason && <p class="note warn"><Icon name="alert" /><span>{t('notices.withdrawn', { reason: n.reason })}</span></p>}
      <Progress n={n} matrix={matrix} />
      <div class="two-col">
        <section class="card"><header><h2 class="grow">{t('notices.bySite')}</h2>{live && <Tag tone="ok" icon="pulse">{t('notices.live')}</Tag>}
          <a class="btn s" href={'/api/v1' + at(id, notice, 'export') + '?format=csv'} download>CSV</a><a class="btn s" href={'/api/v1' + at(id, notice, 'export') + '?format=xlsx'} download>XLSX</a>
          {n.state !== 'cancelled' && matrix.total.missing > 0 && <button type="button" class="btn s" onClick={() => void remind()}><Icon name="clock" />{t('notices.remind', { n: matrix.total.missing })}</button>}</header>
          <Sites study={id} n={n} matrix={matrix} /></section>
        <div class="stack">
          <section class="card"><header><h2 class="grow">{t('notices.text')}</h2></header><div class="body stack-1"><b>{data?.texts[lang.value]?.title}</b><p class="prewrap">{data?.texts[lang.value]?.body}</p>
            <p class="xs dim">{t('notices.frozen')}</p></div></section>
          {!!n.attachments?.length && <section class="card"><header><h2 class="grow">{t('notices.attachments')}</h2></header><Enclosed all={n.attachments} href={k => `/api/v1${at(id, notice, 'attachments', String(k))}`} /></section>}
          {data?.filing.able && matrix.state !== 'sending' && <section class="card"><header><h2 class="grow">{t('notices.filing')}</h2></header><div class="body stack-1">
            <p class="sm">{data.filing.sites ? <a href={to.documents(id)}>{t('notices.filed', { n: data.filing.sites })}</a> : t('notices.unfiled')}</p>
            {data.filing.next && <p class="xs dim">{t('notices.filedNext', { at: moment(data.filing.next, zone.value) })}</p>}
            {data.filing.last && <p class="xs dim">{t('notices.filedLast', { at: moment(data.filing.last, zone.value) })}</p>}
            <div><button type="button" class="btn s" onClick={() => void file()}><Icon name="down" />{t('notices.file')}</button></div></div></section>}
          {n.form && <Answers study={id} notice={notice} answered={matrix.total.answered} />}
          {!!n.channels?.length && data && <section class="card"><header><h2 class="grow">{t('notices.outside')}</h2></header><div class="body"><dl class="kv">
            {Object.entries(data.left).map(([state, k]) => <><dt>{word('left', state)}</dt><dd>{k}</dd></>)}</dl></div></section>}
        </div>
      </div>
    </>}
    {cancelling && <Cancel study={id} notice={notice} close={() => setCancelling(false)} done={() => { setCancelling(false); reload() }} />}
  </Shell>
}

function Progress({ n, matrix: { total, targets, addressed } }: { n: Sent; matrix: Matrix }) {
  const steps: [Key, number][] = [['notices.recipients', addressed], ['notices.received', total.received], ['notices.read', total.read],
    ...(n.ack === 'none' ? [] : [['notices.acknowledged', total.acknowledged] as [Key, number]]), ...(n.form ? [['notices.answered', total.answered] as [Key, number]] : [])]
  return <section class="card meters"><h2 class="sr">{t('notices.progress')}</h2>{steps.map(([key, k]) => <div key={key}><p><b>{k}</b><span class="dim"> / {targets}</span></p><p class="sm">{t(key)}</p>
    <meter min={0} max={Math.max(targets, 1)} value={k} aria-label={t(key)} /></div>)}</section>
}

function Sites({ study, n, matrix }: { study: string; n: Sent; matrix: Matrix }) {
  const [all, setAll] = useState(false)
  const [open, setOpen] = useState<string>()
  const rows = [...matrix.sites].sort((a, b) => Number(!a.missing) - Number(!b.missing) || a.site.localeCompare(b.site))
  const shown = all ? rows : rows.slice(0, 100)
  const part = (k: number, of: number) => <span class={k === of ? 't-ok' : ''}>{k === of && <Icon name="check" />}{k}/{of}</span>
  return <><div class="scroll" tabIndex={0} role="region" aria-label={t('notices.bySite')}><table class="tbl">
    <thead><tr><th scope="col" class="fill">{t('matrix.site')}</th><th scope="col">{t('notices.received')}</th><th scope="col">{t('notices.read')}</th>
      {n.ack !== 'none' && <th scope="col">{t('notices.acknowledged')}</th>}{n.form && <th scope="col">{t('notices.answered')}</th>}<th scope="col">{t('matrix.status')}</th></tr></thead>
    <tbody>{shown.map(r => <tr key={r.site}><th scope="row" class="fill"><button type="button" class="btn quiet s" aria-expanded={open === r.site} onClick={() => setOpen(open === r.site ? undefined : r.site)}><b>{r.site}</b> {say(r.name)}</button>
      {open === r.site && <People study={study} notice={n.id} site={r.site} />}</th>
      <td>{part(r.received, r.recipients)}</td><td>{part(r.read, r.recipients)}</td>{n.ack !== 'none' && <td>{part(r.acknowledged, r.recipients)}</td>}{n.form && <td>{part(r.answered, r.recipients)}</td>}
      <td>{r.missing ? <Tag tone="warn" icon="clock">{t('notices.missingOf', { n: r.missing })}</Tag> : <Tag tone="ok" icon="check">{t('notices.done')}</Tag>}</td></tr>)}</tbody></table></div>
    {rows.length > shown.length && <div class="body"><button type="button" class="btn" onClick={() => setAll(true)}>{t('notices.allSites', { n: rows.length })}</button></div>}</>
}

function People({ study, notice, site }: { study: string; notice: string; site: string }) {
  const { data } = useLoad(`${notice} ${site}`, signal => call<{ recipients: Recipient[] }>('GET', at(study, notice, 'recipients') + '?site=' + encodeURIComponent(site), { signal }))
  if (!data) return <Waiting />
  return <ul class="sm people">{data.recipients.map(r => <li key={r.user}><b>{r.name}</b> <span class="sub">{word('role', r.role)}</span>{' '}
    <span class="xs dim">{[[r.receivedAt, 'notices.received'], [r.readAt, 'notices.read'], [r.acknowledgedAt, 'notices.acknowledged'], [r.answeredAt, 'notices.answered']].filter(([when]) => when).map(([when, key]) => `${t(key as Key)} ${moment(when!, zone.value)}`).join(' · ') || t('notices.notYet')}</span>
    {r.signed && <Tag tone="sign" icon="pen">{t('notices.signed')}</Tag>}{r.values.length > 0 && <span class="sub"> {r.values.map(v => v.value).join(' · ')}</span>}</li>)}</ul>
}

function Answers({ study, notice, answered }: { study: string; notice: string; answered: number }) {
  const { data } = useLoad(`${notice} answers ${answered}`, signal => call<{ questions: Question[] }>('GET', at(study, notice, 'answers'), { signal }))
  return <section class="card"><header><h2 class="grow">{t('notices.replies')}</h2></header>
    {!data ? <div class="body"><Waiting /></div> : <ul class="list">{data.questions.map(q => <li key={q.item} class="answers"><div class="grow stack-1"><b>{say(q.question)}</b>
      <p class="xs dim">{t('notices.answeredBy', { n: q.answered })}{q.least && q.most && ` · ${q.least} – ${q.most}`}{q.mean !== undefined && ` · ${t('notices.mean', { n: figure(q.mean) })}`}</p>
      {q.counts.slice(0, 6).map(c => <div key={c.value} class="answer"><span>{say(c.label)}</span><meter min={0} max={Math.max(q.answered, 1)} value={c.n} aria-label={say(c.label) || c.value} /><span class="num">{c.n}</span></div>)}</div></li>)}</ul>}
  </section>
}

function Cancel({ study, notice, close, done }: { study: string; notice: string; close: () => void; done: () => void }) {
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const submit = async (e: Event) => {
    e.preventDefault()
    try { await call('POST', at(study, notice, 'cancel'), { body: { reason: reason.trim() } }); done() }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <Dialog title={t('notices.cancel')} close={close}><form onSubmit={submit}><div class="body stack-1"><p class="sub">{t('notices.cancelDo')}</p>
    {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
    <div class="in long"><textarea rows={3} autofocus aria-label={t('notices.reason')} placeholder={t('notices.reason')} value={reason} onInput={e => setReason(e.currentTarget.value)} /></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={!reason.trim()}>{t('notices.cancel')}</button></footer></form></Dialog>
}
