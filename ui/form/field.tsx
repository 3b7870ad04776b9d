// One field of a form: label, state, control, and under it what there is to say. It reads only its own signals.
import { useContext, useRef } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Menu, type MenuItem } from '../look/parts.tsx'
import type { Blank } from '../wire/types.ts'
import { clock, say, t, when, word } from '../words/words.ts'
import { Combo } from './combo.tsx'
import { label, unitLabel } from './definition.ts'
import { described, domId, HostContext, type Host } from './host.ts'
import { Messages, shown } from './message.tsx'
import type { Field } from './model.ts'
import { hint, limits, numeric } from './value.ts'

const blanks: Blank[] = ['not_done', 'unknown', 'refused', 'not_applicable']

/** Width of a field in sixths of the form: long questions and many radio buttons need more. */
function width(field: Field): 2 | 3 | 6 {
  const { item, codes } = field.question
  const wide = (s: string) => [...s].reduce((n, c) => n + (c > '\u2e80' ? 2 : 1), 0)
  const question = wide(label(item))
  const radios = codes && codes.length <= 4 ? codes.reduce((n, c) => n + 7 + wide(c.decode ? label({ name: c.code, question: c.decode }) : c.code), 0) : 0
  if (question > 44 || radios > 54 || longText(field)) return 6
  return question > 24 || radios > 24 ? 3 : 2
}
/** The widths of visible fields in sixths: what a row lacks goes to its last field, so that messages fit between rows and no question moves up into a hole.
    more: other questions follow below. */
export function widths(fields: Field[], more: boolean): Map<Field, number> {
  const all = new Map<Field, number>()
  let row = 0, last: Field | undefined
  const fill = () => { all.set(last!, all.get(last!)! + 6 - row); row = 0 }
  for (const field of fields) {
    if (field.hidden.value) continue
    const w = width(field)
    if (row + w > 6) fill()
    all.set(field, w)
    row = (row + w) % 6
    last = field
  }
  if (row === 5 || row && more) fill()
  return all
}

const longText = (field: Field) => ['text', 'string'].includes(field.question.item.dataType) && (field.question.item.length ?? 0) >= 200

export function FieldView({ field, width }: { field: Field; width: number | undefined }) {
  const host = useContext(HostContext)
  const openMenu = useRef<(() => void) | undefined>(undefined)
  if (field.hidden.value) return null
  const { item, codes } = field.question, { mandatory } = field
  const id = domId(field)
  const told = field.computed || host.readOnly
  const radios = codes !== undefined && codes.length <= 4 && !told
  const inner = <>
    <div class="lab">
      {radios ? <span class="lg" id={`${id}-l`}>{label(item)}</span> : <label for={id} id={`${id}-l`}>{label(item)}</label>}
      {mandatory && !told && <span class="req" aria-hidden="true">*</span>}
      {!told && <FieldMenu field={field} handle={open => { openMenu.current = open }} />}
      <Mark field={field} />
    </div>
    {told ? <Told field={field} /> : field.blank.value ? <BlankValue field={field} />
      : radios ? <Radios field={field} /> : <Control field={field} />}
    <Normal field={field} /><Coded field={field} />
  </>
  const on = {
    class: `f w${width ?? 2}`, 'data-field': field.key,
    onFocusIn: () => host.focused(field),
    onKeyDown: (e: KeyboardEvent) => fieldKey(e, field, host, openMenu.current),
  }
  return <>
    {radios && !field.blank.value
      ? <div {...on} role="radiogroup" aria-labelledby={`${id}-l`} aria-required={mandatory} aria-describedby={described(field)}>{inner}</div>
      : <div {...on}>{inner}</div>}
    <Messages field={field} />
  </>
}

/** Enter goes to the next field, Alt+B opens the reasons for no value, Alt+H the history. */
export function fieldKey(e: KeyboardEvent, field: Field, host: Host, openMenu?: () => void) {
  if (e.altKey && e.code === 'KeyB') { e.preventDefault(); openMenu?.() }
  else if (e.altKey && e.code === 'KeyH') { e.preventDefault(); host.history(field) }
  else if (e.key === 'Enter' && e.target instanceof HTMLInputElement) {
    e.preventDefault()
    field.commit()
    const here = (e.currentTarget as HTMLElement)
    const all = [...here.closest('form, main')!.querySelectorAll<HTMLElement>('[data-field]')]
    all[all.indexOf(here) + 1]?.querySelector<HTMLElement>('input:checked, input, textarea, select')?.focus()
  }
}

/** The state of a field beside its label: when it was saved, that it is not yet, or its query. */
function Mark({ field }: { field: Field }) {
  const { zone, query } = useContext(HostContext)
  const queries = field.queries.value
  if (field.dirty) {
    const retrying = field.status.value === 'retrying'
    return <span class={`mark ${retrying ? 'warn' : 'dim'}`}><Icon name={retrying ? 'cloud' : 'pen'} />{t(retrying ? 'crf.retrying' : 'crf.unsaved')}</span>
  }
  if (queries.length) {
    return <button type="button" class="bub" onClick={() => query(queries[0]!)}><Icon name="query" />{queries.length > 1 ? t('crf.queries', { n: queries.length }) : t('crf.query')}</button>
  }
  if (field.computed) return <span class="mark dim">{t('crf.computed')}</span>
  const at = field.kept.value?.at
  if (!at) return null
  const fresh = field.status.value === 'saved'
  return <span class="mark ok" title={field.kept.value?.byName}><Icon name="check" />{fresh ? `${t('crf.saved')} ${clock(at, zone)}` : when(at, zone)}</span>
}

