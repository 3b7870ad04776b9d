// Values of items that the definition declares blinded, for who is not. Looking is recorded, so it is asked for by a button.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import type { CodeItem, Text } from '../wire/types.ts'
import { moment, say, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg, Table } from './officeparts.tsx'
import { index, zone } from './study.ts'

type Item = { event: string; form: string; group: string; item: string; name: string; question?: Text; choices?: CodeItem[] }
type Place = { subject: string; event: string; eventRepeat: string; form: string; formRepeat: string; group: string; repeat: string; item: string }
type Value = Place & { value?: string; blank?: string; version: number; reason?: string; by: string; at: string }
type Listed = { items: Item[]; values: Value[]; write: boolean }

export function Blinded({ id }: { id: string }) {
  const [inside, look] = useState(false)
  return <section class="card"><header><h2 class="grow">{t('blinded.title')}</h2>{!inside && <button type="button" class="btn" title={t('alloc.openMeans')} onClick={() => look(true)}>{t('blinded.look')}</button>}</header>
    <div class="body stack-1"><p class="sub">{t('blinded.lead')}</p>{inside && <Inside id={id} />}</div></section>
}

const spot = (v: Place) => [v.subject, v.event, v.eventRepeat, v.form, v.formRepeat, v.group, v.repeat, v.item].join('\n')

function Inside({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} blinded`, signal => call<Listed>('GET', at(id, '/blinded-values'), { signal }))
  const [step, take] = useState<{ value?: Value }>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  const now = data.values.filter((v, i) => i === 0 || spot(v) !== spot(data.values[i - 1]!))
  const of = (v: Place) => data.items.find(x => x.event === v.event && x.form === v.form && x.group === v.group && x.item === v.item)
  const shown = (v: Value) => v.value ? say(of(v)?.choices?.find(c => c.code === v.value)?.decode, v.value) : v.blank ? t(`blank.${v.blank as 'unknown'}`) : t('blinded.cleared')
  const repeats = (v: Place) => [v.eventRepeat, v.formRepeat, v.repeat].some(r => r !== '1') ? ` (${v.eventRepeat}/${v.formRepeat}/${v.repeat})` : ''
  return <>
    {!data.items.length && <Empty icon="key" title={t('blinded.none')}>{t('blinded.noneDo')}</Empty>}
    {data.write && data.items.length > 0 && <div class="row"><span class="grow" /><button type="button" class="btn primary" onClick={() => take({})}><Icon name="plus" />{t('blinded.enter')}</button></div>}
    {data.items.length > 0 && !now.length && <Empty icon="key" title={t('blinded.noValues')} />}
    {now.length > 0 && <Table name={t('blinded.title')} heads={[t('alloc.subject'), t('blinded.place'), t('blinded.value'), t('alloc.by'), t('alloc.at'), '']}>{now.map(v => { const before = data.values.filter(x => spot(x) === spot(v) && x.version < v.version); return <tr key={spot(v)}>
      <th scope="row">{v.subject}</th><td>{title(of(v) ?? { ...v, name: v.item })}{repeats(v)}</td>
      <td><b>{shown(v)}</b>{v.reason && <span class="xs dim"> {v.reason}</span>}{before.map(b => <div class="xs dim" key={b.version}>{t('blinded.earlier')} {shown(b)} · {b.by} · {moment(b.at, zone.value)}{b.reason && ` · ${b.reason}`}</div>)}</td>
      <td>{v.by}</td><td>{moment(v.at, zone.value)}</td>
      <td>{data.write && <button type="button" class="btn s" onClick={() => take({ value: v })}>{t('do.change')}<span class="sr"> {v.subject} {v.item}</span></button>}</td></tr> })}</Table>}
    {step && <Enter id={id} items={data.items} was={step.value} close={() => take(undefined)} done={() => { take(undefined); reload() }} />}
  </>
}

const title = (x: Item) => [index.value?.events.get(x.event), index.value?.forms.get(x.form)].map(d => d ? say(d.description, d.name) : '').concat(say(x.question, x.name)).filter(Boolean).join(' · ')

function Enter({ id, items, was, close, done }: { id: string; items: Item[]; was: Value | undefined; close: () => void; done: () => void }) {
  const same = (x: Item) => !!was && x.event === was.event && x.form === was.form && x.group === was.group && x.item === was.item
  const [subject, setSubject] = useState(was?.subject ?? ''), [which, choose] = useState(String(Math.max(0, items.findIndex(same)))), [value, setValue] = useState(was?.value ?? ''), [reason, setReason] = useState('')
  const [eventRepeat, setEvent] = useState(was?.eventRepeat ?? '1'), [formRepeat, setForm] = useState(was?.formRepeat ?? '1'), [repeat, setRow] = useState(was?.repeat ?? '1')
  const item = items[Number(which)]!, { event, form, group, item: oid } = item
  return <Ask title={t(was ? 'blinded.change' : 'blinded.enter')} close={close} ready={!!subject.trim() && (!was || !!reason.trim())}
    go={async () => { await call('PATCH', at(id, `/subjects/${seg(subject.trim())}/blinded-values`), { body: { values: [{ event, eventRepeat, form, formRepeat, group, repeat, item: oid, value: value.trim(), version: was?.version ?? 0 }], reason } }); done() }}>
    {was ? <p><b>{subject}</b> {title(item)}</p> : <><Field label={t('alloc.subject')} value={subject} set={setSubject} />
      <Choose label={t('blinded.place')} value={which} set={choose} choices={items.map((x, i) => ({ value: String(i), text: title(x) }))} />
      <div class="row wrap"><Field label={t('blinded.eventRepeat')} value={eventRepeat} set={setEvent} /><Field label={t('blinded.formRepeat')} value={formRepeat} set={setForm} /><Field label={t('blinded.row')} value={repeat} set={setRow} /></div></>}
    {item.choices?.length ? <Choose label={t('blinded.value')} value={value} set={setValue} choices={[{ value: '', text: '–' }, ...item.choices.map(c => ({ value: c.code, text: say(c.decode, c.code) }))]} /> : <Field label={t('blinded.value')} value={value} set={setValue} />}
    {was && <Field label={t('alloc.why')} value={reason} set={setReason} lines />}
  </Ask>
}
