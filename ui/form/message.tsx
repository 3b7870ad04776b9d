// What a form says under a field: a failed check, a query, a refusal, a conflict, and the question why a value changes.
import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { faultText, Tag } from '../look/parts.tsx'
import { Problem } from '../wire/api.ts'
import type { LiveRule, Query } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { codeLabel, label } from './definition.ts'
import { control, domId, HostContext } from './host.ts'
import type { Field } from './model.ts'
import { show } from './value.ts'

export function Messages({ field }: { field: Field }) {
  const status = field.status.value
  const queries = field.queries.value, warnings = field.warnings.value
  if (!queries.length && !warnings.length && !['reason', 'refused', 'conflict'].includes(status)) return null
  return <div class="says" id={`${domId(field)}-m`}>
    {status === 'reason' && <Reason field={field} />}
    {status === 'conflict' && <Conflict field={field} />}
    {status === 'refused' && <Refused field={field} />}
    {queries.map(q => q.source === 'system' ? <Soft key={q.id} field={field} query={q} /> : <Thread key={q.id} query={q} />)}
    {warnings.map(r => <Warning key={r.id} field={field} rule={r} />)}
  </div>
}

/** A value as the form shows it: the text of its code, or the reason why there is none. */
export function shown(field: Field, value: string | undefined, blank?: string, none = t('conflict.empty')): string {
  if (blank) return word('blank', blank)
  const code = field.question.codes?.find(c => c.code === value)
  return code ? codeLabel(code) : show(field.question.item.dataType, value) || none
}

function Soft({ field, query }: { field: Field; query: Query }) {
  const { readOnly } = useContext(HostContext)
  return <div class="soft" role="status">
    <Icon name="warn" /><span class="grow"><b>{say(query.text)}</b> {t('crf.checkSource')}</span>
    {!field.computed && !readOnly && <button type="button" class="btn s" onClick={() => control(field)?.focus()}>{t('do.change')}</button>}
  </div>
}

/** A check that fails as it is typed: the server's query comes with the answer. */
function Warning({ field, rule }: { field: Field; rule: LiveRule }) {
  return <div class="soft" role="status">
    <Icon name="warn" /><span class="grow"><b>{say(rule.message) || t('crf.checkFails', { item: label(field.question.item) })}</b></span>
  </div>
}

function Thread({ query }: { query: Query }) {
  const { zone } = useContext(HostContext)
  return <div class="thread">
    <p><b>{word('source', query.source)}</b> {query.openedAt && <span class="xs dim">{moment(query.openedAt, zone)}</span>}</p>
    <Tag tone="bad" icon="query">{word('query', query.state)}</Tag>
    <p class="sub">{say(query.text)}</p>
    {query.thread?.map((turn, i) => turn.text && <p key={i} class="sub wide"><b>{turn.byName}</b> {turn.text}</p>)}
  </div>
}

function Refused({ field }: { field: Field }) {
  const fault = field.fault.value
  return <div class="soft bad" role="alert">
    <Icon name="alert" />
    <span class="grow"><b>{t('refused.title', { item: label(field.question.item) })}</b> {fault && faultText(fault)}</span>
    <button type="button" class="btn s" onClick={() => field.undo()}>{t('do.undo')}</button>
  </div>
}

const reasons = ['typing', 'source', 'more', 'query'] as const

function Reason({ field }: { field: Field }) {
  const [text, setText] = useState('')
  const [missing, setMissing] = useState(false)
  const first = useRef<HTMLButtonElement>(null)
  const kept = field.kept.value
  const id = `${domId(field)}-why`
  useLayoutEffect(() => { // where the person was going is taken over only when it is the same field or nowhere
    const at = document.activeElement
    if (at === document.body || at === null || at.closest('[data-field]')?.getAttribute('data-field') === field.key) first.current?.focus()
  }, [])
  const give = (reason: string) => { field.because(reason); control(field)?.focus() }
  const submit = (e: Event) => {
    e.preventDefault()
    if (text.trim()) give(text.trim())
    else setMissing(true)
  }
  return <form class="why" aria-labelledby={`${id}-t`} onSubmit={submit}
    onKeyDown={e => { if (e.key === 'Escape') { e.stopPropagation(); field.undo(); control(field)?.focus() } }}>
    <p class="row wrap"><Icon name="pen" class="t-warn" /><b id={`${id}-t`}>{t('reason.title', { item: label(field.question.item) })}</b>
      <span class="sm"><del>{shown(field, kept?.value, kept?.blank)}</del> → <ins>{shown(field, field.draft.value, field.blank.value)}</ins></span></p>
    <div class="row wrap">
      {reasons.map((r, i) => <button key={r} ref={i ? undefined : first} type="button" class="btn s" onClick={() => give(t(`reason.${r}`))}>{t(`reason.${r}`)}</button>)}
    </div>
    <div class="row">
      <div class="in s"><input id={id} aria-label={t('reason.other')} placeholder={t('reason.other')} value={text} aria-invalid={missing} autocomplete="off"
        onInput={e => { setText(e.currentTarget.value); setMissing(false) }} /></div>
      <button class="btn s" type="submit">{t('do.save')}</button>
      <button class="btn quiet s" type="button" onClick={() => { field.undo(); control(field)?.focus() }}>{t('do.undo')}</button>
    </div>
    {missing && <p class="xs t-bad" role="alert">{t('reason.short')}</p>}
  </form>
}

function Conflict({ field }: { field: Field }) {
  const { zone } = useContext(HostContext)
  const kept = field.kept.value
  const fault = field.fault.value
  const theirs = fault instanceof Problem ? fault.theirs.find(v => v.item === field.place.item && (!v.group || v.group === field.place.group)) : undefined
  const name = kept?.byName || theirs?.byName || kept?.by || theirs?.by || ''
  const at = kept?.at ?? theirs?.at
  return <div class="why bad" role="alert">
    <p class="row"><Icon name="alert" class="t-bad" /><b>{t('conflict.title', { item: label(field.question.item) })}</b></p>
    <dl class="two">
      <div><dt>{t('conflict.theirs', { name })}{at && <span class="dim"> {moment(at, zone)}</span>}</dt><dd>{shown(field, kept?.value, kept?.blank)}</dd></div>
      <div><dt>{t('conflict.yours')}</dt><dd>{shown(field, field.draft.value, field.blank.value)}</dd></div>
    </dl>
    <div class="row">
      <button type="button" class="btn s" onClick={() => field.undo()}>{t('conflict.takeTheirs')}</button>
      <button type="button" class="btn s" onClick={() => field.insist()}>{t('conflict.keepMine')}</button>
    </div>
  </div>
}
