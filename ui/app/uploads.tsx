// Files of data: handed over piece by piece, taken in row by row, gone on with after an interruption; what could not be taken in, by line.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Files, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { loadStudies, mayDo, zone } from './study.ts'

type Tally = { rows: number; enrolled?: number; forms?: number; changed?: number; opened?: number; aside?: number; findings?: number; codes?: Record<string, number> }
export type Upload = { id: string; name: string; size: number; pieceSize: number; pieces: number; state: string; sha256: string; format: string; passed: number; rows: number; tally: Tally; by: string; begunAt: string; changedAt: string; mine: boolean; trial: boolean }
type Finding = { line: number; code: string; place: string; note: boolean; text: Text }

const seg = encodeURIComponent
const looks = { receiving: ['', 'up'], checking: ['inf', 'half'], judging: ['inf', 'half'], judged: ['warn', 'pen'], left: ['', 'x'], taking: ['inf', 'half'], done: ['ok', 'check'], refused: ['bad', 'x'] } as const
const underWay = (u: Upload) => u.state === 'checking' || u.state === 'judging' || u.state === 'taking'
export const pieceSize = 1 << 20

const hex = (b: ArrayBuffer) => [...new Uint8Array(b)].map(x => x.toString(16).padStart(2, '0')).join('')

/** The id of a file: the SHA-256 of the SHA-256 of its pieces. No more than one piece is in memory. */
export async function digest(file: Blob, tell: (share: number) => void, stopped: () => boolean = () => false): Promise<string> {
  const sums: ArrayBuffer[] = []
  for (let at = 0; at < file.size && !stopped(); at += pieceSize) {
    sums.push(await crypto.subtle.digest('SHA-256', await file.slice(at, at + pieceSize).arrayBuffer()))
    tell(Math.min(1, (at + pieceSize) / file.size))
  }
  return hex(await crypto.subtle.digest('SHA-256', await new Blob(sums).arrayBuffer()))
}

type Sending = { name: string; step: 'digest' | 'send'; share: number }

