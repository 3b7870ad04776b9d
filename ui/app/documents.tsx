// The study's and the sites' documents: how complete each file is, what is missing first, and what can be done about it.
import { useState } from 'preact/hooks'
import type { IconName } from '../look/icon.tsx'
import { Chip, Dialog, Empty, Files, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg, Table, Where } from './officeparts.tsx'
import { Head, Shell } from './shell.tsx'
import { mayDo } from './study.ts'

type Version = { name: string; size: number; hash: string; note?: string; issued?: string; expires?: string; filedBy: string; filedAt: string; accepted?: { name: string; at: string }; refused?: { by: string; at: string; reason: string } }
type Doc = { id: string; site: string; version: number; type: string; title: string; versions: Version[]; state: string; pending: boolean; may: { file: boolean; decide: boolean } }
type Slot = { type: string; title: Text; state: string; document?: string; expires?: string; days?: number }
type Shelf = { site: string; name?: Text; have: number; slots: Slot[]; file: boolean }
type Kind = { id: string; title: Text; site: boolean; expires: boolean }
type Room = { zones: { number: string; title: Text }[]; types: Kind[]; expected: { version: number; types: string[] }; shelves: Shelf[]; documents: Doc[] }
type Step = { kind: 'file'; site: string; type?: string; doc?: Doc } | { kind: 'accept' | 'refuse' | 'open'; doc: Doc } | { kind: 'expected' }

const looks: Record<string, [string, IconName]> = { missing: ['bad', 'ring'], expired: ['bad', 'alert'], refused: ['bad', 'x'], waiting: ['inf', 'clock'], expiring: ['warn', 'clock'], valid: ['ok', 'check'] }
const order = ['valid', 'expiring', 'waiting', 'refused', 'expired', 'missing']
const StateOf = ({ state }: { state: string }) => <Tag tone={looks[state]![0]} icon={looks[state]![1]}>{word('doc.state', state)}</Tag>
const Left = ({ slot }: { slot: Slot }) => slot.expires ? <>{slot.expires} <span class="xs dim">{t((slot.days ?? 0) < 0 ? 'doc.daysAgo' : 'doc.daysLeft', { n: Math.abs(slot.days ?? 0) })}</span></> : <>–</>

