// The import of a definition: a file is looked at, taken in as a draft, validated and published; nothing is lost unseen.
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, Files, problemText, Tag, Trouble } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import type { Text } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { loadStudy } from './study.ts'

type Loss = { place: string; line: number; code?: string; what: string; texts?: Text; kept: boolean }
const told = (l: Loss) => say(l.texts, l.what)
type Report = { study: string; name: string; format: string; inventory: Record<string, number>; losses: Loss[]; versions: { oid: string; name: string; hash: string }[] }
type Draft = { oid: string; hash: string; state: string; problems?: Fault[] }
type Fault = { name: string; kind: string; line?: number; rule?: string; texts?: Text }

const seg = encodeURIComponent
const largest = 20 << 20
const steps = ['file', 'report', 'draft', 'publish'] as const

/** Runs what may be refused, and gives its refusal to tell. */
async function attempt<T>(tell: (p: Problem | undefined) => void, work: () => Promise<T>): Promise<T | undefined> {
  tell(undefined)
  try { return await work() } catch (e) { if (!(e instanceof Problem)) throw e; tell(e); return undefined }
}

export function Importing({ id }: { id: string }) {
  const [file, setFile] = useState<File>(), [report, setReport] = useState<Report>(), [draft, setDraft] = useState<Draft>(), [published, setPublished] = useState(0)
  const [fault, setFault] = useState<Problem>(), [large, setLarge] = useState(false), [busy, setBusy] = useState(false), [oneVisit, setOneVisit] = useState(true)
  const at = (path: string) => `/studies/${seg(id)}${path}`
  const noVisits = !!report && !report.inventory['events']
  const look = async (chosen: File) => {
    setReport(undefined); setDraft(undefined); setPublished(0); setFile(chosen); setLarge(chosen.size > largest)
    if (chosen.size > largest) return
    setBusy(true)
    setReport(await attempt(setFault, () => call<Report>('POST', at(`/definition/check?name=${seg(chosen.name)}`), { body: chosen })))
    setBusy(false)
  }
  const keep = async () => {
    setBusy(true)
    const made = await attempt(setFault, () => call<Draft>('POST', at(`/drafts?name=${seg(file!.name)}${noVisits && oneVisit ? '&visit=one' : ''}`), { body: file! }))
    setBusy(false)
    if (made) { setDraft(made); announced.value = t('imp.drafted', { oid: made.oid }) }
  }
  const publish = async () => {
    const done = await attempt(setFault, () => call<{ number: number }>('POST', at(`/drafts/${seg(draft!.oid)}/publish`), { body: { hash: draft!.hash } }))
    if (!done) return
    setPublished(done.number)
    announced.value = t('imp.published', { n: done.number })
    void loadStudy(id)
  }
  const now = published ? 4 : draft?.state === 'validated' ? 3 : draft ? 2 : report ? 1 : 0
  return <Shell title={t('def.import')} crumbs={[{ text: t('def.title'), href: to.definition(id) }, { text: t('def.import') }]}>
    <Head title={t('def.import')} lead={t('imp.lead')} />
    <ol class="defsteps">{steps.map((s, i) => <li key={s} class={i < now ? 'done' : ''} aria-current={i === now ? 'step' : undefined}><Icon name={i < now ? 'check' : i === now ? 'half' : 'ring'} />{t(`imp.step.${s}`)}</li>)}</ol>
    {!report && <Choose busy={busy} name={file?.name ?? ''} choose={f => void look(f)} />}
    {large && <p class="note bad" role="alert"><Icon name="alert" /><span>{t('imp.tooLarge')}</span></p>}
    {fault && !report && file && <p class="note bad" role="alert"><Icon name="alert" /><span><b>{t('imp.refused', { name: file.name })}</b><br />{fault.place && <span class="mono xs">{fault.place}</span>} {problemText(fault)} <span class="xs">{fault.code}</span></span></p>}
    {fault && report && !draft && <Trouble problem={fault} />}
    {report && file && <Held report={report} file={file} other={() => { setReport(undefined); setFile(undefined); setDraft(undefined); setPublished(0) }} done={!!draft} keep={() => void keep()} busy={busy}>
      {noVisits && <label class="note warn"><input type="checkbox" checked={oneVisit} onChange={e => setOneVisit(e.currentTarget.checked)} /><span><b>{t('imp.oneVisit')}</b> {t('imp.oneVisitDo')}</span></label>}</Held>}
    {draft && !published && draft.state !== 'validated' && <Validation key={draft.hash} id={id} draft={draft} done={setDraft} />}
    {draft && !published && draft.state === 'validated' && <section class="card"><header><h2 class="grow">{t('imp.validated')}</h2><Tag tone="inf" icon="check">{draft.oid}</Tag></header>
      <div class="body stack"><p class="sub">{t('imp.publishDo')}</p>{fault && <Trouble problem={fault} />}<div><button type="button" class="btn primary" onClick={() => void publish()}>{t('imp.publish')}</button></div></div></section>}
    {published > 0 && <div class="note ok" role="status"><Icon name="check" /><span class="grow"><b>{t('imp.published', { n: published })}</b></span><a class="btn s" href={to.definition(id)}>{t('imp.browse')}</a><a class="btn s" href={to.versions(id)}>{t('versions.all')}</a></div>}
  </Shell>
}