export function FieldMenu({ field, handle }: { field: Field; handle?: (open: () => void) => void }) {
  const { history } = useContext(HostContext)
  const blank = field.blank.value
  const items: MenuItem[] = blanks.map(b => ({ text: t(`blank.${b}`), checked: blank === b, run: () => field.mark(b) }))
  if (field.filled) items.push({ text: t('blank.clear'), icon: 'x', run: () => { field.type(''); field.commit() } })
  items.push({ text: t('do.history'), icon: 'history', run: () => history(field) })
  return <Menu label={t('crf.menu', { item: label(field.question.item) })} items={items} class="ico more" quiet button={<Icon name="more" />}
    {...(handle ? { handle } : {})} />
}

/** The reference range, and beside it how the value that is kept stands to it: while another is typed, nothing. */
export function Normal({ field, short }: { field: Field; short?: boolean }) {
  const n = field.normal.value
  if (!n) return null
  const flag = !field.dirty && n.flag, out = flag && flag !== 'NORMAL'
  return <span class="normal xs" id={`${domId(field)}-n`}>{!short && <span class="dim"><span class="sr">{t('crf.range')} </span>{limits(n)} {field.question.unit && unitLabel(field.question.unit)}</span>}
    {flag && <span class={`mark ${out ? 'warn' : 'dim'}`}>{out && <Icon name={flag === 'HIGH' ? 'up' : 'down'} />}{word('nrind', flag)}</span>}</span>
}

/** The term of a dictionary that the value has which is kept, and all that stands above it as a tip. Nobody changes it here. */
export function Coded({ field, short }: { field: Field; short?: boolean }) {
  const code = field.coded.value
  if (!code || field.dirty) return null
  const names = code.path.map(l => say(l.name, l.code))
  return <span class="coded xs" id={`${domId(field)}-c`} title={`${word('codingKind', code.kind)} ${code.version}: ${names.join(' › ')}`}><span class="sr">{t('coding.code')} </span>
    <span class="dim">{!short && <span class="mono">{code.path[0]!.code} </span>}{names[0]}{!short && names.length > 1 && ` · ${names.at(-1)}`}</span>
    {code.outdated && <span class="mark warn"><Icon name="warn" />{word('codingState', 'outdated')}</span>}</span>
}

/** A value to read: computed, or of somebody who may not enter data here. */
function Told({ field }: { field: Field }) {
  const { unit, computed } = field.question
  return <div class="in ro" title={computed && say(computed.description, computed.name)}><input id={domId(field)} value={shown(field, field.computed ? field.told : field.kept.value?.value, field.kept.value?.blank, '')} aria-describedby={described(field)} readOnly />{unit && <span class="u">{unitLabel(unit)}</span>}</div>
}

function BlankValue({ field }: { field: Field }) {
  return <div class="in ro blank"><span class="grow">{t(`blank.${field.blank.value as Blank}`)}</span>
    <button id={domId(field)} type="button" class="btn quiet s" onClick={() => field.type('')}>{t('blank.enter')}</button></div>
}

function Radios({ field }: { field: Field }) {
  const { codes } = field.question
  // Arrow keys walk over the choices: only a click, Space, Enter or leaving the group is an answer.
  const left = (e: FocusEvent) => { if (!(e.currentTarget as HTMLElement).contains(e.relatedTarget as Node | null)) field.commit() }
  return <div class="opts" onFocusOut={left} onKeyDown={e => { if (e.key === ' ' || e.key === 'Enter') queueMicrotask(() => field.commit()) }}>
    {codes!.map((c, i) => {
      const on = field.draft.value === c.code
      // The click comes before the change, and only a pointer's has a detail; on the words beside the dot, too.
      return <label class={`opt ${on ? 'on' : ''}`} key={c.code} onClick={e => { if (e.detail > 0) setTimeout(() => field.commit()) }}>
        <input type="radio" name={domId(field)} id={i ? undefined : domId(field)} value={c.code} checked={on}
          onChange={() => field.type(c.code)} />
        {c.decode ? label({ name: c.code, question: c.decode }) : c.code}
      </label>
    })}
  </div>
}

function Control({ field }: { field: Field }) {
  const { item, codes, unit } = field.question, { mandatory } = field
  const id = domId(field)
  if (codes) {
    return <Combo id={id} codes={codes} value={field.draft.value} labelledBy={`${id}-l`} describedBy={described(field)} required={mandatory}
      invalid={field.status.value === 'refused'} choose={code => { field.type(code); field.commit() }} refuse={() => field.refuse('bad.code')} />
  }
  const format = hint(item.dataType)
  const on = {
    id, value: field.draft.value, 'aria-required': mandatory, 'aria-invalid': field.status.value === 'refused', 'aria-describedby': described(field),
    autocomplete: 'off', onInput: (e: { currentTarget: { value: string } }) => field.type(e.currentTarget.value), onBlur: () => field.commit(),
  }
  if (longText(field)) return <div class={box(field) + ' long'}><textarea {...on} rows={3} /></div>
  return <div class={box(field)}>
    <input {...on} inputMode={numeric(item.dataType) ? 'decimal' : undefined} placeholder={format && t(format)} spellcheck={false} />
    {unit && <span class="u">{unitLabel(unit)}</span>}
  </div>
}

function box(field: Field): string {
  if (field.status.value === 'refused' || field.status.value === 'conflict') return 'in is-q'
  if (field.status.value === 'reason') return 'in is-warn'
  const queries = field.queries.value
  return 'in' + (queries.some(q => q.source !== 'system') ? ' is-q' : queries.length || field.warnings.value.length ? ' is-warn' : '')
}

/** A condition makes the group mandatory now: it wants an answer. */
export const Required = () => <span class="req" title={t('crf.groupRequired')}> *<span class="sr"> {t('crf.groupRequired')}</span></span>
