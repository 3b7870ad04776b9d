// Where the casebooks keep adverse events, in what time others are told, and what a message of E2B(R3) says of the study.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { faultText, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import type { Text } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { at, Choose, Field } from './officeparts.tsx'
import { outcomes } from './safetyparts.tsx'

type Log = { form: string; serious: string; value: string; term: string; onset?: string; outcome?: string; outcomes?: Record<string, string> }
type Message = { sender: string; receiver: string; organisation: string; country: string; protocol: string; title: string; product: string }
type Item = { oid: string; name: Text; codes?: { code: string; decode?: Text }[] }
type Rules = { version: number; rules: { log?: Log; hours?: { ethics?: number; office?: number }; message?: Message }; guess?: Log; forms: { oid: string; name: Text; items: Item[] }[] }

export function SafetyRules({ id, changed }: { id: string; changed: () => void }) {
  const { data, problem, reload } = useLoad(`${id} safety rules`, signal => call<Rules>('GET', at(id, '/safety/rules'), { signal }))
  if (problem) return <Trouble problem={problem} retry={reload} />
  return data ? <Edit key={data.version} id={id} data={data} done={() => { reload(); changed() }} /> : <Waiting />
}

const none: Log = { form: '', serious: '', value: '', term: '' }
const noMessage: Message = { sender: '', receiver: '', organisation: '', country: 'CN', protocol: '', title: '', product: '' }
const said = ['sender', 'receiver', 'organisation', 'country', 'protocol', 'title', 'product'] as const

function Edit({ id, data, done }: { id: string; data: Rules; done: () => void }) {
  const [log, setLog] = useState(data.rules.log ?? none), [ethics, setEthics] = useState(String(data.rules.hours?.ethics ?? 24)), [office, setOffice] = useState(String(data.rules.hours?.office ?? 24)), [m, setM] = useState(data.rules.message ?? noMessage), [reason, setReason] = useState(''), [fault, setFault] = useState<Problem>(), [saved, setSaved] = useState(false)
  const form = data.forms.find(f => f.oid === log.form), items = form?.items ?? []
  const codes = (oid?: string) => items.find(i => i.oid === oid)?.codes ?? []
  const of = (list: { oid: string; name: Text }[]) => [{ value: '', text: '–' }, ...list.map(x => ({ value: x.oid, text: `${say(x.name)} (${x.oid})` }))]
  const set = (change: Partial<Log>) => { setLog({ ...log, ...change }); setSaved(false) }
  const save = async (e: Event) => {
    e.preventDefault(); setFault(undefined)
    const tidy = Object.fromEntries(Object.entries(log).filter(([, v]) => v)) as Log
    const rules = { ...(log.form ? { log: tidy } : {}), hours: { ethics: Number(ethics), office: Number(office) }, ...(said.some(k => k !== 'country' && m[k].trim()) ? { message: m } : {}) }
    try { await call('PUT', at(id, '/safety/rules'), { body: { version: data.version, rules, ...(reason ? { reason } : {}) } }); setSaved(true); done() } catch (x) { if (x instanceof Problem) setFault(x); else throw x }
  }
  return <form class="stack-1" onSubmit={save}>
    {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{faultText(fault)} <span class="mono xs">{fault.place}</span></span></p>}
    <section class="card"><header><h2 class="grow">{t('safety.whereLog')}</h2>{data.guess && !log.form && <button type="button" class="btn s" onClick={() => set(data.guess!)}>{t('safety.takeGuess', { form: say(data.forms.find(f => f.oid === data.guess!.form)?.name, data.guess.form) })}</button>}</header><div class="body grid2">
      <Choose label={t('review.form')} value={log.form} set={form => setLog({ ...none, form })} choices={of(data.forms)} />
      {log.form && <><Choose label={t('safety.itemSerious')} value={log.serious} set={serious => set({ serious, value: '' })} choices={of(items)} />
        {codes(log.serious).length ? <Choose label={t('safety.itemValue')} value={log.value} set={value => set({ value })} choices={[{ value: '', text: '–' }, ...codes(log.serious).map(c => ({ value: c.code, text: `${say(c.decode, c.code)} (${c.code})` }))]} /> : <Field label={t('safety.itemValue')} value={log.value} set={value => set({ value })} />}
        <Choose label={t('safety.term')} value={log.term} set={term => set({ term })} choices={of(items)} /><Choose label={t('safety.onset')} value={log.onset ?? ''} set={onset => set({ onset })} choices={of(items)} /><Choose label={t('safety.outcomeIs')} value={log.outcome ?? ''} set={outcome => set({ outcome, outcomes: {} })} choices={of(items)} />
        {codes(log.outcome).map(c => <Choose key={c.code} label={`${say(c.decode, c.code)} (${c.code}) =`} value={entry(log.outcomes, c.code) ?? ''} set={v => { const { [c.code]: _, ...rest } = log.outcomes ?? {}; set({ outcomes: v ? { ...rest, [c.code]: v } : rest }) }} choices={[{ value: '', text: t('safety.notCompared') }, ...outcomes.map(o => ({ value: o, text: word('safety.outcome', o) }))]} />)}</>}</div></section>
    <section class="card"><header><h2 class="grow">{t('safety.times')}</h2></header><div class="body grid2"><Field label={word('safety.to', 'ethics')} value={ethics} set={setEthics} hint={t('safety.hoursHint')} /><Field label={word('safety.to', 'office')} value={office} set={setOffice} hint={t('safety.hoursHint')} /></div></section>
    <section class="card"><header><h2 class="grow">{t('safety.messageSays')}</h2></header><div class="body grid2">{said.map(k => <Field key={k} label={word('safety.message', k)} value={m[k]} set={v => { setM({ ...m, [k]: v }); setSaved(false) }} />)}</div></section>
    {data.version > 0 && <Field label={t('locks.reason')} value={reason} set={setReason} />}
    <p class="row"><button class="btn primary" disabled={data.version > 0 && !reason.trim()}>{t('do.save')}</button>{saved && <Tag />}</p></form>
}

const Tag = () => <span class="tag ok" role="status"><Icon name="check" />{t('safety.saved')}</span>
