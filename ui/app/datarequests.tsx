// What subjects ask about their own data: recorded with the day it came, answered before its deadline, a copy with the casebook that was printed.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, call } from '../wire/api.ts'
import { moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg } from './officeparts.tsx'
import { siteChoices } from './officesteps.tsx'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, study, zone } from './study.ts'

type Step = 'answer' | 'refuse' | 'extend' | 'reopen'
type DataRequest = { id: string; site: string; version: number; kind: string; subject: string; from: string; text: string; received: string; deadline: string; state: 'open' | 'answered' | 'refused'; answer?: string; copy?: string; answeredBy?: string; answeredAt?: string; late: number; left: number; next: Step[] }

const looks = { open: ['inf', 'clock'], answered: ['ok', 'check'], refused: ['warn', 'x'] } as const

export function DataRequests({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} datarequests`, signal => call<{ requests: DataRequest[] }>('GET', at(id, '/data-requests'), { signal }))
  const [opening, begin] = useState(false), [taking, take] = useState<{ request: DataRequest; step: Step }>()
  const open = data?.requests.filter(r => r.state === 'open') ?? []
  return <Shell title={t('dsr.title')} crumbs={[{ text: t('dsr.title') }]}>
    <Head title={t('dsr.title')} lead={data ? t('dsr.lead', { n: open.length, late: open.filter(r => r.late).length }) : ' '}>{mayDo('request.handle') && <button type="button" class="btn primary" onClick={() => begin(true)}>{t('dsr.new')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data?.requests.length === 0 && <Empty icon="shield" title={t('dsr.none')}>{t('dsr.noneDo')}</Empty>}
    <div class="stack">{data?.requests.map(r => <article class={`card sig ${r.late ? 'r' : ''}`} key={r.id}>
      <header><h2 class="grow">{r.id} · {word('dsr.kind', r.kind)}</h2>
        {r.state === 'open' && <Tag tone={r.late ? 'bad' : r.left <= 7 ? 'warn' : ''} icon={r.late ? 'alert' : 'clock'}>{r.late ? t('dsr.late', { n: r.late }) : t('dsr.left', { n: r.left })}</Tag>}
        <Tag tone={looks[r.state][0]} icon={looks[r.state][1]}>{word('dsr.state', r.state)}</Tag></header>
      <div class="body stack-1"><p class="sub">{r.site} · {word('dsr.from', r.from)} · {t('dsr.received', { at: r.received })} · {t('dsr.deadline', { at: r.deadline })}</p><p class="sm"><a href={to.casebook(id, r.subject)}>{r.subject}</a></p><p class="prewrap">{r.text}</p>
        {r.answer && <p class="prewrap"><b>{t('dsr.answer')}</b> {r.answer} <span class="sub xs">{r.answeredBy} · {moment(r.answeredAt!, zone.value)}</span></p>}
        {r.copy && <p class="xs sub">{t('dsr.copy')} <span class="mono">{r.copy.slice(0, 16)}…</span></p>}
        {mayDo('request.handle', r.site) && <div class="row wrap">{r.state === 'open' && r.kind !== 'correction' && <a class="btn s" href={api.casebookPDF(id, r.subject)} download><Icon name="down" />{t('dsr.print')}</a>}
          {r.next.map(s => <button type="button" class="btn s" key={s} onClick={() => take({ request: r, step: s })}>{word('dsr.step', s)}</button>)}</div>}</div></article>)}</div>
    {opening && <Receive id={id} close={() => begin(false)} done={() => { begin(false); reload() }} />}
    {taking && <Take id={id} {...taking} close={() => take(undefined)} done={() => { take(undefined); reload() }} />}
  </Shell>
}

function Receive({ id, close, done }: { id: string; close: () => void; done: () => void }) {
  const choices = siteChoices()
  const [site, setSite] = useState(study.value?.roles.find(r => r.site)?.site ?? choices[0]?.value ?? ''), [kind, setKind] = useState('access'), [from, setFrom] = useState('subject'), [subject, setSubject] = useState(''), [text, setText] = useState(''), [received, setReceived] = useState(''), [deadline, setDeadline] = useState('')
  const pick = (name: 'dsr.kind' | 'dsr.from', of: string[]) => of.map(value => ({ value, text: word(name, value) }))
  return <Ask title={t('dsr.new')} close={close} ready={!!(subject.trim() && text.trim() && received)} go={async () => { await call('POST', at(id, `/sites/${seg(site)}/data-requests`), { body: { kind, from, subject: subject.trim(), text, received, ...(deadline ? { deadline } : {}) } }); done() }}>
    <Choose label={t('matrix.site')} value={site} set={setSite} choices={choices} /><Field label={t('queries.subject')} value={subject} set={setSubject} />
    <Choose label={t('dsr.what')} value={kind} set={setKind} choices={pick('dsr.kind', ['access', 'copy', 'correction'])} /><Choose label={t('dsr.who')} value={from} set={setFrom} choices={pick('dsr.from', ['subject', 'representative'])} />
    <Field label={t('dsr.text')} value={text} set={setText} lines hint={t('dsr.textHint')} /><Field label={t('dsr.on')} value={received} set={setReceived} day /><Field label={t('dsr.due')} value={deadline} set={setDeadline} day hint={t('dsr.dueHint')} /></Ask>
}

function Take({ id, request, step, close, done }: { id: string; request: DataRequest; step: Step; close: () => void; done: () => void }) {
  const [text, setText] = useState(''), [until, setUntil] = useState(request.deadline)
  const said = step === 'answer' || step === 'refuse' ? { answer: text } : { reason: text, ...(step === 'extend' ? { until } : {}) }
  return <Ask title={`${request.id} · ${word('dsr.step', step)}`} close={close} ready={!!text.trim()} done={word('dsr.step', step)} go={async () => { await call('POST', at(id, `/data-requests/${seg(request.id)}/steps`), { body: { version: request.version, step, ...said } }); done() }}>
    {step === 'answer' && request.kind !== 'correction' && <p class="sub">{t('dsr.answerLead')}</p>}
    {step === 'extend' && <Field label={t('dsr.due')} value={until} set={setUntil} day hint={t('dsr.extendHint')} />}
    <Field label={t(step === 'answer' ? 'dsr.answer' : 'locks.reason')} value={text} set={setText} lines /></Ask>
}