export function Documents({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} documents`, signal => call<Room>('GET', at(id, '/documents'), { signal }))
  const [shelf, choose] = useState('*'), [step, take] = useState<Step>()
  const shown = data?.shelves.filter(s => shelf === '*' || s.site === shelf) ?? [], docs = data?.documents.filter(d => shelf === '*' || d.site === shelf) ?? []
  const of = shown.reduce((n, s) => n + s.slots.length, 0), have = shown.reduce((n, s) => n + s.have, 0)
  const needed = shown.flatMap(s => s.slots.filter(x => x.state !== 'valid').map(slot => ({ s, slot }))).sort((a, b) => order.indexOf(b.slot.state) - order.indexOf(a.slot.state))
  const mine = data?.shelves.find(s => s.file && s.site === (shelf === '*' ? s.site : shelf))
  const typeName = (type: string) => say(data?.types.find(x => x.id === type)?.title)
  const Place = ({ s }: { s: Shelf }) => s.site ? <Where site={s.site} name={s.name} /> : <b>{t('doc.study')}</b>
  const done = () => { take(undefined); reload() }
  return <Shell title={t('doc.title')} crumbs={[{ text: t('doc.title') }]}>
    <Head title={t('doc.title')} lead={data ? t('doc.lead', { of, have, missing: needed.filter(x => x.slot.state === 'missing').length }) : ' '}>
      {data && data.shelves.length > 1 && <Chip name={t('doc.where')} value={shelf} onChange={choose} choices={[{ value: '*', text: t('doc.all') }, ...data.shelves.map(s => ({ value: s.site, text: s.site ? `${s.site} ${say(s.name)}` : t('doc.study') }))]} />}
      {mayDo('study.manage') && <button type="button" class="btn" onClick={() => take({ kind: 'expected' })}>{t('doc.expected')}</button>}
      {mine && <button type="button" class="btn primary" onClick={() => take({ kind: 'file', site: mine.site })}>{t('doc.file')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {shown.length > 0 && <section class="card"><header><h2 class="grow">{t('doc.picture')}</h2></header><div class="body shelves">{shown.map(s => <Bar key={s.site} s={s} pick={() => choose(s.site)} />)}
      <p class="row wrap xs sub">{order.map(k => <StateOf key={k} state={k} />)}</p></div></section>}
    {data && needed.length === 0 && <Empty icon="check" title={t('doc.complete')}>{t('doc.completeDo')}</Empty>}
    {needed.length > 0 && <Table name={t('doc.needed')} heads={[t('queries.state'), t('doc.type'), t('doc.where'), t('doc.expires'), '']}>{needed.slice(0, 60).map(({ s, slot }) => <tr key={s.site + slot.type}>
      <td><StateOf state={slot.state} /></td><th scope="row">{slot.type} {say(slot.title)}</th><td><Place s={s} /></td><td><Left slot={slot} /></td>
      <td>{s.file && <button type="button" class="btn s" onClick={() => { const doc = data?.documents.find(d => d.id === slot.document); take({ kind: 'file', site: s.site, type: slot.type, ...(doc ? { doc } : {}) }) }}>{t(slot.document ? 'doc.again' : 'doc.fileIt')}<span class="sr"> {slot.type} {say(slot.title)} {s.site}</span></button>}</td></tr>)}</Table>}
    {data && docs.length === 0 && <Empty icon="form" title={t('doc.none')}>{t('doc.noneDo')}</Empty>}
    {docs.length > 0 && <Table name={t('doc.title')} heads={[t('doc.name'), t('doc.type'), t('doc.where'), t('queries.state'), t('doc.version'), t('doc.expires'), t('doc.filed'), '']}>{docs.map(d => { const v = d.versions.at(-1)!; return <tr key={d.id}>
      <th scope="row"><button type="button" class="link" onClick={() => take({ kind: 'open', doc: d })}>{d.title}</button></th><td>{d.type} {typeName(d.type)}</td><td>{d.site || t('doc.study')}</td>
      <td><StateOf state={d.state} />{d.pending && d.versions.length > 1 && <> <Tag tone="inf" icon="clock">{t('doc.newWaits')}</Tag></>}</td><td class="num">{d.versions.length}</td><td>{v.expires ?? '–'}</td><td>{v.filedBy} <span class="xs dim">{v.filedAt.slice(0, 10)}</span></td>
      <td><span class="row"><a class="btn s" href={`/api/v1${at(id, `/documents/${seg(d.id)}/versions/${d.versions.length}`)}`} download>{t('doc.open')}<span class="sr"> {d.title}</span></a>
        {d.may.decide && <><button type="button" class="btn s primary" onClick={() => take({ kind: 'accept', doc: d })}>{t('doc.accept')}</button><button type="button" class="btn s" onClick={() => take({ kind: 'refuse', doc: d })}>{t('doc.refuse')}</button></>}</span></td></tr> })}</Table>}
    {step?.kind === 'file' && data && <FileDialog study={id} room={data} step={step} close={() => take(undefined)} done={done} />}
    {(step?.kind === 'accept' || step?.kind === 'refuse') && <Decide study={id} doc={step.doc} refuse={step.kind === 'refuse'} close={() => take(undefined)} done={done} />}
    {step?.kind === 'open' && <Look study={id} doc={step.doc} close={() => take(undefined)} />}
    {step?.kind === 'expected' && data && <ExpectedDialog study={id} room={data} close={() => take(undefined)} done={done} />}
  </Shell>
}

/** How much of what is expected is in order, by state; the numbers are in the label. */
function Bar({ s, pick }: { s: Shelf; pick: () => void }) {
  const counts = order.map(state => ({ state, n: s.slots.filter(x => x.state === state).length })).filter(x => x.n)
  return <div class="shelf"><button type="button" class="link" onClick={pick}>{s.site ? <Where site={s.site} name={s.name} /> : <b>{t('doc.study')}</b>}</button>
    <span class="share" role="img" aria-label={counts.map(c => `${word('doc.state', c.state)} ${c.n}`).join(', ')}>{counts.map(c => <i key={c.state} class={c.state} style={{ flexGrow: c.n }} />)}</span><span class="num">{s.have} / {s.slots.length}</span></div>
}

function FileDialog({ study, room, step, close, done }: { study: string; room: Room; step: Step & { kind: 'file' }; close: () => void; done: () => void }) {
  const { doc } = step, places = room.shelves.filter(s => s.file)
  const [site, setSite] = useState(step.site), types = room.types.filter(x => x.site === (site !== ''))
  const [chosen, setType] = useState(step.type ?? ''), type = types.find(x => x.id === chosen) ?? types[0]!
  const [title, setTitle] = useState(doc?.title ?? ''), [issued, setIssued] = useState(''), [expires, setExpires] = useState(''), [note, setNote] = useState(''), [file, setFile] = useState<File>()
  const send = async () => {
    const form = new FormData()
    form.append('about', JSON.stringify({ ...(doc ? { version: doc.version } : { type: type.id }), title: title.trim() || say(type.title), ...(note ? { note } : {}), ...(issued ? { issued } : {}), ...(expires ? { expires } : {}) }))
    form.append('file', file!)
    await call('POST', at(study, doc ? `/documents/${seg(doc.id)}/versions` : site ? `/sites/${seg(site)}/documents` : '/documents'), { body: form })
    done()
  }
  return <Ask title={doc ? `${doc.title} · ${t('doc.again')}` : t('doc.file')} close={close} ready={!!file && (!type.expires || !!expires)} go={send} done={t('doc.fileIt')}>
    {!doc && <><Choose label={t('doc.where')} value={site} set={setSite} choices={places.map(s => ({ value: s.site, text: s.site ? `${s.site} ${say(s.name)}` : t('doc.study') }))} />
      <Choose label={t('doc.type')} value={type.id} set={setType} choices={types.map(x => ({ value: x.id, text: `${x.id} ${say(x.title)}` }))} /></>}
    <label class="f"><span class="lab">{t('doc.choose')}</span><Files accept=".pdf,.png,.jpg,.jpeg,.tif,.tiff,.docx,.xlsx,.txt,.csv" chosen={file ? [file] : []} choose={([f]) => setFile(f)} /><span class="xs dim">{t('doc.kinds')}</span></label>
    <Field label={t('doc.name')} value={title} set={setTitle} hint={say(type.title)} />
    <Field label={t('doc.issued')} value={issued} set={setIssued} day /><Field label={t('doc.expires')} value={expires} set={setExpires} day /><Field label={t('doc.note')} value={note} set={setNote} /></Ask>
}

function Decide({ study, doc, refuse, close, done }: { study: string; doc: Doc; refuse: boolean; close: () => void; done: () => void }) {
  const [user, setUser] = useState(''), [password, setPassword] = useState(''), [reason, setReason] = useState('')
  const act = async () => { await call('POST', at(study, `/documents/${seg(doc.id)}/${refuse ? 'refusal' : 'acceptance'}`), { body: { version: doc.version, ...(refuse ? { reason } : { user, password }) } }); done() }
  return <Ask title={`${doc.title} · ${t(refuse ? 'doc.refuse' : 'doc.accept')}`} close={close} ready={!!(refuse ? reason.trim() : password)} go={act} done={t(refuse ? 'doc.refuse' : 'sign.go')}>
    {refuse ? <Field label={t('doc.why')} value={reason} set={setReason} lines /> : <><p class="sub">{t('doc.acceptMeans')}</p><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></>}</Ask>
}

function Look({ study, doc, close }: { study: string; doc: Doc; close: () => void }) {
  const path = at(study, `/documents/${seg(doc.id)}`)
  const { data } = useLoad(path, signal => call<Doc & { readers: { user: string; role: string; at: string; version: number }[] }>('GET', path, { signal }))
  return <Dialog title={`${doc.id} · ${doc.title}`} close={close}><div class="body stack-1"><h3>{t('doc.versions')}</h3>
    <ol class="list many">{doc.versions.map((v, i) => <li key={i} class="stack-1"><p><a href={`/api/v1${path}/versions/${i + 1}`} download><b>{i + 1}</b> · {v.name}</a> <span class="xs dim">{Math.ceil(v.size / 1024)} kB · {v.filedBy} · {moment(v.filedAt)}</span></p>
      <p class="sm">{v.accepted ? t('doc.acceptedBy', { name: v.accepted.name, day: v.accepted.at.slice(0, 10) }) : v.refused ? t('doc.refusedBy', { name: v.refused.by, day: v.refused.at.slice(0, 10), reason: v.refused.reason }) : t('doc.waits')}</p>
      {v.note && <p class="sm">{v.note}</p>}<p class="xs dim wrap-any mono">{t('doc.hash')} {v.hash}</p></li>)}</ol>
    <h3>{t('doc.readers')}</h3>{data && !data.readers.length && <p class="sub">{t('doc.unread')}</p>}
    <ul class="list">{data?.readers.map((r, i) => <li key={i}><span class="grow">{r.user} · {word('role', r.role)}</span><span class="xs dim">{t('doc.version')} {r.version} · {moment(r.at)}</span></li>)}</ul></div></Dialog>
}

function ExpectedDialog({ study, room, close, done }: { study: string; room: Room; close: () => void; done: () => void }) {
  const [types, set] = useState(room.expected.types), [reason, setReason] = useState('')
  return <Ask title={t('doc.expected')} close={close} ready={!!reason.trim()} go={async () => { await call('PUT', at(study, '/expected-documents'), { body: { version: room.expected.version, types, reason } }); done() }}>
    <p class="sub">{t('doc.expectedDo')}</p><div class="ticks" tabIndex={0} role="group" aria-label={t('doc.expected')}>{room.types.map(x => <label key={x.id} class="row"><input type="checkbox" checked={types.includes(x.id)} onChange={e => set(e.currentTarget.checked ? [...types, x.id] : types.filter(y => y !== x.id))} /> {x.id} {say(x.title)}</label>)}</div>
    <Field label={t('locks.reason')} value={reason} set={setReason} /></Ask>
}
