// The study drug: what each site and subject has, and whether it adds up. Nobody blinded sees what a kit holds.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, num, seg, Table } from './officeparts.tsx'
import { study as here, siteName } from './study.ts'

type State = 'sent' | 'received' | 'dispensed' | 'returned' | 'spoiled'
type Kit = { kit: string; shipment: string; site: string; state: State; subject?: string; units: number; unitsBack: number }
type Balance = { site: string; subject?: string; kits: Partial<Record<State, number>>; passedOn: number; unitsOut: number; unitsBack: number; unitsUsed: number; unitsOpen: number }
type Listed = { kits: Kit[]; sites: Balance[]; subjects: Balance[]; handle: string[] }
type Step = { kind: 'send' | 'pass' } | { kind: 'receive'; shipment: string; site: string } | { kind: 'return' | 'spoil'; kit: Kit }

const states = { sent: ['kit.sent', 'clock', ''], received: ['kit.stock', 'check', 'ok'], dispensed: ['kit.out', 'right', 'info'], returned: ['kit.back', 'left', ''], spoiled: ['kit.bad', 'x', 'bad'] } as const
const order = Object.keys(states) as State[]

export function Kits({ id, treatment }: { id: string; treatment: boolean }) {
  const { data, problem, reload } = useLoad(`${id} kits`, signal => call<Listed>('GET', at(id, '/kits'), { signal }))
  const [step, take] = useState<Step>(), [inside, look] = useState(false)
  const done = () => { take(undefined); reload() }
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  const may = (site: string) => data.handle.includes(site)
  const coming = [...new Map(data.kits.filter(k => k.state === 'sent').map(k => [k.shipment, k.site]))]
  const sums = (b: Balance) => <>{order.map(s => <td class="num" key={s}>{b.kits[s] ?? 0}</td>)}{!b.subject && <td class="num">{b.passedOn}</td>}<td class="num">{b.unitsUsed}</td><td class="num">{b.unitsBack}</td><td class="num">{b.unitsOpen}</td></>
  const heads = (site: boolean) => [...order.map(s => t(states[s][0])), ...site ? [t('kit.passedOn')] : [], t('kit.used'), t('kit.unitsBack'), t('kit.open')]
  return <>
    <div class="row"><span class="grow" />{coming.filter(([, site]) => may(site)).map(([shipment, site]) => <button type="button" class="btn primary" key={shipment} onClick={() => take({ kind: 'receive', shipment, site })}><Icon name="down" />{t('kit.receive', { shipment })}</button>)}
      {treatment && <><button type="button" class="btn" title={t('alloc.openMeans')} onClick={() => look(true)}>{t('kit.look')}</button><button type="button" class="btn" disabled={!data.kits.some(k => k.state === 'received')} onClick={() => take({ kind: 'pass' })}><Icon name="right" />{t('kit.pass')}</button><button type="button" class="btn" onClick={() => take({ kind: 'send' })}><Icon name="plus" />{t('kit.send')}</button></>}</div>
    {!data.kits.length && <Empty icon="flask" title={t('kit.none')}>{t('kit.noneDo')}</Empty>}
    {data.sites.length > 0 && <Table name={t('kit.balance')} heads={[t('matrix.site'), ...heads(true).map(num)]}>{data.sites.map(b => <tr key={b.site}><th scope="row"><b>{b.site}</b> {siteName(b.site)}</th>{sums(b)}</tr>)}</Table>}
    {data.subjects.length > 0 && <Table name={t('kit.subjects')} heads={[t('alloc.subject'), ...heads(false).map(num)]}>{data.subjects.map(b => <tr key={`${b.site} ${b.subject}`}><th scope="row">{b.subject}</th>{sums(b)}</tr>)}</Table>}
    {data.kits.length > 0 && <Table name={t('kit.kits')} heads={[t('kit.kit'), t('kit.shipment'), t('matrix.site'), t('alloc.state'), t('alloc.subject'), '']}>{data.kits.map(k => { const [text, icon, tone] = states[k.state]; return <tr key={k.kit}>
      <th scope="row" class="mono">{k.kit}</th><td>{k.shipment}</td><td>{k.site}</td><td><Tag tone={tone} icon={icon}>{t(text)}</Tag></td><td>{k.subject ?? '–'}</td>
      <td>{may(k.site) && k.state === 'dispensed' && <button type="button" class="btn s" onClick={() => take({ kind: 'return', kit: k })}>{t('kit.return')}<span class="sr"> {k.kit}</span></button>}
        {may(k.site) && k.state === 'received' && <button type="button" class="btn quiet s" onClick={() => take({ kind: 'spoil', kit: k })}>{t('kit.spoil')}<span class="sr"> {k.kit}</span></button>}</td></tr> })}</Table>}
    {inside && <Stock id={id} />}
    {step?.kind === 'send' && <Send id={id} close={() => take(undefined)} done={done} />}
    {step?.kind === 'pass' && <Pass id={id} kits={data.kits.filter(k => k.state === 'received')} close={() => take(undefined)} done={done} />}
    {step?.kind === 'receive' && <Receive id={id} shipment={step.shipment} kits={data.kits.filter(k => k.shipment === step.shipment)} close={() => take(undefined)} done={done} />}
    {(step?.kind === 'return' || step?.kind === 'spoil') && <Change id={id} kit={step.kit} back={step.kind === 'return'} close={() => take(undefined)} done={done} />}
  </>
}