export function Uploads({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} uploads`, signal => call<{ uploads: Upload[] }>('GET', `/studies/${seg(id)}/uploads`, { signal }))
  const [sending, setSending] = useState<Sending>(), [fault, setFault] = useState<Problem>(), [trial, setTrial] = useState(true), stop = useRef(false)
  const busy = !!data?.uploads.some(underWay)
  useEffect(() => {
    if (!busy) return
    const timer = setInterval(reload, 1000)
    return () => clearInterval(timer)
  }, [busy])
  const enrolled = data?.uploads.reduce((n, u) => n + (u.tally.enrolled ?? 0), 0)
  useEffect(() => { if (enrolled) void loadStudies() }, [enrolled]) // the rail counts them, too
  useEffect(() => () => { stop.current = true }, [])
  const send = async (files: File[]) => {
    stop.current = false; setFault(undefined)
    try { for (const f of files) if (!stop.current) { await sendOne(id, f, trial, setSending, () => stop.current); reload() } } catch (e) { if (!(e instanceof Problem)) throw e; setFault(e) }
    setSending(undefined); reload()
  }
  return <Shell title={t('up.title')} crumbs={[{ text: t('up.title') }]}>
    <Head title={t('up.title')} lead={t('up.lead')} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {mayDo('form.write') && !sending && <><Choose choose={f => void send(f)} />
      <label class="row wrap"><input type="checkbox" checked={trial} onChange={e => setTrial(e.currentTarget.checked)} /><b>{t('up.trial')}</b><span class="xs sub">{t('up.trialWhy')}</span></label></>}
    {sending && <section class="card"><div class="body stack export" role="status">
      <div class="row wrap"><b class="grow wrap-any">{sending.name}</b><span class="sub">{t(`up.step.${sending.step}`)}</span><button type="button" class="btn s" onClick={() => { stop.current = true }}>{t('up.pause')}</button></div>
      <div class="row"><progress class="grow" max={1} value={sending.share} aria-label={t('up.progress', { name: sending.name })} /><span class="xs sub num">{Math.floor(sending.share * 100)} %</span></div>
      <p class="xs sub">{t('up.resume')}</p></div></section>}
    {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)} <span class="xs">{fault.code}</span></span></p>}
    {!data && !problem && <Waiting />}
    {data && !data.uploads.length && <Empty icon="up" title={t('up.none')}>{t('up.noneDo')}</Empty>}
    {!!data?.uploads.length && <section class="card"><h2 class="sr">{t('up.all')}</h2><ul class="list exports">{data.uploads.map(u => <One key={u.id} id={id} u={u} changed={reload} />)}</ul></section>}
  </Shell>
}

/** Sends one file from where the server has it; a server that is busy is asked again. */
async function sendOne(study: string, file: File, trial: boolean, tell: (s: Sending) => void, stopped: () => boolean) {
  const name = file.name
  tell({ name, step: 'digest', share: 0 })
  const id = await digest(file, share => tell({ name, step: 'digest', share }), stopped)
  if (stopped()) return
  let { upload } = await call<{ upload: Upload }>('POST', `/studies/${seg(study)}/uploads`, { body: { id, name, size: file.size, trial } })
  if (upload.state !== 'receiving') { announced.value = t('up.known', { name }); return }
  for (let tries = 0; upload.state === 'receiving' && !stopped();) {
    tell({ name, step: 'send', share: upload.pieces * pieceSize / file.size })
    try {
      const piece = file.slice(upload.pieces * pieceSize, (upload.pieces + 1) * pieceSize)
      upload = (await call<{ upload: Upload }>('PUT', `/studies/${seg(study)}/uploads/${id}/pieces/${upload.pieces}`, { body: piece })).upload
      tries = 0
    } catch (e) {
      if (!(e instanceof Problem) || !e.passing || ++tries > 8) throw e
      await new Promise(next => setTimeout(next, 1000 * Math.max(e.retryAfter, tries)))
    }
  }
  if (!stopped()) announced.value = t('up.sent', { name })
}

function Choose({ choose }: { choose: (f: File[]) => void }) {
  const [over, setOver] = useState(false)
  const take = (list?: FileList | null) => { if (list?.length) choose([...list]) }
  return <label class={`drop ${over ? 'over' : ''}`} onDragOver={e => { e.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)} onDrop={e => { e.preventDefault(); setOver(false); take(e.dataTransfer?.files) }}>
    <b>{t('up.choose')}</b><span class="sub">{t('up.formats')}</span>
    <Files many accept=".csv,.json,.ndjson,.xml" choose={choose} />
  </label>
}

const megabytes = (n: number) => n < 1e5 ? `${(n / 1e3).toFixed(1)} KB` : `${(n / 1e6).toFixed(1)} MB`

function One({ id, u, changed }: { id: string; u: Upload; changed: () => void }) {
  const [tone, icon] = looks[u.state as keyof typeof looks] ?? ['', 'ring'], k = u.tally
  const [fault, setFault] = useState<Problem>()
  const good = k.rows - (k.aside ?? 0)
  const ask = async (what: 'again' | 'decision', body?: object, done?: string) => {
    try { await call('POST', `/studies/${seg(id)}/uploads/${u.id}/${what}`, body && { body }); setFault(undefined); if (done) announced.value = done; changed() } catch (e) { if (!(e instanceof Problem)) throw e; setFault(e) }
  }
  const take = () => void ask('decision', { take: true }, t('up.decidedTake', { name: u.name })), again = () => void ask('again')
  return <li class="export upload" data-state={u.state}>
    <div class="row wrap"><b class="grow wrap-any">{u.name} <span class="sub">{megabytes(u.size)}{u.format && ` · ${u.format}`}</span></b><Tag tone={tone} icon={icon}>{word('upload', u.state)}</Tag></div>
    <p class="xs sub">{t('up.by', { who: u.by, at: moment(u.begunAt, zone.value) })}{u.sha256 && <> · SHA-256 <code class="wrap-any">{u.sha256}</code></>}</p>
    {u.state === 'receiving' && <p class="note"><Icon name="info" /><span>{t('up.partial', { have: Math.min(100, Math.floor(100 * u.pieces * u.pieceSize / u.size)) })}</span></p>}
    {underWay(u) && <div class="row"><progress class="grow" max={Math.max(1, u.rows)} value={u.passed} aria-label={t('up.progress', { name: u.name })} /><span class="xs sub num">{u.passed} / {u.rows || '…'}</span></div>}
    {['done', 'taking', 'judging', 'judged', 'left'].includes(u.state) && <dl class="counts">{([['rows', k.rows], ['enrolled', k.enrolled], ['forms', k.forms], ['changed', k.changed], ['opened', k.opened], ['aside', k.aside]] as const).map(([name, n]) =>
      <div key={name} data-some={!!n}><dt>{t(`up.n.${name}`)}</dt><dd>{n ?? 0}</dd></div>)}</dl>}
    {!!k.findings && <Findings id={id} u={u} />}
    {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)}</span></p>}
    {u.state === 'done' && u.mine && !!k.aside && <div><button type="button" class="btn s" onClick={again}>{t('up.again')}</button> <span class="xs sub">{t('up.againWhy')}</span></div>}
    {u.state === 'judged' && <p class="note warn"><Icon name="info" /><span class="grow"><b>{t('up.judged')}</b> {t(!good ? 'up.judgedNone' : k.aside ? 'up.judgedBad' : 'up.judgedGood', { good, rows: k.rows, aside: k.aside ?? 0 })}</span></p>}
    {u.state === 'left' && <p class="note"><Icon name="info" /><span>{t('up.leftOut')}</span></p>}
    {u.mine && (u.state === 'judged' || u.state === 'left') && <div class="row wrap">
      {good > 0 && <button type="button" class={u.state === 'judged' ? 'btn s primary' : 'btn s'} onClick={take}>{k.aside ? t('up.takeGood', { good }) : t('up.take')}</button>}
      {u.state === 'judged' && <button type="button" class="btn s" onClick={() => void ask('decision', { take: false }, t('up.decidedLeave', { name: u.name }))}>{t('up.leave')}</button>}
      <button type="button" class="btn s" onClick={again}>{t('up.judgeAgain')}</button></div>}
  </li>
}

/** What could not be taken in, when somebody wants to see it. */
function Findings({ id, u }: { id: string; u: Upload }) {
  const [open, setOpen] = useState(u.state === 'refused' || u.state === 'judged')
  return <details open={open} onToggle={e => setOpen(e.currentTarget.open)}>
    <summary>{t('up.found', { n: u.tally.findings ?? 0 })} <span class="xs sub">{Object.entries(u.tally.codes ?? {}).map(([c, n]) => `${c}: ${n}`).join(' · ')}</span></summary>
    {open && <FindingList id={id} u={u} />}
  </details>
}

function FindingList({ id, u }: { id: string; u: Upload }) {
  const { data, problem } = useLoad(`${id} ${u.id} ${u.changedAt}`, signal => call<{ findings: Finding[] }>('GET', `/studies/${seg(id)}/uploads/${u.id}`, { signal }))
  if (problem) return <Trouble problem={problem} />
  if (!data) return <Waiting />
  return <div class="scroll" tabIndex={0} role="region" aria-label={t('up.found', { n: data.findings.length })}><table class="tbl">
    <thead><tr><th scope="col" class="num">{t('imp.line')}</th><th scope="col" class="fill">{t('imp.what')}</th><th scope="col">{t('imp.place')}</th><th scope="col">{t('up.code')}</th></tr></thead>
    <tbody>{data.findings.map((f, i) => <tr key={i}><td class="num">{f.line}</td><td class="fill">{f.note && <Icon name="info" />} {say(f.text)}</td><td class="mono xs wrap-any">{f.place}</td><td class="mono xs">{f.code}</td></tr>)}</tbody></table></div>
}
