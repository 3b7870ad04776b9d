// What patients agree to: the document in its versions, how each subject stands to it, the signature, for its site alone, and papers.
import { useMemo, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Empty, Files, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { lang, moment, say, t, word } from '../words/words.ts'
import { ConsentEditor } from './consentedit.tsx'
import { at, Reason, Table } from './epro.tsx'
import { useLoad } from './load.ts'
import { Ask, Choose, Field } from './officeparts.tsx'
import { to } from './route.ts'
import { mayDo, mayWrite, zone } from './study.ts'

type Version = { number: number; hash: string; required: boolean; again: boolean; at: string; by: string }
export type Option = { text: Text; right?: boolean }
export type Document = { format: string; title: Text; approval?: string; required?: boolean; again?: boolean; sections: { title: Text; text: Text }[]; questions?: { text: Text; options: Option[]; why: Text }[]; statement: Text }
type Signed = { consent: string; number: number; language: string; reporter: string; signedAt: string; paper?: string; by?: string; endedAt?: string; endedWhy?: string }
type Row = { subject: string; site: string; status: string; state: string; number: number; signed: Signed[] }
type Told = { versions: Version[]; document?: Document; draft?: { savedAt: string; savedBy: string }; subjects: Row[] }

const tone: Record<string, [string, 'check' | 'clock' | 'warn']> = { signed: ['ok', 'check'], needed: ['warn', 'clock'], open: ['', 'clock'], withdrawn: ['bad', 'warn'] }
export const languageName = (l: string) => l === 'en' ? 'English' : l === 'zh-CN' ? '中文' : l

export function Consents({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} epro consent`, signal => call<Told>('GET', at(id, '/consent'), { signal }))
  const [write, edit] = useState(false), [version, look] = useState<number>(), [one, show] = useState<{ row: Row; signed: Signed }>(), [ends, end] = useState<Row>(), [paper, record] = useState<Row>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  if (write) return <ConsentEditor id={id} now={data.document} close={() => { edit(false); reload() }} />
  const bring = mayDo('study.manage') && <button type="button" class="btn primary" data-do="edit" onClick={() => edit(true)}><Icon name="pen" />{t(data.draft ? 'epro.draftGoOn' : data.document ? 'epro.draftNew' : 'epro.draftFirst')}</button>
  const taking = data.subjects.filter(r => r.signed.length || r.status === 'enrolled' || r.status === 'screening')
  return <>
    {!data.document ? <Empty icon="form" title={t('epro.noConsent')}><p>{t('epro.noConsentDo')}</p>{bring}</Empty> : <section class="card"><header><h2 class="grow">{say(data.document.title)}</h2>{bring}</header>
      <ul class="list" aria-label={t('epro.versions')}>{[...data.versions].reverse().map(v => <li key={v.number} class="row wrap"><b>{t('epro.version', { n: v.number })}</b><span class="sub grow">{moment(v.at, zone.value)} · {v.by} · {t(v.required ? 'epro.required' : 'epro.optional')}{v.again && ' · ' + t('epro.again')}</span>
        <button type="button" class="btn s" onClick={() => look(v.number)}>{t('epro.preview')}<span class="sr"> {v.number}</span></button></li>)}</ul></section>}
    {data.draft && <p class="note"><Icon name="pen" /><span>{t('epro.draftBy', { who: data.draft.savedBy, at: moment(data.draft.savedAt, zone.value) })}</span></p>}
    {data.document && <Table name={t('epro.consent')} heads={[t('queries.subject'), t('queries.state'), t('epro.versionOf'), t('epro.signedAt'), t('epro.language'), '']}>{taking.slice(0, 300).map(r => {
      const last = r.signed.at(-1)
      return <tr key={r.subject}><th scope="row"><a href={to.casebook(id, r.subject)}>{r.subject}</a></th><td class="fill"><Tag tone={tone[r.state]![0]} icon={tone[r.state]![1]}>{word('epro.standing', r.state)}</Tag>{last?.endedWhy && <span class="sub sm"> {last.endedWhy}</span>}</td>
        <td class="num">{r.number || '–'}</td><td>{!last ? '–' : last.paper ? t('epro.onPaper', { day: last.paper }) : moment(last.signedAt, zone.value)}</td><td>{last ? `${languageName(last.language)} · ${word('epro.by', last.reporter)}` : '–'}</td>
        <td>{mayWrite(r.site) && <span class="row">{last && <button type="button" class="btn s" onClick={() => show({ row: r, signed: last })}>{t('epro.signature')}</button>}{last && !last.endedAt && <button type="button" class="btn s" onClick={() => end(r)}>{t('epro.withdraw')}</button>}
          {(r.status === 'enrolled' || r.status === 'screening') && <button type="button" class="btn s" data-paper={r.subject} onClick={() => record(r)}>{t('epro.paper')}</button>}</span>}</td></tr>
    })}</Table>}
    {version && <Dialog title={t('epro.version', { n: version })} close={() => look(undefined)}><div class="body stack-1"><Shown id={id} version={version} /></div></Dialog>}
    {one && <Hand id={id} subject={one.row.subject} signed={one.signed} close={() => show(undefined)} />}
    {paper && <Paper id={id} row={paper} versions={data.versions} languages={Object.keys(data.document!.title)} close={() => record(undefined)} done={() => { record(undefined); reload() }} />}
    {ends && <Reason title={t('epro.withdraw')} label={t('epro.reason')} close={() => end(undefined)} go={async reason => { await call('DELETE', `/studies/${encodeURIComponent(id)}/subjects/${encodeURIComponent(ends.subject)}/epro/consent`, { body: { reason } }); end(undefined); reload() }}><p>{t('epro.withdrawLead')}</p></Reason>}
  </>
}

/** A version's text, in every language beside one another. */
function Shown({ id, version }: { id: string; version: number }) {
  const { data, problem } = useLoad(`${id} epro consent ${version}`, signal => call<Document>('GET', at(id, '/consent/' + version), { signal }))
  return problem ? <Trouble problem={problem} /> : data ? <Text_ d={data} /> : <Waiting />
}

export function Text_({ d }: { d: Document }) {
  const langs = Object.keys(d.title), [shown, show] = useState(langs.includes(lang.value) ? lang.value : langs[0]!)
  const of = (text: Text) => text[shown] ?? ''
  return <>{langs.length > 1 && <div class="row" role="group" aria-label={t('epro.language')}>{langs.map(l => <button type="button" class={'btn s' + (l === shown ? ' primary' : '')} aria-pressed={l === shown} onClick={() => show(l)} key={l}>{languageName(l)}</button>)}</div>}
    <div class="stack-1" lang={shown}><h3>{of(d.title)}</h3>{d.approval && <p class="sub sm">{d.approval}</p>}{d.sections.map((s, i) => <section key={i}><h4>{of(s.title)}</h4><p>{of(s.text)}</p></section>)}
      {!!d.questions?.length && <section><h4>{t('epro.questions')}</h4><ol>{d.questions.map((q, i) => <li key={i}><p>{of(q.text)}</p><ul>{q.options.map((o, k) => <li key={k}>{of(o.text)}{o.right && <b class="sub"> ✓ {t('epro.right')}</b>}</li>)}</ul></li>)}</ol></section>}<p><b>{of(d.statement)}</b></p></div></>
}

const base64 = (file: File) => new Promise<string>((ok, no) => {
  const r = new FileReader()
  r.onload = () => ok(String(r.result).split(',')[1] ?? '')
  r.onerror = () => no(r.error)
  r.readAsDataURL(file)
})

/** Records what a subject has signed on paper. */
function Paper({ id, row, versions, languages, close, done }: { id: string; row: Row; versions: Version[]; languages: string[]; close: () => void; done: () => void }) {
  const [number, version] = useState(String(versions.at(-1)!.number)), [language, speak] = useState(languages.includes(lang.value) ? lang.value : languages[0]!), [signedOn, date] = useState(''), [reporter, by] = useState('self')
  const [name, sign] = useState(''), [informed, inform] = useState(''), [file, take] = useState<File>()
  const send = async () => {
    await call('POST', `/studies/${encodeURIComponent(id)}/subjects/${encodeURIComponent(row.subject)}/epro/consent`, { body: { number: Number(number), language, signedOn, reporter, name, informed, ...file ? { scan: { name: file.name, data: await base64(file) } } : {} } })
    done()
  }
  return <Ask title={t('epro.paperOf', { subject: row.subject })} go={send} close={close} ready={!!(signedOn && name.trim() && informed.trim())} done={t('epro.paperGo')}><p class="sub">{t('epro.paperLead')}</p>
    <Choose label={t('epro.versionOf')} value={number} set={version} choices={[...versions].reverse().map(v => ({ value: String(v.number), text: `${t('epro.version', { n: v.number })} · ${moment(v.at, zone.value)}` }))} />
    <Choose label={t('epro.language')} value={language} set={speak} choices={languages.map(l => ({ value: l, text: languageName(l) }))} />
    <Field label={t('epro.paperDay')} value={signedOn} set={date} day /><Choose label={t('epro.paperWho')} value={reporter} set={by} choices={['self', 'parent', 'partner', 'carer'].map(r => ({ value: r, text: word('epro.by', r) }))} />
    <Field label={t('epro.paperName')} value={name} set={sign} /><Field label={t('epro.informed')} value={informed} set={inform} />
    <label class="f"><span class="lab">{t('epro.scan')}</span><Files accept=".pdf,.jpg,.jpeg,.png" chosen={file ? [file] : []} choose={([f]) => take(f)} /><span class="xs dim">{t('epro.scanHint')}</span></label></Ask>
}

/** A signature as it was sent. */
function Hand({ id, subject, signed, close }: { id: string; subject: string; signed: Signed; close: () => void }) {
  const { data, problem } = useLoad(`${id} epro signature ${signed.consent}`, signal => call<{ body: string; receipt: string }>('GET', at(id, '/signatures/' + signed.consent), { signal }))
  const hand = data && JSON.parse(data.body) as { name: string; drawn: number[][]; answers: number[][]; informed?: string; scan?: { name: string; data: string } }
  return <Dialog title={t('epro.signatureOf', { subject })} close={close}><div class="body stack-1">{problem && <Trouble problem={problem} />}{!data && !problem && <Waiting />}
    {data && hand?.informed !== undefined && <><p><span class="sub">{t('epro.typed')}</span> <b>{hand.name}</b></p><p><span class="sub">{t('epro.informed')}</span> <b>{hand.informed}</b></p>{hand.scan ? <Scan {...hand.scan} /> : <p class="sub">{t('epro.scanNone')}</p>}
      <p class="sub sm">{t('epro.version', { n: signed.number })} · {t('epro.onPaper', { day: signed.paper ?? '' })} · {t('epro.recordedBy', { who: signed.by ?? '', at: moment(signed.signedAt, zone.value) })}</p><p class="sub xs mono">{data.receipt}</p></>}
    {data && hand && hand.informed === undefined && <><p><span class="sub">{t('epro.typed')}</span> <b>{hand.name}</b></p>
      {hand.drawn.length ? <svg class="hand" viewBox="0 0 1000 400" role="img" aria-label={t('epro.drawn')}>{hand.drawn.map((s, i) => <polyline key={i} points={s.join(' ')} />)}</svg> : <p class="note warn"><span>{t('epro.undrawn')}</span></p>}
      <p class="sub sm">{t('epro.version', { n: signed.number })} · {moment(signed.signedAt, zone.value)} · {t('epro.tries')}: {hand.answers.map(a => a.length).join(', ') || '–'}</p><p class="sub xs mono">{data.receipt}</p></>}</div></Dialog>
}

/** A scan, to be looked at in the reader's own program. */
function Scan({ name, data }: { name: string; data: string }) {
  const url = useMemo(() => URL.createObjectURL(new Blob([Uint8Array.from(atob(data), c => c.charCodeAt(0))])), [data])
  return <p><a class="btn s" href={url} download={name}><Icon name="down" />{name}</a></p>
}
