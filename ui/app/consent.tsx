// What patients agree to: the document in its versions, how each subject stands to it, and the signature, for its site alone.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Empty, faultText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { lang, moment, say, t, word } from '../words/words.ts'
import { at, Reason, Table } from './epro.tsx'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { mayDo, mayWrite, zone } from './study.ts'

type Version = { number: number; hash: string; required: boolean; again: boolean; at: string; by: string }
type Document = { title: Text; approval?: string; sections: { title: Text; text: Text }[]; questions?: { text: Text; options: { text: Text; right?: boolean }[]; why: Text }[]; statement: Text }
type Signed = { consent: string; number: number; language: string; reporter: string; signedAt: string; endedAt?: string; endedWhy?: string }
type Row = { subject: string; site: string; status: string; state: string; number: number; signed: Signed[] }
type Told = { versions: Version[]; document?: Document; subjects: Row[] }

const tone: Record<string, [string, 'check' | 'clock' | 'warn']> = { signed: ['ok', 'check'], needed: ['warn', 'clock'], open: ['', 'clock'], withdrawn: ['bad', 'warn'] }

export function Consents({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} epro consent`, signal => call<Told>('GET', at(id, '/consent'), { signal }))
  const [publish, open] = useState(false), [version, look] = useState<number>(), [one, show] = useState<{ row: Row; signed: Signed }>(), [ends, end] = useState<Row>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  const bring = mayDo('study.manage') && <button type="button" class="btn primary" onClick={() => open(true)}><Icon name="up" />{t('epro.publish')}</button>
  const taking = data.subjects.filter(r => r.signed.length || r.status === 'enrolled' || r.status === 'screening')
  return <>
    {!data.document ? <Empty icon="form" title={t('epro.noConsent')}><p>{t('epro.noConsentDo')}</p>{bring}</Empty> : <section class="card"><header><h2 class="grow">{say(data.document.title)}</h2>{bring}</header>
      <ul class="list many" aria-label={t('epro.versions')}>{[...data.versions].reverse().map(v => <li key={v.number} class="row wrap"><b>{t('epro.version', { n: v.number })}</b><span class="sub grow">{moment(v.at, zone.value)} · {v.by} · {t(v.required ? 'epro.required' : 'epro.optional')}{v.again && ' · ' + t('epro.again')}</span>
        <button type="button" class="btn s" onClick={() => look(v.number)}>{t('epro.preview')}<span class="sr"> {v.number}</span></button></li>)}</ul></section>}
    {data.document && <Table name={t('epro.consent')} heads={[t('queries.subject'), t('queries.state'), t('epro.versionOf'), t('epro.signedAt'), t('epro.language'), '']}>{taking.slice(0, 300).map(r => {
      const last = r.signed.at(-1)
      return <tr key={r.subject}><th scope="row"><a href={to.casebook(id, r.subject)}>{r.subject}</a></th><td class="fill"><Tag tone={tone[r.state]![0]} icon={tone[r.state]![1]}>{word('epro.standing', r.state)}</Tag>{last?.endedWhy && <span class="sub sm"> {last.endedWhy}</span>}</td>
        <td class="num">{r.number || '–'}</td><td>{last ? moment(last.signedAt, zone.value) : '–'}</td><td>{last ? `${last.language} · ${word('epro.by', last.reporter)}` : '–'}</td>
        <td>{last && mayWrite(r.site) && <span class="row"><button type="button" class="btn s" onClick={() => show({ row: r, signed: last })}>{t('epro.signature')}</button>{!last.endedAt && <button type="button" class="btn s" onClick={() => end(r)}>{t('epro.withdraw')}</button>}</span>}</td></tr>
    })}</Table>}
    {publish && <Publish id={id} now={data.document} close={() => open(false)} done={() => { open(false); reload() }} />}
    {version && <Dialog title={t('epro.version', { n: version })} close={() => look(undefined)}><div class="body stack-1"><Shown id={id} version={version} /></div></Dialog>}
    {one && <Hand id={id} subject={one.row.subject} signed={one.signed} close={() => show(undefined)} />}
    {ends && <Reason title={t('epro.withdraw')} label={t('epro.reason')} close={() => end(undefined)} go={async reason => { await call('DELETE', `/studies/${encodeURIComponent(id)}/subjects/${encodeURIComponent(ends.subject)}/epro/consent`, { body: { reason } }); end(undefined); reload() }}><p>{t('epro.withdrawLead')}</p></Reason>}
  </>
}

/** A version's text, in every language beside one another. */
function Shown({ id, version }: { id: string; version: number }) {
  const { data, problem } = useLoad(`${id} epro consent ${version}`, signal => call<Document>('GET', at(id, '/consent/' + version), { signal }))
  return problem ? <Trouble problem={problem} /> : data ? <Text_ d={data} /> : <Waiting />
}

function Text_({ d }: { d: Document }) {
  const langs = Object.keys(d.title), [shown, show] = useState(langs.includes(lang.value) ? lang.value : langs[0]!)
  const of = (text: Text) => text[shown] ?? ''
  return <>{langs.length > 1 && <div class="row" role="group" aria-label={t('epro.language')}>{langs.map(l => <button type="button" class={'btn s' + (l === shown ? ' primary' : '')} aria-pressed={l === shown} onClick={() => show(l)} key={l}>{l === 'en' ? 'English' : l === 'zh-CN' ? '中文' : l}</button>)}</div>}
    <div class="stack-1" lang={shown}><h3>{of(d.title)}</h3>{d.approval && <p class="sub sm">{d.approval}</p>}{d.sections.map((s, i) => <section key={i}><h4>{of(s.title)}</h4><p>{of(s.text)}</p></section>)}
      {!!d.questions?.length && <section><h4>{t('epro.questions')}</h4><ol>{d.questions.map((q, i) => <li key={i}><p>{of(q.text)}</p><ul>{q.options.map((o, k) => <li key={k}>{of(o.text)}{o.right && <b class="sub"> ✓ {t('epro.right')}</b>}</li>)}</ul></li>)}</ol></section>}<p><b>{of(d.statement)}</b></p></div></>
}

function Publish({ id, now, close, done }: { id: string; now?: Document | undefined; close: () => void; done: () => void }) {
  const [read, take] = useState<Document>(), [fault, setFault] = useState<Problem>()
  const choose = async (file?: File) => {
    setFault(undefined)
    try { take(file && JSON.parse(await file.text()) as Document) } catch { take(undefined); setFault(new Problem(400, { detail: t('epro.notJSON') })) }
  }
  const go = async () => { try { await call('PUT', at(id, '/consent'), { body: read }); done() } catch (e) { if (e instanceof Problem) setFault(e); else throw e } }
  return <Dialog title={t('epro.publish')} close={close}><div class="body stack-1"><p class="sub">{t('epro.publishLead')}</p>
    {fault && <p class="note bad" role="alert"><span>{faultText(fault)}</span></p>}
    <label class="f"><span class="lab">{t('epro.publishFile')}</span><span class="in"><input type="file" accept=".json" onChange={e => void choose(e.currentTarget.files?.[0])} /></span></label>
    {now && <p><a href={'data:application/json;charset=utf-8,' + encodeURIComponent(JSON.stringify(now, null, '\t'))} download="consent.json">{t('epro.template')}</a></p>}
    {read?.title && read.sections?.length && read.statement ? <Text_ d={read} /> : null}
    <div class="row"><button type="button" class="btn primary" disabled={!read} onClick={() => void go()}>{t('epro.publishGo')}</button></div></div></Dialog>
}

/** A signature as it was sent. */
function Hand({ id, subject, signed, close }: { id: string; subject: string; signed: Signed; close: () => void }) {
  const { data, problem } = useLoad(`${id} epro signature ${signed.consent}`, signal => call<{ body: string; receipt: string }>('GET', at(id, '/signatures/' + signed.consent), { signal }))
  const hand = data && JSON.parse(data.body) as { name: string; drawn: number[][]; answers: number[][] }
  return <Dialog title={t('epro.signatureOf', { subject })} close={close}><div class="body stack-1">{problem && <Trouble problem={problem} />}{!data && !problem && <Waiting />}
    {hand && <><p><span class="sub">{t('epro.typed')}</span> <b>{hand.name}</b></p>
      {hand.drawn.length ? <svg class="hand" viewBox="0 0 1000 400" role="img" aria-label={t('epro.drawn')}>{hand.drawn.map((s, i) => <polyline key={i} points={s.join(' ')} />)}</svg> : <p class="note warn"><span>{t('epro.undrawn')}</span></p>}
      <p class="sub sm">{t('epro.version', { n: signed.number })} · {moment(signed.signedAt, zone.value)} · {t('epro.tries')}: {hand.answers.map(a => a.length).join(', ') || '–'}</p><p class="sub xs mono">{data.receipt}</p></>}</div></Dialog>
}