function Choose({ busy, name, choose }: { busy: boolean; name: string; choose: (f: File) => void }) {
  const [over, setOver] = useState(false)
  const dropped = (e: DragEvent) => { e.preventDefault(); setOver(false); const f = e.dataTransfer?.files[0]; if (f) choose(f) }
  return <label class={`drop ${over ? 'over' : ''}`} onDragOver={e => { e.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)} onDrop={dropped}>
    <b>{t('imp.choose')}</b><span class="sub">{t('imp.formats')}</span>
    <Files accept=".xml,.csv,.xlsx,.json,.casebook" disabled={busy} choose={([f]) => choose(f!)} />
    {busy && <span role="status">{t('imp.reading', { name })}</span>}
  </label>
}

function Held({ report, file, other, done, keep, busy, children }: { report: Report; file: File; other: () => void; done: boolean; keep: () => void; busy: boolean; children?: ComponentChildren }) {
  const last = report.versions.at(-1)
  return <>
    <section class="card"><header><h2 class="grow">{t('imp.found', { name: file.name })}</h2><Tag icon="form">{report.format}</Tag><button type="button" class="btn s" onClick={other}>{t('imp.other')}</button></header>
      <div class="body stack"><p class="sub">{report.name} <span class="mono">{report.study}</span>{last && <> · {last.name}{last.name !== last.oid && <> <span class="mono">{last.oid}</span></>} · <span class="mono xs">{last.hash.slice(0, 12)}</span></>}</p>
        <dl class="counts">{Object.entries(report.inventory).map(([k, n]) => <div key={k} data-class={k} data-some={n > 0}><dt>{word('inv', k)}</dt><dd>{n}</dd></div>)}</dl></div></section>
    <Losses losses={report.losses} name={file.name} />
    {!done && children}
    {!done && <div><button type="button" class="btn primary" disabled={busy} onClick={keep}>{t('imp.draft')}</button></div>}
  </>
}

const perPage = 200

function Losses({ losses, name }: { losses: Loss[]; name: string }) {
  const [fate, setFate] = useState(''), [asked, ask] = useState(''), [most, more] = useState(perPage)
  const kept = losses.filter(l => l.kept).length, words = asked.toLowerCase()
  const shown = losses.filter(l => (!fate || (fate === 'kept') === l.kept) && (!words || `${l.place} ${told(l)} ${l.line}`.toLowerCase().includes(words)))
  if (!losses.length) return <Empty icon="check" title={t('imp.noLosses')}>{t('imp.noLossesDo')}</Empty>
  return <section class="card losses"><header><h2 class="grow">{t('imp.losses')} <span class="sub">{t('imp.lossCount', { n: losses.length, kept, dropped: losses.length - kept })}</span></h2>
    <Chip name={t('imp.fate')} icon="filter" value={fate} onChange={setFate} choices={[{ value: '', text: t('def.any') }, { value: 'kept', text: `${t('imp.kept')} (${kept})` }, { value: 'dropped', text: `${t('imp.dropped')} (${losses.length - kept})` }]} />
    <label class="in s search"><Icon name="search" /><input type="search" value={asked} aria-label={t('imp.filter')} placeholder={t('imp.filter')} onInput={e => ask(e.currentTarget.value)} /></label>
    <SaveCSV losses={shown} name={name} /></header>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('imp.losses')}><table class="tbl">
      <thead><tr><th scope="col" class="num">{t('imp.line')}</th><th scope="col">{t('imp.fate')}</th><th scope="col" class="about">{t('imp.place')}</th><th scope="col" class="fill">{t('imp.what')}</th></tr></thead>
      <tbody>{shown.slice(0, most).map((l, i) => <tr key={i}><td class="num">{l.line || '–'}</td><td><Tag tone={l.kept ? 'inf' : 'bad'} icon={l.kept ? 'check' : 'x'}>{t(l.kept ? 'imp.kept' : 'imp.dropped')}</Tag></td><td class="about mono xs wrap-any">{l.place}</td><td class="fill">{told(l)}</td></tr>)}</tbody></table></div>
    {shown.length > most && <p class="body"><button type="button" class="btn" onClick={() => more(most + perPage)}>{t('def.more', { n: shown.length - most })}</button></p>}
  </section>
}