/** What is in stock by treatment: looking is recorded. */
function Stock({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} stock`, signal => call<{ kits: (Kit & { treatment: string; lot: string; expiry: string })[] }>('GET', at(id, '/kit-stock'), { signal }))
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  const rows = new Map<string, number>()
  for (const k of data.kits) { const key = JSON.stringify([k.site, k.treatment, k.lot, k.expiry]); rows.set(key, (rows.get(key) ?? 0) + (k.state === 'received' ? 1 : 0)) }
  return <Table name={t('kit.contents')} heads={[t('matrix.site'), t('alloc.gives'), 'lot', 'expiry', num(t('kit.stock'))]}>{[...rows].map(([key, n]) => { const [site, treatment, lot, expiry] = JSON.parse(key) as string[]; return <tr key={key}>
    <th scope="row">{site}</th><td>{treatment}</td><td>{lot}</td><td>{expiry}</td><td class="num">{n < 2 ? <Tag tone="warn" icon="warn">{n}</Tag> : n}</td></tr> })}</Table>
}

function Send({ id, close, done }: { id: string; close: () => void; done: () => void }) {
  const sites = here.value?.sites ?? [], [site, setSite] = useState(sites[0]?.id ?? ''), [units, setUnits] = useState('30'), [csv, setCSV] = useState('')
  return <Ask title={t('kit.send')} close={close} ready={!!csv.trim()} done={t('kit.send')} go={async () => { await call('POST', at(id, '/kit-shipments'), { body: { site, units: Math.trunc(Number(units)) || 0, csv } }); done() }}>
    <Choose label={t('matrix.site')} value={site} set={setSite} choices={sites.map(s => ({ value: s.id, text: `${s.id} ${siteName(s.id)}` }))} />
    <Field label={t('kit.units')} value={units} set={setUnits} /><Field label={t('kit.csv')} value={csv} set={setCSV} lines /></Ask>
}

/** Kits of one site's stock go to another site. */
function Pass({ id, kits, close, done }: { id: string; kits: Kit[]; close: () => void; done: () => void }) {
  const stocked = [...new Set(kits.map(k => k.site))], choice = (site: string) => ({ value: site, text: `${site} ${siteName(site)}` })
  const [from, setFrom] = useState(stocked[0] ?? ''), [chosen, setTo] = useState(''), [picked, setPicked] = useState<ReadonlySet<string>>(new Set()), [reason, setReason] = useState('')
  const others = (here.value?.sites ?? []).map(s => s.id).filter(s => s !== from), to = others.includes(chosen) ? chosen : others[0] ?? ''
  const pick = (kit: string) => { const next = new Set(picked); if (!next.delete(kit)) next.add(kit); setPicked(next) }
  return <Ask title={t('kit.pass')} close={close} ready={picked.size > 0 && !!to && !!reason.trim()} done={t('kit.pass')} go={async () => { await call('POST', at(id, '/kit-transfers'), { body: { from, to, kits: [...picked], reason } }); done() }}>
    <p class="sub">{t('kit.passMeans')}</p>
    <Choose label={t('kit.passFrom')} value={from} set={site => { setFrom(site); setPicked(new Set()) }} choices={stocked.map(choice)} />
    <Choose label={t('kit.passTo')} value={to} set={setTo} choices={others.map(choice)} />
    <fieldset class="stack-1"><legend class="b">{t('kit.kits')}</legend>{kits.filter(k => k.site === from).map(k => <label class="opt" key={k.kit}><input type="checkbox" checked={picked.has(k.kit)} onChange={() => pick(k.kit)} /><span class="mono">{k.kit}</span></label>)}</fieldset>
    <Field label={t('locks.reason')} value={reason} set={setReason} /></Ask>
}

function Receive({ id, shipment, kits, close, done }: { id: string; shipment: string; kits: Kit[]; close: () => void; done: () => void }) {
  const [bad, setBad] = useState<ReadonlySet<string>>(new Set()), [reason, setReason] = useState('')
  const pick = (kit: string) => { const next = new Set(bad); if (!next.delete(kit)) next.add(kit); setBad(next) }
  return <Ask title={t('kit.receive', { shipment })} close={close} ready={!bad.size || !!reason.trim()} go={async () => { await call('POST', at(id, `/kit-shipments/${seg(shipment)}/receipt`), { body: bad.size ? { spoiled: [...bad], reason } : {} }); done() }}>
    <p class="sub">{t('kit.receiveMeans')}</p>
    <fieldset class="stack-1"><legend class="b">{t('kit.kits')}</legend>{kits.map(k => <label class="opt" key={k.kit}><input type="checkbox" checked={bad.has(k.kit)} onChange={() => pick(k.kit)} /><span class="mono">{k.kit}</span>{bad.has(k.kit) && <Tag tone="bad" icon="x">{t('kit.bad')}</Tag>}</label>)}</fieldset>
    {bad.size > 0 && <Field label={t('locks.reason')} value={reason} set={setReason} />}</Ask>
}

function Change({ id, kit, back, close, done }: { id: string; kit: Kit; back: boolean; close: () => void; done: () => void }) {
  const [units, setUnits] = useState(''), [reason, setReason] = useState(''), n = Number(units)
  return <Ask title={t(back ? 'kit.returnTitle' : 'kit.spoilTitle', { kit: kit.kit })} close={close} ready={back ? units.trim() !== '' && Number.isInteger(n) : !!reason.trim()}
    go={async () => { await call('POST', at(id, `/kits/${seg(kit.kit)}/${back ? 'return' : 'spoiling'}`), { body: back ? { units: n } : { reason } }); done() }}>
    {back ? <Field label={t('kit.left', { n: kit.units })} value={units} set={setUnits} /> : <Field label={t('locks.reason')} value={reason} set={setReason} lines />}</Ask>
}
