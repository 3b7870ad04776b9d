// A study's webhooks: where its events are sent, how each delivery went, and sending again.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Dialog, Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Field, seg } from './officeparts.tsx'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { study, zone } from './study.ts'

type Hook = { id: string; name: string; url: string; events: string[]; state: string; why?: string; changed: string; secret?: string }
type Attempt = { at: string; tookMicros: number; ok: boolean; answer: string }
type Delivery = { id: string; type: string; state: string; created: string; due?: string; answer: string; attempts: Attempt[] }
type Step = { kind: 'new' } | { kind: 'remove'; who: Hook } | { kind: 'secret'; secret: string }

export function Webhooks({ id }: { id: string }) {
  const all = useLoad(`${id} webhooks`, signal => call<{ webhooks: Hook[] }>('GET', at(id, '/webhooks'), { signal }))
  const [step, take] = useState<Step>(), [shown, show] = useState<string>()
  const hooks = all.data?.webhooks ?? [], here = hooks.find(h => h.id === shown) ?? hooks[0]
  const enable = async (h: Hook) => { const r = await call<{ replayed: number }>('POST', at(id, `/webhooks/${seg(h.id)}/enable`)); announced.value = t('hooks.replayedN', { n: r.replayed }); all.reload() }
  const rotate = async (h: Hook) => { take({ kind: 'secret', secret: (await call<{ secret: string }>('POST', at(id, `/webhooks/${seg(h.id)}/rotate`))).secret }); all.reload() }
  return <Shell title={t('hooks.title')} crumbs={[{ text: t('hooks.title') }]}>
    <Head title={t('hooks.title')} lead={t('hooks.lead')}><button type="button" class="btn primary" onClick={() => take({ kind: 'new' })}><Icon name="plus" />{t('hooks.new')}</button></Head>
    {all.problem && <Trouble problem={all.problem} retry={all.reload} />}
    {!all.data && !all.problem && <Waiting />}
    {all.data && !hooks.length && <Empty icon="branch" title={t('hooks.none')}><p>{t('hooks.noneDo')}</p></Empty>}
    {hooks.length > 0 && <section class="card"><div class="scroll" tabIndex={0} role="region" aria-label={t('hooks.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('clients.name')}</th><th scope="col">{t('people.state')}</th><th scope="col" class="fill">{t('hooks.url')}</th><th scope="col">{t('hooks.events')}</th><th scope="col"><span class="sr">{t('hooks.rotate')}</span></th></tr></thead>
      <tbody>{hooks.map(h => <tr key={h.id}><th scope="row"><button type="button" class="link" aria-pressed={h === here} onClick={() => show(h.id)}>{h.name || h.id}</button></th>
        <td>{h.state === 'active' ? <Tag tone="ok" icon="check">{t('hooks.active')}</Tag> : <Tag tone="bad" icon="alert">{t('hooks.disabled')}</Tag>}{h.why && <div class="xs dim wrap-any">{h.why}</div>}</td>
        <td class="fill mono xs wrap-any">{h.url}</td><td class="mono xs">{h.events.join(' ') || t('hooks.all')}</td>
        <td><div class="row">{h.state !== 'active' && <button type="button" class="btn s" onClick={() => void enable(h)}>{t('hooks.enable')}<span class="sr"> {h.name}</span></button>}<button type="button" class="btn s" onClick={() => void rotate(h)}>{t('hooks.rotate')}<span class="sr"> {h.name}</span></button>
          <button type="button" class="btn s" onClick={() => take({ kind: 'remove', who: h })}>{t('hooks.remove')}<span class="sr"> {h.name}</span></button></div></td></tr>)}</tbody></table></div></section>}
    {here && <Deliveries key={here.id} id={id} of={here} />}
    {step?.kind === 'new' && <New id={id} close={() => take(undefined)} made={secret => { take({ kind: 'secret', secret }); all.reload() }} />}
    {step?.kind === 'remove' && <Ask title={`${t('hooks.remove')} · ${step.who.name}`} close={() => take(undefined)} ready done={t('hooks.remove')} go={async () => { await call('DELETE', at(id, `/webhooks/${seg(step.who.id)}`)); take(undefined); all.reload() }}><p class="sub">{t('hooks.removeLead')}</p></Ask>}
    {step?.kind === 'secret' && <Dialog title={t('hooks.secret')} close={() => take(undefined)}><div class="body stack-1"><p class="note warn"><Icon name="warn" /><span>{t('hooks.secretLead')}</span></p><p class="mono wrap-any"><b>{step.secret}</b></p></div>
      <footer><button type="button" class="btn" onClick={() => void navigator.clipboard?.writeText(step.secret)}>{t('account.copy')}</button><span class="grow" /><button type="button" class="btn primary" onClick={() => take(undefined)}>{t('account.saved')}</button></footer></Dialog>}
  </Shell>
}

function New({ id, close, made }: { id: string; close: () => void; made: (secret: string) => void }) {
  const [name, setName] = useState(''), [url, setUrl] = useState('https://'), [events, setEvents] = useState('')
  return <Ask title={t('hooks.new')} close={close} ready={!!name.trim() && url.length > 8} done={t('hooks.new')} go={async () => made((await call<Hook>('POST', at(id, '/webhooks'), { body: { name, url: url.trim(), events: events.split(/[\s,]+/).filter(Boolean) } })).secret!)}>
    <Field label={t('clients.name')} value={name} set={setName} /><Field label={t('hooks.url')} value={url} set={setUrl} hint={t('hooks.urlHint')} /><Field label={t('hooks.events')} value={events} set={setEvents} hint={t('hooks.eventsHint')} /></Ask>
}

const looks: Record<string, [string, 'check' | 'clock' | 'alert' | 'x']> = { sent: ['ok', 'check'], waiting: ['inf', 'clock'], dead: ['bad', 'alert'], cancelled: ['', 'x'] }

function Deliveries({ id, of: h }: { id: string; of: Hook }) {
  const [state, setState] = useState(''), [shown, show] = useState<string>(), [older, setOlder] = useState<Delivery[]>([])
  const path = at(id, `/webhooks/${seg(h.id)}/deliveries`)
  const { data, problem, reload } = useLoad(`${id} ${h.id} ${state}`, signal => call<{ deliveries: Delivery[] }>('GET', `${path}?state=${state}`, { signal }))
  const all = [...(data?.deliveries ?? []), ...older]
  const more = async () => setOlder([...older, ...(await call<{ deliveries: Delivery[] }>('GET', `${path}?state=${state}&before=${seg(all.at(-1)!.id)}`)).deliveries])
  const replay = async (d: Delivery) => { await call('POST', `${path}/${seg(d.id)}/replay`); announced.value = t('hooks.replayed'); setOlder([]); reload() }
  return <section class="card"><header><h2 class="grow">{t('hooks.deliveries')} · {h.name}</h2>
    <Chip name={t('people.state')} icon="filter" value={state} choices={[{ value: '', text: t('requests.all') }, ...Object.keys(looks).map(s => ({ value: s, text: word('delivery', s) }))]} onChange={v => { setState(v); setOlder([]) }} /><button type="button" class="btn s" onClick={reload}>{t('requests.again')}</button></header>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !all.length && <Empty icon="mail" title={t('hooks.noDeliveries')}>{t('hooks.noDeliveriesDo')}</Empty>}
    {all.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('hooks.deliveries')}><table class="tbl">
      <thead><tr><th scope="col">{t('hooks.event')}</th><th scope="col">{t('people.state')}</th><th scope="col">{t('requests.at')}</th><th scope="col" class="num">{t('hooks.attempts')}</th><th scope="col" class="fill">{t('console.answer')}</th><th scope="col"><span class="sr">{t('hooks.replay')}</span></th></tr></thead>
      <tbody>{all.map(d => { const [tone, icon] = looks[d.state] ?? ['', 'x']; return <tr key={d.id}><th scope="row" class="mono xs">{d.type}</th><td><Tag tone={tone} icon={icon}>{word('delivery', d.state)}</Tag></td><td class="xs num">{moment(d.created, zone.value)}</td>
        <td class="num"><button type="button" class="link" aria-expanded={shown === d.id} onClick={() => show(shown === d.id ? undefined : d.id)}>{d.attempts.length}<span class="sr"> {t('hooks.attempts')} {d.type}</span></button></td>
        <td class="fill xs wrap-any">{shown === d.id ? <ol class="sm">{d.attempts.map((a, i) => <li key={i}>{moment(a.at, zone.value)} · {Math.round(a.tookMicros / 1000)} ms · {a.answer}</li>)}</ol> : d.answer}{d.due && <div class="dim">{t('hooks.due', { at: moment(d.due, zone.value) })}</div>}</td>
        <td>{d.state !== 'waiting' && <button type="button" class="btn s" onClick={() => void replay(d)}>{t('hooks.replay')}<span class="sr"> {d.type}</span></button>}</td></tr> })}</tbody></table></div>}
    {all.length > 0 && all.length % 50 === 0 && <p class="body"><button type="button" class="btn s" onClick={() => void more()}>{t('hooks.older')}</button></p>}
    <p class="body xs dim">{study.value?.name} · {t('hooks.thin')}</p></section>
}
