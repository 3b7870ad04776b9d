// Accountability: what each site has of a study beside its numbered kits, where every unit went, line by line with signatures.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import type { Text } from '../wire/types.ts'
import { moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, num, seg, Table, Where } from './officeparts.tsx'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { zone } from './study.ts'

type Mark = { signer: string; name: string; at: string }
type Line = { n: number; what: string; quantity: number; on: string; subject?: string; note?: string; signed: Mark; confirmed?: Mark }
type Item = { id: string; site: string; version: number; kind: string; name: string; lot?: string; unit: string; expires?: string; lines?: Line[]; received: number; used: number; returned: number; destroyed: number; corrected: number; balance: number; open: number; moves: boolean; confirms: boolean }
type Kits = { site: string; kits: Record<string, number>; passedOn: number; unitsOut: number; unitsBack: number; unitsUsed: number }
type Register = { items: Item[]; kits: Kits[]; sites: Record<string, Text>; adds: string[]; today: Record<string, string> }

const whats = ['received', 'used', 'returned', 'destroyed', 'corrected']

export function Goods({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} goods`, signal => call<Register>('GET', at(id, '/goods'), { signal }))
  const [adding, add] = useState(false), [shown, show] = useState<string>()
  const one = data?.items.find(i => i.id === shown)
  return <Shell title={t('goods.title')} crumbs={[{ text: t('goods.title') }]}>
    <Head title={t('goods.title')} lead={data ? t('goods.lead', { n: data.items.length, open: data.items.reduce((n, i) => n + i.open, 0) }) : ' '}>{data && data.adds.length > 0 && <button type="button" class="btn primary" onClick={() => add(true)}><Icon name="plus" />{t('goods.add')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && data.items.length === 0 && data.kits.length === 0 && <Empty icon="flask" title={t('goods.none')}>{t('goods.noneDo')}</Empty>}
    {data && data.items.length > 0 && <Table name={t('goods.register')} heads={[t('goods.item'), t('matrix.site'), t('goods.lot'), ...whats.map(w => num(word('goods.what', w))), num(t('goods.balance')), '']}>{data.items.map(i => <tr key={i.id}>
      <th scope="row"><button type="button" class="linkish" onClick={() => show(i.id)}>{i.name}</button><div class="xs dim">{i.id} · {word('goods.kinds', i.kind)}</div></th><td><Where site={i.site} name={entry(data.sites, i.site)} /></td><td><span class="mono">{i.lot || '–'}</span>{i.expires && <> <Tag tone={i.expires < entry(data.today, i.site)! ? 'bad' : ''} icon="clock">{i.expires}</Tag></>}</td>
      {([i.received, i.used, i.returned, i.destroyed, i.corrected]).map((n, k) => <td class="num" key={k}>{n}</td>)}<td class="num"><b>{i.balance}</b> <span class="xs dim">{i.unit}</span></td><td>{i.open > 0 && <Tag tone="warn" icon="pen">{t('goods.unconfirmed', { n: i.open })}</Tag>}</td></tr>)}</Table>}
    {one && <Lines id={id} item={one} today={entry(data!.today, one.site)!} close={() => show(undefined)} done={reload} />}
    {data && data.kits.length > 0 && <><Table name={t('goods.kits')} heads={[t('matrix.site'), ...[t('kit.sent'), t('kit.stock'), t('kit.out'), t('kit.back'), t('kit.bad'), t('kit.passedOn'), t('kit.used'), t('kit.unitsBack')].map(num)]}>{data.kits.map(k => <tr key={k.site}>
      <th scope="row"><Where site={k.site} name={entry(data.sites, k.site)} /></th>{['sent', 'received', 'dispensed', 'returned', 'spoiled'].map(s => <td class="num" key={s}>{k.kits[s] ?? 0}</td>)}<td class="num">{k.passedOn}</td><td class="num">{k.unitsUsed}</td><td class="num">{k.unitsBack}</td></tr>)}</Table>
      <p class="sub sm">{t('goods.kitsFrom')} <a href={to.allocation(id)}>{t('alloc.title')}</a></p></>}
    {adding && data && <Add id={id} data={data} close={() => add(false)} done={() => { add(false); reload() }} />}
  </Shell>
}

/** The lines of an item, each with who signed it. */
function Lines({ id, item: i, today, close, done }: { id: string; item: Item; today: string; close: () => void; done: () => void }) {
  const [step, take] = useState<'move' | Line>()
  const path = at(id, `/goods/${seg(i.id)}/lines`), over = () => { take(undefined); done() }
  return <section class="card"><header><h2 class="grow">{i.id} · {i.name}</h2>{i.moves && <button type="button" class="btn primary s" onClick={() => take('move')}>{t('goods.move')}</button>}<button type="button" class="btn quiet s" onClick={close}>{t('do.close')}</button></header>
    {!i.lines?.length ? <p class="body sub">{t('goods.noLines')}</p> : <div class="scroll" tabIndex={0} role="region" aria-label={t('goods.lines')}><table class="tbl"><thead><tr>{[t('goods.n'), t('goods.on'), t('goods.whatHead'), t('goods.quantity'), t('queries.subject'), t('doc.note'), t('goods.signed'), t('goods.confirmed')].map(h => <th scope="col" key={h}>{h}</th>)}</tr></thead>
      <tbody>{i.lines.map(l => <tr key={l.n}><th scope="row" class="num">{l.n}</th><td>{l.on}</td><td>{word('goods.what', l.what)}</td><td class="num">{l.quantity}</td><td>{l.subject ?? '–'}</td><td class="wrap">{l.note}</td><td><Signed mark={l.signed} /></td>
        <td>{l.confirmed ? <Signed mark={l.confirmed} /> : i.confirms && <button type="button" class="btn s" onClick={() => take(l)}>{t('goods.confirm')}<span class="sr"> {l.n}</span></button>}</td></tr>)}</tbody></table></div>}
    {step === 'move' && <Move path={path} item={i} today={today} close={() => take(undefined)} done={over} />}
    {step && step !== 'move' && <Confirm path={path} item={i} line={step} close={() => take(undefined)} done={over} />}</section>
}

const Signed = ({ mark }: { mark: Mark }) => <Tag tone="sign" icon="pen">{mark.name} · {moment(mark.at, zone.value)}</Tag>

function Move({ path, item: i, today, close, done }: { path: string; item: Item; today: string; close: () => void; done: () => void }) {
  const [what, setWhat] = useState(i.lines?.length ? 'used' : 'received'), [quantity, setQuantity] = useState(''), [on, setOn] = useState(today), [subject, setSubject] = useState(''), [note, setNote] = useState(''), [user, setUser] = useState(''), [password, setPassword] = useState('')
  const said = what !== 'destroyed' && what !== 'corrected' || !!note.trim()
  return <Ask title={`${i.id} · ${t('goods.move')}`} close={close} ready={/^-?\d+$/.test(quantity) && !!on && said && !!password} done={t('goods.sign')} go={async () => { await call('POST', path, { body: { version: i.version, what, quantity: Number(quantity), on, ...(subject.trim() ? { subject: subject.trim() } : {}), note: note.trim(), user, password } }); done() }}>
    <Choose label={t('goods.whatHead')} value={what} set={setWhat} choices={whats.map(w => ({ value: w, text: word('goods.what', w) }))} /><Field label={`${t('goods.quantity')} (${i.unit})`} value={quantity} set={setQuantity} /><Field label={t('goods.on')} value={on} set={setOn} day />
    {what === 'used' && <Field label={t('queries.subject')} value={subject} set={setSubject} />}<Field label={t('doc.note')} value={note} set={setNote} />
    <p class="sub">{t('goods.signMeans')}</p><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></Ask>
}

function Confirm({ path, item: i, line: l, close, done }: { path: string; item: Item; line: Line; close: () => void; done: () => void }) {
  const [user, setUser] = useState(''), [password, setPassword] = useState('')
  return <Ask title={`${i.id} · ${t('goods.confirm')}`} close={close} ready={!!password} done={t('goods.sign')} go={async () => { await call('POST', `${path}/${l.n}/confirmation`, { body: { version: i.version, user, password } }); done() }}>
    <p>{l.on} · {word('goods.what', l.what)} {l.quantity} {i.unit}{l.note && ` · ${l.note}`} · {l.signed.name}</p><p class="sub">{t('goods.confirmMeans')}</p><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></Ask>
}

function Add({ id, data, close, done }: { id: string; data: Register; close: () => void; done: () => void }) {
  const [site, setSite] = useState(data.adds[0]!), [kind, setKind] = useState('device'), [name, setName] = useState(''), [lot, setLot] = useState(''), [unit, setUnit] = useState(''), [expires, setExpires] = useState('')
  return <Ask title={t('goods.add')} close={close} ready={!!name.trim() && !!unit.trim()} go={async () => { await call('POST', at(id, `/sites/${seg(site)}/goods`), { body: { kind, name: name.trim(), lot: lot.trim(), unit: unit.trim(), ...(expires ? { expires } : {}) } }); done() }}>
    <Choose label={t('matrix.site')} value={site} set={setSite} choices={data.adds.map(s => ({ value: s, text: s }))} /><Choose label={t('goods.kind')} value={kind} set={setKind} choices={['device', 'sample', 'drug'].map(k => ({ value: k, text: word('goods.kinds', k) }))} />
    <Field label={t('goods.item')} value={name} set={setName} /><Field label={t('goods.lot')} value={lot} set={setLot} /><Field label={t('goods.unit')} value={unit} set={setUnit} /><Field label={t('goods.expires')} value={expires} set={setExpires} day /></Ask>
}
