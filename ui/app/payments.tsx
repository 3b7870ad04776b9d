// What sites have earned by their casebooks, what was stated, approved and held back.
import { useState } from 'preact/hooks'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import type { Text } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, num, seg, Table, Where } from './officeparts.tsx'
import { Head, Shell } from './shell.tsx'
import { index } from './study.ts'

type Line = { kind: string; subject?: string; event?: string; form?: string; on: string; amount: string }
type Rates = { currency: string; startUp?: string; visits?: Record<string, string>; procedures?: Record<string, string>; allowances?: Record<string, string>; failure?: string; failures?: number; holdBack?: number }
type Statement = { id: string; version: number; until: string; gross: string; heldBack: string; net: string; preparedBy: string; approved?: { name: string; at: string }; refused?: { by: string; reason: string } }
type Account = { site: string; name: Text; version: number; rates: Rates; earned: string; stated: string; paid: string; heldBack: string; due: string; lines: Line[]; statements: Statement[]; may: { prepare: boolean; approve: boolean; user: string } }
type Step = { kind: 'rates' | 'prepare' } | { kind: 'approve' | 'refuse'; statement: Statement }

/** What was earned, as parts of a bar: approved, held back, stated and waiting, not stated. */
const parts = (a: Account): [string, number][] => {
  const paid = Number(a.paid), held = Number(a.heldBack), due = Number(a.due)
  return ([['valid', paid], ['expiring', held], ['waiting', Number(a.earned) - paid - held - due], ['missing', due]] as [string, number][]).filter(([, n]) => n > 0.005)
}
const eventName = (oid: string) => say(index.value?.events.get(oid)?.description) || index.value?.events.get(oid)?.name || oid
const formName = (oid: string) => say(index.value?.forms.get(oid)?.description) || oid

