// Double entry: the form as one of two people enters it, what the two entries say differently, and the list of forms that wait.
import { signal } from '@preact/signals'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { label, type Section } from '../form/definition.ts'
import { FieldView } from '../form/field.tsx'
import { FormView } from '../form/form.tsx'
import { HostContext, type Host } from '../form/host.ts'
import { shown } from '../form/message.tsx'
import { placeKey } from '../form/model.ts'
import { inWindow } from '../form/sheet.ts'
import { about } from './alone.tsx'
import { Icon } from '../look/icon.tsx'
import { Empty, problemText, StateTag, Trouble, Waiting } from '../look/parts.tsx'
import { api, formPath, Problem, type Change } from '../wire/api.ts'
import type { Double, FormAt, FormData, Place, Value } from '../wire/types.ts'
import { moment, say, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { announced, session } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { zone } from './study.ts'

type Entering = { at: FormAt; data: FormData; sections: Section[]; closed: boolean; done: () => void }

/** A form that two people enter, as it is for this reader now. */
export function DoubleEntry(props: Entering) {
  const { at, closed, done } = props, d = props.data.double!
  const enters = d.may.includes('enter') && !closed
  return <>
    <section class="card"><header><h2 class="grow">{t('double.title')}</h2><StateTag state={d.state || 'empty'} /></header>
      <div class="body stack-1">
        <p>{d.state === 'differs' ? t(d.may.includes('settle') ? 'double.choose' : 'double.another', { n: d.splits.length }) : t(!d.entries.length ? 'double.first' : enters ? 'double.second' : 'double.waits')}</p>
        <Who double={d} />
        {d.may.includes('discard') && !closed && <Discard at={at} done={done} />}
      </div></section>
    {enters && <Entry {...props} />}
    {d.state === 'differs' && <Splits {...props} />}
  </>
}

const Who = ({ double: d }: { double: Double }) => <>{d.entries.map((e, i) => <p key={e.by} class="sub sm"><Icon name="check" /> {t(i ? 'double.bySecond' : 'double.byFirst', { name: e.byName, at: moment(e.at, zone.value) })}</p>)}</>

/** What is typed and not handed in, by who types it and where. The server keeps it too, for nobody else: it outlasts the browser. */
const typed = new Map<string, Map<string, Value>>()

const changes = (values: Map<string, Value>) => [...values.values()].map(({ group, repeat, item, value, blank }) => ({ group, repeat, item, ...(blank ? { blank } : { value: value ?? '' }) }))

/** Keeps what is typed on the server, a moment after each change, one request at a time. */
class Draft {
  readonly kept = signal<'' | 'kept' | 'lost'>('')
  private timer: ReturnType<typeof setTimeout> | undefined
  private last: Promise<void> = Promise.resolve()
  constructor(private at: FormAt, private values: Map<string, Value>) {}
  changed = () => { clearTimeout(this.timer); this.kept.value = ''; this.timer = setTimeout(this.keep, 600) }
  private keep = () => {
    this.timer = undefined
    this.last = this.last.then(() => api.draft(this.at, changes(this.values))).then(() => { if (!this.timer) this.kept.value = 'kept' }, () => { this.kept.value = 'lost' })
  }
  /** Ends it: what was on its way has arrived, and nothing more is sent. */
  async end() { clearTimeout(this.timer); await this.last }
  /** Sends at once what waits: the page is left. */
  flush() { if (this.timer) { clearTimeout(this.timer); this.keep() } }
}

const host: Host = { zone: undefined, readOnly: false, focused(field) { field.reason ||= '-' }, history() {}, query() {} } // what is not handed in changes without a reason

function Entry({ at, data, sections, done }: Entering) {
  const name = `${session.value?.user.id} ${formPath(at)}`
  const values = useMemo(() => typed.get(name) ?? typed.set(name, new Map((data.double!.draft ?? []).map(v => [placeKey(v), v]))).get(name)!, [name])
  const draft = useMemo(() => new Draft(at, values), [values])
  const form = useMemo(() => inWindow(sections, values, {
    form: at.form, formRepeat: at.formRepeat, ...data.computed ? { computed: data.computed } : {},
    ...data.rules ? { rules: { ...data.rules, rules: data.rules.rules.filter(r => r.kind !== 'check') } } : {}, // checks judge what is settled
  }, undefined, draft.changed), [values, sections])
  const [fault, setFault] = useState<string>()
  useEffect(() => {
    const leave = (e: BeforeUnloadEvent) => { if (typed.get(name)?.size && draft.kept.peek() !== 'kept') e.preventDefault() }
    addEventListener('beforeunload', leave)
    return () => { removeEventListener('beforeunload', leave); draft.flush() }
  }, [name])
  const handIn = async () => {
    await form.idle()
    if (form.unsaved.peek()) { setFault(t('double.unfinished')); return }
    try {
      await draft.end()
      await api.enter(at, changes(values))
      typed.delete(name)
      announced.value = t('double.handed')
      done()
    } catch (e) { if (!(e instanceof Problem)) throw e; setFault(about(e, form)) }
  }
  return <HostContext.Provider value={{ ...host, zone: zone.value }}>
    <FormView form={form} />
    <section class="card"><h2 class="sr">{t('double.handIn')}</h2><div class="body row wrap"><p class="sub grow">{t('double.handInDo')} <span role="status">{draft.kept.value === 'kept' ? t('double.kept') : draft.kept.value === 'lost' ? t('double.lost') : ''}</span></p>
      {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{fault}</span></p>}
      <button type="button" class="btn primary" onClick={handIn}><Icon name="check" />{t('double.handIn')}</button></div></section>
  </HostContext.Provider>
}

type Choice = 'first' | 'second' | 'other'

/** What the two entries say differently; whoever may chooses one of them, or what neither entered. */
function Splits({ at, data, sections, closed, done }: Entering) {
  const { splits, may, entries } = data.double!, settles = may.includes('settle') && !closed
  const others = useMemo(() => new Map<string, Value>(), [data])
  const form = useMemo(() => inWindow(sections, others, { form: at.form, formRepeat: at.formRepeat, ...data.computed ? { computed: data.computed } : {} }), [others, sections])
  const [choices, setChoices] = useState<Record<string, Choice>>({})
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<string>()
  const chosen = (s: { first: Value; second: Value }): Place & Partial<Change> => {
    const { group, repeat, item } = s.first, choice = choices[placeKey(s.first)]
    const v = choice === 'other' ? others.get(placeKey(s.first)) : choice === 'second' ? s.second : s.first
    return { group, repeat, item, ...(v?.blank ? { blank: v.blank } : v?.value ? { value: v.value } : {}) }
  }
  const settle = async (e: Event) => {
    e.preventDefault()
    await form.idle()
    if (form.unsaved.peek()) { setFault(t('double.unfinished')); return }
    try {
      await api.settle(at, splits.map(chosen), reason.trim())
      announced.value = t('double.settled')
      done()
    } catch (e) { if (!(e instanceof Problem)) throw e; setFault(about(e, form)) }
  }
  return <HostContext.Provider value={{ ...host, zone: zone.value }}><form class="stack" onSubmit={settle}>
    {splits.map(s => {
      const key = placeKey(s.first), asked = sections.some(x => x.group.oid === s.first.group && x.questions.some(q => q.item.oid === s.first.item))
      const field = asked ? form.field(s.first.group, s.first.repeat, s.first.item) : undefined
      const says = (v: Value) => field ? shown(field, v.value, v.blank) : v.value || v.blank || t('audit.empty')
      const row = sections.find(x => x.group.oid === s.first.group)?.group.repeating ? ` · ${t('crf.row', { n: s.first.repeat })}` : ''
      const option = (choice: Choice, text: string) => settles
        ? <label class={`opt ${choices[key] === choice ? 'on' : ''}`}><input type="radio" name={key} checked={choices[key] === choice} onChange={() => setChoices({ ...choices, [key]: choice })} />{text}</label>
        : <p>{text}</p>
      return <section key={key} class="card"><div class="body"><fieldset class="stack-1"><legend class="b">{field ? label(field.question.item) : s.first.item}{row}</legend>
        {option('first', `${entries[0]!.byName}: ${says(s.first)}`)}
        {option('second', `${entries[1]!.byName}: ${says(s.second)}`)}
        {settles && field && option('other', t('double.other'))}
        {settles && field && choices[key] === 'other' && <div class="fields"><FieldView field={field} width={6} /></div>}
      </fieldset></div></section>
    })}
    {settles && <section class="card"><h2 class="sr">{t('double.settle')}</h2><div class="body stack-1">
      <div class="f"><div class="lab"><label for="double-why">{t('locks.reason')}</label><span class="req" aria-hidden="true">*</span></div>
        <div class="in"><input id="double-why" value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div>
      {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{fault}</span></p>}
      <div><button type="submit" class="btn primary" disabled={!reason.trim() || splits.some(s => !choices[placeKey(s.first)])}><Icon name="check" />{t('double.settle')}</button></div>
    </div></section>}
  </form></HostContext.Provider>
}

/** Lets the entries go, so that the form is entered anew. */
function Discard({ at, done }: { at: FormAt; done: () => void }) {
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const send = async (e: Event) => {
    e.preventDefault()
    try { await api.discardEntries(at, reason.trim()); announced.value = t('double.discarded'); done() } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <details class="more"><summary>{t('double.discard')}</summary><form class="row wrap" onSubmit={send}>
    <p class="sub sm">{t('double.discardDo')}</p>
    {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
    <div class="f grow"><div class="lab"><label for="double-off">{t('locks.reason')}</label></div><div class="in"><input id="double-off" value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div>
    <button type="submit" class="btn" disabled={!reason.trim()}>{t('double.discard')}</button></form></details>
}

/** The forms of the reader's sites that are entered twice and have no values yet. */
export function Entries({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} entries`, signal => api.unsettled(id, signal))
  const list = data?.entries ?? []
  return <Shell title={t('double.title')} crumbs={[{ text: t('double.title') }]}>
    <Head title={t('double.title')} lead={data ? t('double.lead', { n: list.length + data.left }) : ' '} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !list.length && <Empty icon="check" title={t('double.none')}>{t('double.noneDo')}</Empty>}
    {list.length > 0 && <section class="card"><h2 class="sr">{t('double.title')}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('double.title')}><table class="tbl">
        <thead><tr><th scope="col">{t('queries.subject')}</th><th scope="col" class="fill">{t('past.form')}</th><th scope="col">{t('double.entries')}</th><th scope="col">{t('queries.state')}</th><th scope="col"><span class="sr">{t('do.open')}</span></th></tr></thead>
        <tbody>{list.map(u => <tr key={`${u.subject}/${u.event}/${u.eventRepeat}/${u.form}/${u.formRepeat}`}>
          <th scope="row"><a href={to.casebook(id, u.subject)}><b>{u.subject}</b></a></th><td class="fill">{say(u.visit, u.event)} · {say(u.title, u.form)}</td>
          <td class="sub">{u.entries.map(e => `${e.byName}, ${moment(e.at, zone.value)}`).join(' · ')}</td><td><StateTag state={u.state || 'empty'} /></td>
          <td><a class="btn s" href={to.form(id, u.subject, u.event, u.eventRepeat, u.form, u.formRepeat)}>{t(u.may.includes('settle') ? 'double.settle' : u.may.includes('enter') ? 'double.enter' : 'do.open')}</a></td>
        </tr>)}</tbody></table></div></section>}
  </Shell>
}
