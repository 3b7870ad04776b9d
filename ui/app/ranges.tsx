// The reference ranges of a site's laboratories: for which item, in whom, when; one by one or from a CSV file.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { limits } from '../form/value.ts'
import type { Text } from '../wire/types.ts'
import { say, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg, Table } from './officeparts.tsx'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { homeSite, mayDo, ownSites } from './study.ts'

type Range = { item: string; sex?: string; ageFrom?: number; ageUnder?: number; from: string; until?: string; unit?: string; low?: string; high?: string }
type Ranges = { ranges: Range[]; items: { item: string; name: Text; unit: string }[]; sexes: { code: string; decode?: Text }[]; ages: boolean }
type Change = { set?: Range[]; remove?: Range[]; csv?: string; reason?: string }

const columns = 'item,sex,age_from,age_under,unit,low,high,valid_from,valid_until'
const cell = (s: string | number | undefined) => /[",\n]/.test(`${s ?? ''}`) ? `"${`${s}`.replace(/"/g, '""')}"` : `${s ?? ''}`
const file = (all: Range[]) => [columns, ...all.map(r => [r.item, r.sex, r.ageFrom, r.ageUnder, r.unit, r.low, r.high, r.from, r.until].map(cell).join(','))].join('\r\n') + '\r\n'

export function RangesPage({ id }: { id: string }) {
  const [picked, setSite] = useState(''), site = picked || homeSite.value?.id || ''
  const { data, problem, reload } = useLoad(`${id} ranges ${site}`, signal => site ? call<Ranges>('GET', at(id, `/sites/${seg(site)}/normal-ranges`), { signal }) : Promise.resolve(undefined))
  const [step, take] = useState<{ of?: Range; remove?: Range; csv?: string }>()
  const may = mayDo('site.staff', site)
  const send = async (c: Change) => { await call('POST', at(id, `/sites/${seg(site)}/normal-ranges`), { body: c }); announced.value = t('ranges.done'); take(undefined); reload() }
  const open = async (f: File | undefined) => { if (f) take({ csv: await f.text() }) }
  return <Shell title={t('ranges.title')} crumbs={[{ text: t('labs.title'), href: to.labs(id) }, { text: t('ranges.title') }]}>
    <Head title={t('ranges.title')} lead={t('ranges.lead')}><div class="row wrap">
      {data && data.ranges.length > 0 && <a class="btn" href={`data:text/csv;charset=utf-8,${encodeURIComponent(file(data.ranges))}`} download={`ranges-${site}.csv`}><Icon name="down" />CSV</a>}
      {may && <label class="btn"><Icon name="up" />{t('ranges.load')}<input type="file" class="sr" accept=".csv" onChange={e => { void open(e.currentTarget.files?.[0]); e.currentTarget.value = '' }} /></label>}
      {may && data && <button type="button" class="btn primary" onClick={() => take({})}><Icon name="plus" />{t('ranges.add')}</button>}</div></Head>
    <div class="row wrap"><Chip name={t('queries.site')} icon="filter" value={site} choices={ownSites.value.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))} onChange={setSite} /></div>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.ranges.length && <Empty icon="flask" title={t('ranges.none')}><p>{t('ranges.noneDo')}</p><p class="mono xs">{columns}</p></Empty>}
    {data && data.ranges.length > 0 && <Table name={t('ranges.title')} heads={[t('ranges.item'), t('ranges.sex'), t('ranges.age'), t('ranges.days'), t('ranges.limits'), ...may ? [t('ranges.what')] : []]}>
      {data.ranges.map(r => <tr key={JSON.stringify([r.item, r.sex, r.ageFrom, r.from])}>
        <th scope="row">{nameOf(data, r.item)}<div class="xs dim mono">{r.item}</div></th>
        <td>{sexOf(data, r.sex)}</td><td>{ageOf(r)}</td><td>{r.from} – {r.until}</td><td><b>{limits(r)}</b> {r.unit}</td>
        {may && <td><div class="row"><button type="button" class="btn s" onClick={() => take({ of: r })}>{t('ranges.edit')}<span class="sr"> {r.item} {r.from}</span></button>
          <button type="button" class="btn s" onClick={() => take({ remove: r })}>{t('ranges.remove')}<span class="sr"> {r.item} {r.from}</span></button></div></td>}</tr>)}</Table>}
    {step && data && (step.csv !== undefined ? <Load csv={step.csv} close={() => take(undefined)} send={send} />
      : step.remove ? <Remove of={step.remove} all={data} close={() => take(undefined)} send={send} /> : <Edit of={step.of} all={data} close={() => take(undefined)} send={send} />)}
  </Shell>
}

const nameOf = (all: Ranges, item: string) => say(all.items.find(i => i.item === item)?.name, item)
const sexOf = (all: Ranges, sex?: string) => sex ? say(all.sexes.find(s => s.code === sex)?.decode, sex) : t('ranges.anyone')
const ageOf = (r: Range) => r.ageUnder ? t('ranges.ageUnder', { from: r.ageFrom ?? 0, under: r.ageUnder }) : r.ageFrom ? t('ranges.ageFrom', { from: r.ageFrom }) : t('ranges.anyAge')
const name = (r: Range): Range => ({ item: r.item, from: r.from, ...(r.sex ? { sex: r.sex } : {}), ...(r.ageFrom ? { ageFrom: r.ageFrom } : {}) })

function Edit({ of, all, close, send }: { of: Range | undefined; all: Ranges; close: () => void; send: (c: Change) => Promise<void> }) {
  const [r, set] = useState<Range>(of ?? { item: all.items[0]?.item ?? '', from: '' }), [reason, setReason] = useState('')
  const put = (more: Partial<Range>) => set({ ...r, ...more })
  const moved = of && JSON.stringify(name(of)) !== JSON.stringify(name(r)) // the name is part of it: another takes its place
  const unit = all.items.find(i => i.item === r.item)?.unit ?? ''
  return <Ask title={t(of ? 'ranges.edit' : 'ranges.add')} close={close} ready={!!r.item && !!r.from && !!(r.low || r.high) && (!of || !!reason.trim())}
    go={() => send({ set: [{ ...r, unit }], ...(moved ? { remove: [name(of)] } : {}), reason })}>
    <Choose label={t('ranges.item')} value={r.item} set={item => put({ item })} choices={all.items.map(i => ({ value: i.item, text: `${say(i.name, i.item)} (${i.item})` }))} />
    <div class="fields">
      {all.sexes.length > 0 && <Choose label={t('ranges.sex')} value={r.sex ?? ''} set={sex => put({ sex })} choices={[{ value: '', text: t('ranges.anyone') }, ...all.sexes.map(s => ({ value: s.code, text: say(s.decode, s.code) }))]} />}
      {all.ages && <><Field label={t('ranges.fromAge')} value={r.ageFrom ? `${r.ageFrom}` : ''} set={v => put({ ageFrom: Number(v) || 0 })} /><Field label={t('ranges.underAge')} value={r.ageUnder ? `${r.ageUnder}` : ''} set={v => put({ ageUnder: Number(v) || 0 })} /></>}
      <Field label={`${t('ranges.low')}${unit && ` (${unit})`}`} value={r.low ?? ''} set={low => put({ low: low.trim() })} /><Field label={`${t('ranges.high')}${unit && ` (${unit})`}`} value={r.high ?? ''} set={high => put({ high: high.trim() })} />
      <Field label={t('ranges.from')} value={r.from} set={from => put({ from: from.trim() })} hint={t('ranges.dayHint')} /><Field label={t('ranges.until')} value={r.until ?? ''} set={until => put({ until: until.trim() })} hint={t('ranges.untilHint')} /></div>
    {of && <Field label={t('people.reason')} value={reason} set={setReason} />}</Ask>
}

function Remove({ of, all, close, send }: { of: Range; all: Ranges; close: () => void; send: (c: Change) => Promise<void> }) {
  const [reason, setReason] = useState('')
  return <Ask title={t('ranges.remove')} close={close} ready={!!reason.trim()} done={t('ranges.remove')} go={() => send({ remove: [name(of)], reason })}>
    <p><b>{nameOf(all, of.item)}</b> {limits(of)} {of.unit} · {of.from} – {of.until}</p><p class="sub">{t('ranges.removeLead')}</p><Field label={t('people.reason')} value={reason} set={setReason} /></Ask>
}

function Load({ csv, close, send }: { csv: string; close: () => void; send: (c: Change) => Promise<void> }) {
  const [reason, setReason] = useState('')
  return <Ask title={t('ranges.load')} close={close} ready done={t('ranges.load')} go={() => send({ csv, reason })}>
    <p class="sub">{t('ranges.loadLead')}</p><pre class="xs">{csv.split('\n').slice(0, 6).join('\n')}</pre>
    <Field label={t('people.reason')} value={reason} set={setReason} hint={t('ranges.loadReason')} /></Ask>
}
