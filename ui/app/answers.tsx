// What patients sent, and the corrections that a site asks for: the patient or an investigator decides.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Empty, faultText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { at, Reason, Table } from './epro.tsx'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { mayDo, mayWrite, study, zone } from './study.ts'

type Record_ = { record: string; subject: string; site: string; form: string; title?: Text; reporter: string; language: string; openedAt: string; receivedAt: string; receipt: string; late: boolean }
type Answer = { group: string; item: string; text: Text; options?: { code: string; text: Text }[]; multiple?: boolean; sent: string; now: string }
type Issue = { kind: string; detail: string }
type Change = { change: string; record: string; subject: string; site: string; form: string; title?: Text; answers: Answer[]; reason: string; askedAt: string; askedBy: string; decidedAt?: string; decidedAs?: string; agreed?: boolean; note?: string }

export function Answers({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} epro records`, signal => call<{ records: Record_[] }>('GET', at(id, '/records'), { signal }))
  const [one, show] = useState<Record_>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  if (!data.records.length) return <Empty icon="check" title={t('epro.noAnswers')}>{t('epro.noAnswersDo')}</Empty>
  return <>{mayDo('export') && <p class="row"><a class="btn s" href={'/api/v1' + at(id, '/sensitivity.csv')} download><Icon name="down" />{t('epro.sensitivity')}</a></p>}<Table name={t('epro.answers')} heads={[t('queries.subject'), t('epro.form'), t('epro.filled'), t('epro.came'), '']}>{data.records.map(r => <tr key={r.record}>
    <th scope="row"><a href={to.casebook(id, r.subject)}>{r.subject}</a></th><td class="fill">{say(r.title, r.form)} <span class="sub sm">{word('epro.by', r.reporter)} · {r.language}</span></td><td>{moment(r.openedAt, zone.value)}</td>
    <td>{moment(r.receivedAt, zone.value)}{r.late && <> <Tag tone="warn" icon="clock">{t('epro.late_')}</Tag></>}</td><td><button type="button" class="btn s" onClick={() => show(r)}>{t('epro.look')}</button></td></tr>)}</Table>
    {one && <Sent id={id} one={one} close={() => show(undefined)} />}</>
}

/** One record: each answer as it was sent and as it stands, and what shall become of it. */
function Sent({ id, one, close }: { id: string; one: Record_; close: () => void }) {
  const { data, problem } = useLoad(`${id} epro record ${one.record}`, signal => call<{ answers: Answer[]; issues: Issue[]; body: string }>('GET', at(id, '/records/' + one.record), { signal }))
  const [shall, change] = useState<ReadonlyMap<string, string>>(new Map()), [reason, say_] = useState(''), [fault, setFault] = useState<Problem>()
  const may = mayWrite(one.site), items = (data?.answers ?? []).filter(a => shall.has(a.item) && shall.get(a.item) !== a.now)
  const ask = async (e: Event) => {
    e.preventDefault()
    try { await call('POST', at(id, `/records/${one.record}/changes`), { body: { reason, items: items.map(a => ({ group: a.group, repeat: '1', item: a.item, value: shall.get(a.item) })) } }); close() } catch (x) { if (x instanceof Problem) setFault(x); else throw x }
  }
  const put = (a: Answer, value: string) => change(new Map(shall).set(a.item, value))
  return <Dialog title={`${one.subject} · ${say(one.title, one.form)}`} close={close}><form class="body stack-1" onSubmit={ask}>
    {problem && <Trouble problem={problem} />}{!data && !problem && <Waiting />}{fault && <p class="note bad" role="alert"><span>{faultText(fault)}</span></p>}
    {data?.issues.map((i, n) => <p class="note warn" key={n}><span>{i.detail}</span></p>)}
    {data && <div class="scroll" tabIndex={0} role="region" aria-label={t('epro.answers')}><table class="tbl"><thead><tr><th scope="col">{t('epro.question')}</th><th scope="col">{t('epro.sent')}</th><th scope="col">{t('epro.stands')}</th>{may && <th scope="col">{t('epro.shall')}</th>}</tr></thead>
      <tbody>{data.answers.map(a => <tr key={a.item}><th scope="row" class="wrap">{say(a.text)}</th><td>{words(a, a.sent)}</td><td>{a.now === a.sent ? <span class="sub">{words(a, a.now)}</span> : <b>{words(a, a.now)}</b>}</td>{may && <td><Field a={a} value={shall.get(a.item) ?? a.now} put={put} /></td>}</tr>)}</tbody></table></div>}
    {may && data && <><p class="sub sm">{t('epro.askLead')}</p><label class="f"><span class="lab">{t('epro.reason')}</span><span class="in"><textarea rows={2} maxLength={300} value={reason} onInput={e => say_(e.currentTarget.value)} /></span></label>
      <div class="row"><button class="btn primary" disabled={!items.length || !reason.trim()}>{t('epro.ask')}</button></div></>}
    <p class="sub xs mono">{one.receipt}</p></form></Dialog>
}

const chosen = (a: Answer, value: string): string[] => !value ? [] : a.multiple ? JSON.parse(value) as string[] : [value]
const words = (a: Answer, value: string) => chosen(a, value).map(v => say(a.options?.find(o => o.code === v)?.text, v)).join(', ') || '–'

/** What an answer shall become. Several are given in the order of their options. */
function Field({ a, value, put }: { a: Answer; value: string; put: (a: Answer, value: string) => void }) {
  const name = t('epro.shall') + ' ' + say(a.text), is = chosen(a, value)
  if (a.options && a.multiple) return <span class="stack-1" role="group" aria-label={name}>{a.options.map(o => <label class={'opt' + (is.includes(o.code) ? ' on' : '')} key={o.code}><input type="checkbox" checked={is.includes(o.code)} onChange={() => {
    const next = a.options!.map(x => x.code).filter(c => is.includes(c) !== (c === o.code))
    put(a, next.length ? JSON.stringify(next) : '')
  }} />{say(o.text)}</label>)}</span>
  return <span class="in">{a.options ? <select aria-label={name} value={value} onChange={e => put(a, e.currentTarget.value)}><option value="" />{a.options.map(o => <option key={o.code} value={o.code}>{say(o.text)}</option>)}</select>
    : <input aria-label={name} value={value} onInput={e => put(a, e.currentTarget.value)} />}</span>
}

export function Changes({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} epro changes`, signal => call<{ changes: Change[] }>('GET', at(id, '/changes'), { signal }))
  const [one, decide] = useState<{ change: Change; agreed: boolean }>()
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  if (!data.changes.length) return <Empty icon="check" title={t('epro.noChanges')}>{t('epro.noChangesDo')}</Empty>
  const signs = (site: string) => !!study.value?.roles.some(r => r.role === 'investigator' && (!r.site || r.site === site))
  const from = (c: Change) => c.answers.map(a => <div key={a.item}>{say(a.text)}: <span class="sub">{words(a, a.sent)}</span> → <b>{words(a, a.now)}</b></div>)
  return <><Table name={t('epro.changes')} heads={[t('queries.subject'), t('epro.changes'), t('epro.reason'), t('epro.askedBy'), t('queries.state'), '']}>{data.changes.map(c => <tr key={c.change}>
    <th scope="row"><a href={to.casebook(id, c.subject)}>{c.subject}</a></th><td class="fill">{from(c)}</td><td class="wrap">{c.reason}</td><td>{c.askedBy}<div class="sub sm">{moment(c.askedAt, zone.value)}</div></td>
    <td>{!c.decidedAt ? <Tag tone="warn" icon="clock">{t('epro.waits')}</Tag> : <Tag tone={c.agreed ? 'ok' : ''} icon="check">{t(c.agreed ? 'epro.agreed' : 'epro.refused')}</Tag>}{c.decidedAs && <div class="sub sm">{word('epro.decidedAs', c.decidedAs)}</div>}</td>
    <td>{c.decidedAt ? <span class="sub sm">{c.note}</span> : signs(c.site) && <span class="row">{[true, false].map(agreed => <button type="button" class="btn s" key={String(agreed)} onClick={() => decide({ change: c, agreed })}>{t(agreed ? 'epro.agree' : 'epro.refuse')}</button>)}</span>}</td></tr>)}</Table>
    {one && <Reason title={t(one.agreed ? 'epro.agree' : 'epro.refuse')} label={t('epro.decideWhy')} close={() => decide(undefined)} go={async note => { await call('POST', at(id, '/changes/' + one.change.change), { body: { agreed: one.agreed, note } }); decide(undefined); reload() }}>{from(one.change)}</Reason>}</>
}