export function Payments({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} payments`, signal => call<{ accounts: Account[] }>('GET', at(id, '/payments'), { signal }))
  const [site, open] = useState<string>(), shown = data?.accounts.find(a => a.site === site) ?? data?.accounts.find(a => a.version) ?? data?.accounts[0]
  const waiting = data?.accounts.flatMap(a => a.statements).filter(s => !s.approved && !s.refused).length ?? 0
  return <Shell title={t('pay.title')} crumbs={[{ text: t('pay.title') }]}>
    <Head title={t('pay.title')} lead={data ? t('pay.lead', { n: data.accounts.length, waiting }) : ' '} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data?.accounts.length === 0 && <Empty icon="form" title={t('pay.none')}>{t('pay.noneDo')}</Empty>}
    {data && data.accounts.length > 0 && <Table name={t('office.bySite')} heads={[t('matrix.site'), t('pay.picture'), ...[t('pay.earned'), t('pay.due'), t('pay.stated'), t('pay.paid'), t('pay.heldBack')].map(num)]}>{data.accounts.map(a => <tr key={a.site}>
      <th scope="row"><button type="button" class="link" aria-pressed={a === shown} onClick={() => open(a.site)}><Where site={a.site} name={a.name} /></button></th>
      <td class="paybar"><span class="share" role="img" aria-label={`${t('pay.paid')} ${a.paid}, ${t('pay.heldBack')} ${a.heldBack}, ${t('pay.due')} ${a.due}`}>{parts(a).map(([look, n]) => <i key={look} class={look} style={{ flexGrow: n }} />)}</span></td>
      {[a.earned, a.due, a.stated, a.paid, a.heldBack].map((m, i) => <td class="num" key={i}>{a.version ? m : '–'}</td>)}</tr>)}</Table>}
    {shown && <AccountOf key={shown.site} id={id} site={shown.site} changed={reload} />}
  </Shell>
}

function AccountOf({ id, site, changed }: { id: string; site: string; changed: () => void }) {
  const base = at(id, `/sites/${seg(site)}`)
  const { data: a, problem, reload } = useLoad(base + ' payments', signal => call<Account>('GET', base + '/payments', { signal }))
  const [step, take] = useState<Step>()
  const done = () => { take(undefined); reload(); changed() }
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!a) return <Waiting />
  const what = (l: Line) => [word('pay.kind', l.kind), l.event && eventName(l.event), l.form && formName(l.form)].filter(Boolean).join(' · ')
  return <><section class="card"><header><h2 class="grow"><Where site={site} name={a.name} /> · {a.rates.currency}</h2>{a.may.prepare && <><button type="button" class="btn s" onClick={() => take({ kind: 'rates' })}>{t('pay.rates')}</button><button type="button" class="btn s primary" disabled={!a.version} onClick={() => take({ kind: 'prepare' })}>{t('pay.prepare')}</button></>}</header>
    <div class="body">{a.version ? <dl class="says">{a.rates.startUp && <><dt>{word('pay.kind', 'startUp')}</dt><dd>{a.rates.startUp}</dd></>}{asPlanned(a.rates.visits).map(([e, m]) => <><dt>{eventName(e)}</dt><dd>{m}</dd></>)}{Object.entries(a.rates.procedures ?? {}).map(([f, m]) => <><dt>{formName(f)}</dt><dd>{m}</dd></>)}{asPlanned(a.rates.allowances).map(([e, m]) => <><dt>{word('pay.kind', 'allowance')} · {eventName(e)}</dt><dd>{m}</dd></>)}
      {a.rates.failure && <><dt>{word('pay.kind', 'failure')}</dt><dd>{a.rates.failure} · {t('pay.most', { n: a.rates.failures ?? 0 })}</dd></>}<dt>{t('pay.heldBack')}</dt><dd>{(a.rates.holdBack ?? 0) / 100} %</dd></dl> : <p class="sub">{t('pay.noRates')}</p>}</div></section>
    {a.statements.length > 0 && <Table name={t('pay.statements')} heads={[t('pay.statement'), t('pay.until'), ...[t('pay.gross'), t('pay.heldBack'), t('pay.net')].map(num), t('queries.state'), '']}>{a.statements.map(s => <tr key={s.id}><th scope="row">{s.id} <span class="xs dim">{s.preparedBy}</span></th><td>{s.until}</td><td class="num">{s.gross}</td><td class="num">{s.heldBack}</td><td class="num"><b>{s.net}</b></td>
      <td>{s.approved ? <Tag tone="sign" icon="pen">{s.approved.name} {s.approved.at.slice(0, 10)}</Tag> : s.refused ? <Tag tone="bad" icon="x">{s.refused.by}: {s.refused.reason}</Tag> : <Tag tone="warn" icon="clock">{t('pay.waits')}</Tag>}</td>
      <td><span class="row">{['csv', 'xlsx'].map(f => <a class="btn s" key={f} download href={`/api/v1${at(id, `/payments/${seg(s.id)}/export?format=${f}`)}`}>{f.toUpperCase()}<span class="sr"> {s.id}</span></a>)}
        {a.may.approve && !s.approved && !s.refused && s.preparedBy !== a.may.user && <><button type="button" class="btn s primary" onClick={() => take({ kind: 'approve', statement: s })}>{t('pay.approve')}</button><button type="button" class="btn s" onClick={() => take({ kind: 'refuse', statement: s })}>{t('doc.refuse')}</button></>}</span></td></tr>)}</Table>}
    {a.lines.length > 0 && <Table name={t('pay.lines', { sum: `${a.due} ${a.rates.currency}` })} heads={[t('pay.on'), t('pay.what'), t('pay.subject'), num(t('pay.amount'))]}>{a.lines.slice(-100).reverse().map((l, i) => <tr key={i}><td>{l.on}</td><th scope="row">{what(l)}</th><td>{l.subject ?? '–'}</td><td class="num">{l.amount}</td></tr>)}</Table>}
    {step?.kind === 'rates' && <RatesDialog path={base + '/rates'} a={a} close={() => take(undefined)} done={done} />}
    {step?.kind === 'prepare' && <Prepare path={base + '/payments'} close={() => take(undefined)} done={done} />}
    {(step?.kind === 'approve' || step?.kind === 'refuse') && <Decide path={at(id, `/payments/${seg(step.statement.id)}`)} s={step.statement} refuse={step.kind === 'refuse'} close={() => take(undefined)} done={done} />}</>
}

/** Rates of visits in the order of the visits. */
const asPlanned = (rates: Record<string, string> = {}) => [...index.value?.events.keys() ?? []].filter(e => Object.hasOwn(rates, e)).map(e => [e, rates[e]!] as const)

function RatesDialog({ path, a, close, done }: { path: string; a: Account; close: () => void; done: () => void }) {
  const [r, set] = useState<Rates>(a.rates), [reason, setReason] = useState('')
  const some = (m: Record<string, string> | undefined) => Object.fromEntries(Object.entries(m ?? {}).filter(([, v]) => v.trim()))
  return <Ask title={t('pay.rates')} close={close} ready={!a.version || !!reason.trim()} go={async () => { await call('PUT', path, { body: { version: a.version, ...r, visits: some(r.visits), procedures: some(r.procedures), allowances: some(r.allowances), ...(reason ? { reason } : {}) } }); done() }}>
    <Choose label={t('pay.currency')} value={r.currency} set={currency => set({ ...r, currency })} choices={['CNY', 'USD', 'EUR', 'GBP', 'HKD', 'JPY', 'KRW'].map(x => ({ value: x, text: x }))} />
    <Field label={word('pay.kind', 'startUp')} value={r.startUp ?? ''} set={startUp => set({ ...r, startUp })} />
    {[...index.value?.events.values() ?? []].map(e => <Field key={e.oid} label={`${word('pay.kind', 'visit')} · ${eventName(e.oid)}`} value={entry(r.visits, e.oid) ?? ''} set={v => set({ ...r, visits: { ...r.visits, [e.oid]: v } })} />)}
    {[...index.value?.events.values() ?? []].map(e => <Field key={'a' + e.oid} label={`${word('pay.kind', 'allowance')} · ${eventName(e.oid)}`} value={entry(r.allowances, e.oid) ?? ''} set={v => set({ ...r, allowances: { ...r.allowances, [e.oid]: v } })} />)}
    {[...index.value?.forms.values() ?? []].map(f => <Field key={f.oid} label={`${word('pay.kind', 'procedure')} · ${formName(f.oid)}`} value={entry(r.procedures, f.oid) ?? ''} set={v => set({ ...r, procedures: { ...r.procedures, [f.oid]: v } })} />)}
    <Field label={word('pay.kind', 'failure')} value={r.failure ?? ''} set={failure => set({ ...r, failure })} /><Field label={t('pay.cap')} value={String(r.failures ?? 0)} set={n => set({ ...r, failures: Number(n) || 0 })} />
    <Field label={t('pay.holdBack')} value={String((r.holdBack ?? 0) / 100)} set={n => set({ ...r, holdBack: Math.round((Number(n) || 0) * 100) })} />{a.version > 0 && <Field label={t('locks.reason')} value={reason} set={setReason} />}</Ask>
}

function Prepare({ path, close, done }: { path: string; close: () => void; done: () => void }) {
  const [until, set] = useState(new Date().toISOString().slice(0, 10))
  return <Ask title={t('pay.prepare')} close={close} ready={!!until} go={async () => { await call('POST', path, { body: { until } }); done() }} done={t('pay.prepare')}><p class="sub">{t('pay.prepareMeans')}</p><Field label={t('pay.until')} value={until} set={set} day /></Ask>
}

function Decide({ path, s, refuse, close, done }: { path: string; s: Statement; refuse: boolean; close: () => void; done: () => void }) {
  const [user, setUser] = useState(''), [password, setPassword] = useState(''), [reason, setReason] = useState('')
  return <Ask title={`${s.id} · ${s.net}`} close={close} ready={!!(refuse ? reason.trim() : password)} go={async () => { await call('POST', path + (refuse ? '/refusal' : '/approval'), { body: { version: s.version, ...(refuse ? { reason } : { user, password }) } }); done() }} done={t(refuse ? 'doc.refuse' : 'pay.approve')}>
    {refuse ? <Field label={t('doc.why')} value={reason} set={setReason} lines /> : <><p class="sub">{t('pay.approveMeans')}</p><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></>}</Ask>
}
