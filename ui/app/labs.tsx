// Laboratory results that other programs sent: each waits here until somebody puts it into a visit's form, or refuses it.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { label } from '../form/definition.ts'
import { moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg, Table } from './officeparts.tsx'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index, mayDo } from './study.ts'

type Place = { event: string; form: string; group: string; item: string }
type Sent = { id: string; subject: string; system?: string; code: string; name?: string; value: string; unit?: string; taken?: string; event?: string; format?: string; line?: number }
type Result = { id: string; site: string; source: string; received: string; state: string; sent: Sent; decision: { by?: string; at?: string; reason?: string; place?: string; item?: string }; places: Place[]; problem: string }
const states = ['waiting', 'accepted', 'refused'] as const
const looks: Record<string, ['' | 'ok' | 'bad' | 'warn', 'clock' | 'check' | 'x']> = { waiting: ['warn', 'clock'], accepted: ['ok', 'check'], refused: ['', 'x'] }

export function Labs({ id }: { id: string }) {
  const [state, setState] = useState<string>('waiting'), [step, take] = useState<{ of: Result; accept: boolean }>()
  const { data, problem, reload } = useLoad(`${id} labs ${state}`, signal => call<{ results: Result[] }>('GET', at(id, `/lab-results?state=${state}`), { signal }))
  const may = mayDo('form.write')
  const done = (text: string) => { announced.value = text; take(undefined); reload() }
  return <Shell title={t('labs.title')} crumbs={[{ text: t('labs.title') }]}>
    <Head title={t('labs.title')} lead={t('labs.lead')}><a class="btn" href={to.ranges(id)}><Icon name="rows" />{t('ranges.title')}</a><button type="button" class="btn" onClick={reload}>{t('requests.again')}</button></Head>
    <div class="row wrap"><Chip name={t('people.state')} icon="filter" value={state} choices={states.map(s => ({ value: s, text: word('labState', s) }))} onChange={setState} /></div>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.results.length && <Empty icon="check" title={t('labs.none')}><p>{t('labs.noneDo')}</p></Empty>}
    {data && data.results.length > 0 && <Table name={word('labState', state)} heads={[t('queries.subject'), t('labs.test'), t('labs.value'), t('labs.taken'), t('labs.from'), t('labs.goes')]}>
      {data.results.map(r => <tr key={r.id}>
        <th scope="row"><a href={to.casebook(id, r.sent.subject)}><b>{r.sent.subject}</b></a></th>
        <td>{r.sent.name || r.sent.code}<div class="xs dim mono">{r.sent.system ? `${r.sent.system.replace('http://', '')} ` : ''}{r.sent.code}</div></td>
        <td class="num"><b>{r.sent.value}</b> {r.sent.unit}</td>
        <td class="xs">{r.sent.taken || '–'}</td>
        <td class="xs">{r.source}<div class="dim">{moment(r.received)} · {r.sent.format}{r.sent.line ? ` ${t('labs.line', { n: r.sent.line })}` : ''}</div></td>
        <td>{r.state === 'waiting' ? <div class="row wrap">{r.problem && <Tag tone="bad" icon="alert">{word('labProblem', r.problem)}</Tag>}
          {may && !r.problem && <button type="button" class="btn s primary" onClick={() => take({ of: r, accept: true })}><Icon name="check" />{t('labs.accept')}<span class="sr"> {r.sent.subject} {r.sent.code}</span></button>}
          {may && <button type="button" class="btn s" onClick={() => take({ of: r, accept: false })}>{t('labs.refuse')}<span class="sr"> {r.sent.subject} {r.sent.code}</span></button>}</div>
          : <><Tag tone={looks[r.state]![0]} icon={looks[r.state]![1]}>{word('labState', r.state)}</Tag><div class="xs dim">{r.decision.by} · {r.decision.at && moment(r.decision.at)} {r.decision.place} {r.decision.reason}</div></>}</td></tr>)}</Table>}
    {step && (step.accept ? <Accept study={id} of={step.of} close={() => take(undefined)} done={done} /> : <Refuse study={id} of={step.of} close={() => take(undefined)} done={done} />)}
  </Shell>
}

const about = (r: Result) => `${r.sent.subject} · ${r.sent.name || r.sent.code} · ${r.sent.value} ${r.sent.unit ?? ''}`
const decide = (study: string, r: Result, body: object) => call('POST', at(study, `/lab-results/${seg(r.id)}/decision`), { body })

function Accept({ study, of: r, close, done }: { study: string; of: Result; close: () => void; done: (text: string) => void }) {
  const sent = r.places.findIndex(p => p.event === r.sent.event)
  const [picked, pick] = useState(String(sent < 0 ? (r.places.length === 1 ? 0 : '') : sent)), [reason, setReason] = useState('')
  const name = (kind: 'events' | 'forms' | 'items', oid: string) => { const found = index.value?.[kind].get(oid); return found ? label(found) : oid }
  const place = r.places[Number(picked)]
  return <Ask title={t('labs.accept')} close={close} ready={picked !== '' && !!place} done={t('labs.acceptDo')} go={async () => { await decide(study, r, { accept: true, event: place!.event, item: place!.item, reason }); done(t('labs.accepted')) }}>
    <p><b>{about(r)}</b></p><p class="sub">{t('labs.acceptLead')}</p>
    <Choose label={t('labs.visit')} value={picked} set={pick} choices={[{ value: '', text: '–' }, ...r.places.map((p, i) => ({ value: String(i), text: `${name('events', p.event)} · ${name('forms', p.form)} · ${name('items', p.item)}` }))]} />
    <Field label={t('labs.reason')} value={reason} set={setReason} hint={t('labs.reasonHint')} /></Ask>
}

function Refuse({ study, of: r, close, done }: { study: string; of: Result; close: () => void; done: (text: string) => void }) {
  const [reason, setReason] = useState('')
  return <Ask title={t('labs.refuse')} close={close} ready={!!reason.trim()} done={t('labs.refuse')} go={async () => { await decide(study, r, { accept: false, event: '', reason }); done(t('labs.refused')) }}>
    <p><b>{about(r)}</b></p><p class="sub">{t('labs.refuseLead')}</p><Field label={t('people.reason')} value={reason} set={setReason} /></Ask>
}
