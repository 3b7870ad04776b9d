// Who is randomised; for who is not blinded the lists, and for sites and the drug's manager the kits.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { moment, t, word } from '../words/words.ts'
import { Blinded } from './blinded.tsx'
import { Kits } from './kits.tsx'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg, Table } from './officeparts.tsx'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { index, study as here, unblinded as sightedHere, zone } from './study.ts'

export type Assignment = { subject: string; site: string; number: string; list: string; stratum: string; position: number; at: string; by: string }
type Place = { event: string; form: string; group: string; item: string }
type Factor = Place & { name: string; site?: boolean; levels: string[] }
type Design = { name: string; factors: Factor[]; require: (Place & { values: string[] })[] }
type List = Design & { list: string; state: 'draft' | 'in_use' | 'closed'; drawn: boolean; madeBy: string; madeAt: string; released?: { name: string; at: string }; closing?: string }
type Contents = { arms: { treatment: string; ratio: number }[]; blocks: number[]; seed: string; strata: Record<string, string>; numbers: Record<string, string[]> }
type Opened = List & { contents: Contents; subjects: Assignment[]; unblindings: { unblinding: string; subject: string; reason: string; text: string; signature: { name: string; at: string } }[] }

export function Allocation({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} allocations`, signal => call<{ ready: boolean; subjects: Assignment[]; may: { treatment: boolean } }>('GET', at(id, '/allocations'), { signal }))
  return <Shell title={t('alloc.title')} crumbs={[{ text: t('nav.allocation') }]}>
    <Head title={t('alloc.title')} lead={data ? t('alloc.lead', { n: data.subjects.length }) : ' '} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data?.may.treatment && <Lists id={id} changed={reload} />}
    {data && !data.subjects.length && <Empty icon="branch" title={t('alloc.none')}>{t(data.ready ? 'alloc.noneReady' : 'alloc.noneYet')}</Empty>}
    {!!data?.subjects.length && <Table name={t('alloc.subjects')} heads={[t('alloc.number'), t('alloc.subject'), t('matrix.site'), t('alloc.at'), t('alloc.by')]}>{data.subjects.map(a => <tr key={a.subject}>
      <th scope="row" class="mono">{a.number}</th><td>{sightedHere.value ? a.subject : <a href={to.casebook(id, a.subject)}>{a.subject}</a>}</td><td>{a.site}</td><td>{moment(a.at, zone.value)}</td><td>{a.by}</td></tr>)}</Table>}
    {sightedHere.value && <Blinded id={id} />}
    {data && <Kits id={id} treatment={data.may.treatment} />}
  </Shell>
}

type Step = { kind: 'new' } | { kind: 'release' | 'close'; list: List }

function Lists({ id, changed }: { id: string; changed: () => void }) {
  const path = at(id, '/randomisation-lists')
  const { data, problem, reload } = useLoad(path, signal => call<{ lists: List[] }>('GET', path, { signal }))
  const [step, take] = useState<Step>(), [inside, open] = useState<string>()
  const done = () => { take(undefined); reload(); changed() }
  const looks = { draft: 'warn', in_use: 'ok', closed: '' } as const
  return <>
    {problem && <Trouble problem={problem} retry={reload} />}
    <div class="row"><span class="grow" /><button type="button" class="btn primary" onClick={() => take({ kind: 'new' })}><Icon name="plus" />{t('alloc.new')}</button></div>
    {data && !data.lists.length && <Empty icon="rows" title={t('alloc.noLists')}>{t('alloc.noListsDo')}</Empty>}
    {!!data?.lists.length && <Table name={t('alloc.lists')} heads={[t('alloc.list'), t('alloc.factors'), t('alloc.state'), '']}>{data.lists.map(l => <tr key={l.list}>
      <th scope="row">{l.list} {l.name} <span class="xs dim">{t(l.drawn ? 'alloc.drawn' : 'alloc.brought')} · {l.madeBy} · {moment(l.madeAt, zone.value)}</span></th>
      <td>{l.factors.map(f => f.name).join(' · ') || t('alloc.noFactors')}</td>
      <td><Tag tone={looks[l.state]} icon={l.state === 'in_use' ? 'check' : 'dash'}>{word('allocState', l.state)}</Tag>{l.released && <span class="xs dim"> {l.released.name}</span>}{l.closing && <span class="xs dim"> {l.closing}</span>}</td>
      <td><span class="row"><button type="button" class="btn s" title={t('alloc.openMeans')} onClick={() => open(l.list)}>{t('alloc.open')}<span class="sr"> {l.list}</span></button>
        {l.state === 'draft' && <button type="button" class="btn s primary" onClick={() => take({ kind: 'release', list: l })}>{t('alloc.release')}<span class="sr"> {l.list}</span></button>}
        {l.state !== 'closed' && <button type="button" class="btn s" onClick={() => take({ kind: 'close', list: l })}>{t('alloc.close')}<span class="sr"> {l.list}</span></button>}</span></td></tr>)}</Table>}
    {inside && <Inside key={inside} path={`${path}/${seg(inside)}`} list={inside} />}
    {step?.kind === 'new' && <NewList path={path} close={() => take(undefined)} done={done} />}
    {(step?.kind === 'release' || step?.kind === 'close') && <Decide path={`${path}/${seg(step.list.list)}`} list={step.list} release={step.kind === 'release'} close={() => take(undefined)} done={done} />}
  </>
}

/** What a list gives. Looking is recorded, so it is asked for by a button only. */
function Inside({ path, list }: { path: string; list: string }) {
  const { data, problem, reload } = useLoad(path, signal => call<Opened>('GET', path, { signal }))
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  const { arms, strata, numbers, blocks, seed } = data.contents
  const whose = (stratum: string, n: number) => data.subjects.find(a => a.stratum === stratum && a.position === n + 1)?.subject
  return <><section class="card"><header><h2 class="grow">{t('alloc.contents', { list })}</h2></header><div class="body"><dl class="says">
    <dt>{t('alloc.arms')}</dt><dd>{arms.map(a => `${a.treatment} : ${a.ratio}`).join(' · ')}</dd>{!!blocks.length && <><dt>{t('alloc.blocksAre')}</dt><dd>{blocks.join(' ')}</dd></>}{seed && <><dt>{t('alloc.seedIs')}</dt><dd class="mono">{seed}</dd></>}</dl></div></section>
    {Object.keys(strata).sort().map(s => <Table key={s} name={`${t('alloc.stratum')} ${s || t('alloc.all')}`} heads={[t('alloc.order'), t('alloc.number'), t('alloc.gives'), t('alloc.takenBy')]}>{[...strata[s]!].map((arm, n) => <tr key={n}>
      <td class="num">{n + 1}</td><th scope="row" class="mono">{numbers[s]![n]}</th><td>{arms[Number(arm)]!.treatment}</td><td>{whose(s, n) ?? '–'}</td></tr>)}</Table>)}
    {data.unblindings.length > 0 && <Table name={t('alloc.looks')} heads={[t('alloc.subject'), t('alloc.by'), t('alloc.at'), t('alloc.why')]}>{data.unblindings.map(u => <tr key={u.unblinding}>
      <th scope="row">{u.subject}</th><td>{u.signature.name}</td><td>{moment(u.signature.at, zone.value)}</td><td>{word('allocWhy', u.reason)} · {u.text}</td></tr>)}</Table>}</>
}

function Decide({ path, list, release, close, done }: { path: string; list: List; release: boolean; close: () => void; done: () => void }) {
  const [user, setUser] = useState(''), [password, setPassword] = useState(''), [reason, setReason] = useState('')
  return <Ask title={`${list.list} ${list.name}`} close={close} ready={!!(release ? password : reason.trim())} done={t(release ? 'alloc.release' : 'alloc.close')}
    go={async () => { await call('POST', path + (release ? '/release' : '/closing'), { body: release ? { user, password } : { reason } }); done() }}>
    <p class="sub">{t(release ? 'alloc.releaseMeans' : 'alloc.closeMeans')}</p>
    {release ? <><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></> : <Field label={t('locks.reason')} value={reason} set={setReason} lines />}</Ask>
}

/** The coded questions of visits that do not repeat: what a list can be stratified by. */
function coded(): { value: string; text: string; place: Place; codes: string[] }[] {
  const x = index.value
  if (!x) return []
  return [...x.events.values()].filter(e => !e.repeating).flatMap(e => (e.forms ?? []).flatMap(f => x.sections(f.oid).filter(s => !s.group.repeating).flatMap(s => s.questions.filter(q => q.codes?.length).map(q => ({
    value: [e.oid, f.oid, s.group.oid, q.item.oid].join(' '), text: `${x.itemLabel(q.item.oid)} · ${e.oid} ${f.oid}`, place: { event: e.oid, form: f.oid, group: s.group.oid, item: q.item.oid }, codes: q.codes!.map(c => c.code) })))))
}

function NewList({ path, close, done }: { path: string; close: () => void; done: () => void }) {
  const [name, setName] = useState(''), [how, setHow] = useState('drawn'), [arms, setArms] = useState('A : 1\nB : 1'), [blocks, setBlocks] = useState('4 6'), [places, setPlaces] = useState('100'), [seed, setSeed] = useState(''), [csv, setCSV] = useState('')
  const [factors, setFactors] = useState<Factor[]>([]), [require, setRequire] = useState<Design['require']>([])
  const items = coded(), none = { value: '', text: t('alloc.choose') }, nowhere = { event: '', form: '', group: '', item: '' }
  const add = (value: string) => {
    const it = items.find(i => i.value === value)
    if (value === 'site') setFactors([...factors, { ...nowhere, name: 'site', site: true, levels: (here.value?.sites ?? []).map(s => s.id) }])
    else if (it) setFactors([...factors, { ...it.place, name: it.place.item, levels: it.codes }])
  }
  const conditions = items.flatMap(i => i.codes.map(code => ({ value: `${i.value} ${code}`, text: `${i.text} = ${index.value?.valueLabel(i.place.item, code)}`, place: i.place, code })))
  const ask = (value: string) => { const c = conditions.find(x => x.value === value); if (c) setRequire([...require, { ...c.place, values: [c.code] }]) }
  const drawn = { arms: arms.split('\n').filter(l => l.trim()).map(l => { const [treatment = '', ratio = '1'] = l.split(':').map(x => x.trim()); return { treatment, ratio: Number(ratio) || 0 } }), blocks: blocks.split(/\s+/).filter(Boolean).map(b => Math.trunc(Number(b)) || 0), places: Math.trunc(Number(places)) || 0, ...(seed ? { seed } : {}) }
  return <Ask title={t('alloc.new')} close={close} ready={!!name.trim() && (how === 'drawn' || !!csv.trim())} go={async () => { await call('POST', path, { body: { name: name.trim(), factors, require, ...(how === 'drawn' ? drawn : { csv }) } }); done() }}>
    <Field label={t('alloc.name')} value={name} set={setName} />
    <Choose label={t('alloc.by_')} value="" set={add} choices={[none, { value: 'site', text: t('alloc.bySite') }, ...items]} />
    <Picked names={factors.map(f => `${f.name}: ${f.levels.join(', ')}`)} drop={i => setFactors(factors.filter((_, n) => n !== i))} />
    <Choose label={t('alloc.require')} value="" set={ask} choices={[none, ...conditions]} />
    <Picked names={require.map(c => `${index.value?.itemLabel(c.item)} = ${c.values.map(v => index.value?.valueLabel(c.item, v)).join(', ')}`)} drop={i => setRequire(require.filter((_, n) => n !== i))} />
    <Choose label={t('alloc.how')} value={how} set={setHow} choices={[{ value: 'drawn', text: t('alloc.drawn') }, { value: 'brought', text: t('alloc.brought') }]} />
    {how === 'drawn' ? <><Field label={t('alloc.treatments')} value={arms} set={setArms} lines /><Field label={t('alloc.blocks')} value={blocks} set={setBlocks} /><Field label={t('alloc.places')} value={places} set={setPlaces} /><Field label={t('alloc.seed')} value={seed} set={setSeed} /></>
      : <Field label={t('alloc.csv')} value={csv} set={setCSV} lines />}</Ask>
}

function Picked({ names, drop }: { names: string[]; drop: (i: number) => void }) {
  return names.length ? <ul class="list">{names.map((n, i) => <li key={n}><span class="grow">{n}</span><button type="button" class="btn quiet s" aria-label={t('alloc.remove', { what: n })} onClick={() => drop(i)}><Icon name="x" /></button></li>)}</ul> : null
}