/** The report as a file (RFC 4180); a cell that a spreadsheet would take for a formula is quoted as text. */
function SaveCSV({ losses, name }: { losses: Loss[]; name: string }) {
  const [href, setHref] = useState('')
  const cell = (v: string | number) => { const s = String(v).replace(/^[=+\-@\t\r]/, "'$&"); return /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s }
  const text = '\uFEFF' + [['line', 'fate', 'element', 'code', 'what'], ...losses.map(l => [l.line, l.kept ? 'kept' : 'dropped', l.place, l.code ?? '', told(l)])].map(r => r.map(cell).join(',')).join('\r\n') + '\r\n'
  useEffect(() => { const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' })); setHref(url); return () => URL.revokeObjectURL(url) }, [text])
  return <a class="btn s" href={href} download={`${name}-losses.csv`}><Icon name="down" />{t('imp.csv')}</a>
}

/** Validation, first without waivers; each problem may be waived by its name, for a reason. */
function Validation({ id, draft, done }: { id: string; draft: Draft; done: (d: Draft) => void }) {
  const [reasons, setReasons] = useState<Record<string, string>>({}), [rest, setRest] = useState(''), [fault, setFault] = useState<Problem>(), [tried, setTried] = useState(false)
  const all = draft.problems ?? [], names = [...new Set(all.map(p => p.name))]
  const waivers = names.map(name => ({ name, reason: (entry(reasons, name)?.trim() || rest.trim()) })).filter(w => w.reason)
  const validate = async () => {
    setTried(true)
    const next = await attempt(setFault, () => call<Draft>('POST', `/studies/${seg(id)}/drafts/${seg(draft.oid)}/validate`, { body: { hash: draft.hash, waivers } }))
    if (next) { announced.value = t('imp.validated'); done({ ...draft, ...next }) }
  }
  return <section class="card"><header><h2 class="grow">{all.length ? t('imp.problems', { n: all.length }) : t('imp.noProblems')}</h2><Tag icon="pen">{draft.oid}</Tag></header>
    {fault && <div class="body"><Trouble problem={fault} /></div>}
    {all.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('imp.problem')}><table class="tbl">
      <thead><tr><th scope="col">{t('imp.problem')}</th><th scope="col" class="num">{t('imp.line')}</th><th scope="col" class="fill">{t('imp.what')}</th>{tried && <th scope="col">{t('imp.waive')}</th>}</tr></thead>
      <tbody>{all.slice(0, 500).map((p, i) => <tr key={i}><th scope="row" class="mono xs">{p.name}</th><td class="num">{p.line ?? '–'}</td><td class="fill">{say(p.texts)}{p.rule && <><br /><code class="xs wrap-any">{p.rule}</code></>}</td>
        {tried && <td class="waive">{all.findIndex(x => x.name === p.name) === i && <span class="in s"><input aria-label={t('imp.waiveOf', { name: p.name })} value={entry(reasons, p.name) ?? ''} onInput={e => setReasons({ ...reasons, [p.name]: e.currentTarget.value })} /></span>}</td>}</tr>)}</tbody></table></div>}
    <div class="body row wrap">
      {tried && names.length > 1 && <label class="f grow"><span class="lab">{t('imp.waiveAll')}</span><span class="in"><input value={rest} onInput={e => setRest(e.currentTarget.value)} /></span></label>}
      <button type="button" class="btn primary" onClick={() => void validate()}>{waivers.length ? t('imp.validateWith', { n: waivers.length }) : t('imp.validate')}</button>
      {waivers.length > 0 && <p class="xs dim">{t('imp.waivers', { n: waivers.length })}</p>}
    </div>
  </section>
}
