// A repeating item group as a table: a row per repeat, a cell per question. Enter goes down, Ctrl D copies from above.
import type { ComponentChildren } from 'preact'
import { useContext, useRef } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Menu, Tag, type MenuItem } from '../look/parts.tsx'
import { clock, t, when, word } from '../words/words.ts'
import { codeLabel, label, unitLabel, type Question, type Section } from './definition.ts'
import { Coded, FieldMenu, fieldKey, Normal, Required } from './field.tsx'
import { described, domId, HostContext } from './host.ts'
import { Messages, shown } from './message.tsx'
import type { Field, FormModel } from './model.ts'
import { hint, numeric } from './value.ts'

export function Grid({ form, section }: { form: FormModel; section: Section }) {
  const { group, questions } = section
  const { readOnly, activity } = useContext(HostContext)
  const rows = form.rows(group.oid).value.filter(r => !form.hidden.value.has(`${group.oid}/${r}`))
  if (!rows.length) return null // a condition hides the group
  const lines = rows.map(repeat => ({ key: repeat, fields: questions.map(q => form.field(group.oid, repeat, q.item.oid)),
    ...(activity ? { menu: [{ text: t('aside.make'), icon: 'dash' as const, run: () => activity(form, { group: group.oid, repeat }, false) }] } : {}) }))
  return <Sheet name={label(group)} required={rows.some(r => form.demanded.value.has(`${group.oid}/${r}`))} questions={questions} lines={lines} {...(readOnly ? {} : { add: () => { form.addRow(group.oid) } })} />
}

/** One line of a sheet: its fields, and what may be done with it as a whole once it has values. */
export type Line = { key: string; fields: Field[]; menu?: MenuItem[]; head?: ComponentChildren }

/** Lines of the same questions as a table that is filled by keyboard; add makes the next line. */
export function Sheet({ name, required, questions, lines, add }: { name: string; required?: boolean; questions: Question[]; lines: Line[]; add?: () => void | Promise<void> }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const cell = (row: number, column: number) =>
    body.current?.querySelector<HTMLElement>(`[data-cell="${row}:${column}"] :is(input,select,button.enter)`)?.focus()
  const more = async () => {
    await add?.()
    requestAnimationFrame(() => cell(lines.length, questions.findIndex(q => !q.computed)))
  }
  const key = (e: KeyboardEvent, row: number, column: number) => {
    const field = (r: number) => lines[r]!.fields[column]!
    if (e.ctrlKey && e.key.toLowerCase() === 'd') {
      e.preventDefault()
      if (row > 0) { field(row).type(field(row - 1).draft.value); field(row).commit() }
    } else if (e.key === 'Enter' && !(e.target instanceof HTMLButtonElement)) {
      e.preventDefault()
      field(row).commit()
      if (row + 1 < lines.length) cell(row + 1, column)
      else void more()
    } else if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && e.target instanceof HTMLInputElement) {
      e.preventDefault(); cell(row + (e.key === 'ArrowDown' ? 1 : -1), column)
    }
  }
  return <section class="card">
    <header><h2 class="grow">{name}{required && <Required />}</h2>{add && <><span class="xs dim keys">{t('crf.gridHint')}</span>
      <button type="button" class="btn s" onClick={() => void more()}><Icon name="plus" />{t('do.add')}</button></>}</header>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('crf.gridLabel', { name })}>
      <table class="tbl ed">
        <thead><tr><th scope="col">#</th>{questions.map(q => <Heading key={q.item.oid} question={q} />)}<th scope="col">{t('crf.rowState')}</th></tr></thead>
        <tbody ref={body}>{lines.map((line, r) => <Row key={line.key} number={r + 1} line={line} onKey={(e, column) => key(e, r, column)} />)}</tbody>
      </table>
    </div>
  </section>
}

function Heading({ question: { item, unit, mandatory, computed } }: { question: Question }) {
  return <th scope="col" id={`h-${item.oid}`}>{label(item)}{mandatory && !computed && <span class="req" aria-hidden="true"> *</span>}
    {unit && <span class="dim"> {unitLabel(unit)}</span>}</th>
}

function Row({ number, line, onKey }: { number: number; line: Line; onKey: (e: KeyboardEvent, column: number) => void }) {
  const { fields, menu } = line
  const visible = fields.filter(f => !f.hidden.value)
  const talking = visible.filter(f => f.queries.value.length || f.warnings.value.length || ['reason', 'refused', 'conflict'].includes(f.status.value))
  return <>
    <tr>
      <td class="dim">{line.head ?? number}</td>
      {fields.map((f, column) => <td key={f.key} data-cell={`${number - 1}:${column}`} class={f.hidden.value ? 'off' : ''}>
        {!f.hidden.value && <Cell field={f} row={number} onKey={e => onKey(e, column)} />}</td>)}
      <td><span class="row"><RowMark fields={visible} />{menu && visible.some(f => f.filled) && <Menu label={t('aside.row', { n: number })} items={menu} button={<Icon name="more" />} />}</span></td>
    </tr>
    {talking.length > 0 && <tr class="msg"><td /><td colSpan={fields.length + 1}>{talking.map(f => <Messages key={f.key} field={f} />)}</td></tr>}
  </>
}

/** The state of a row: what hinders it first, else what is missing, else when it was saved. */
function RowMark({ fields }: { fields: Field[] }) {
  const { zone } = useContext(HostContext)
  if (fields.some(f => f.status.value === 'retrying')) return <Tag tone="warn" icon="cloud">{t('crf.retrying')}</Tag>
  if (fields.some(f => f.dirty)) return <Tag icon="pen">{t('crf.unsaved')}</Tag>
  if (fields.some(f => f.queries.value.length)) return <Tag tone="bad" icon="query">{t('crf.query')}</Tag>
  if (!fields.some(f => f.filled)) return <span class="dim xs">{t('crf.newForm')}</span>
  const missing = fields.find(f => f.mandatory && !f.computed && !f.filled)
  if (missing) return <Tag tone="warn" icon="clock">{t('crf.missing', { name: label(missing.question.item) })}</Tag>
  const last = fields.reduce<Field | undefined>((best, f) => (f.kept.value?.at ?? '') > (best?.kept.value?.at ?? '') ? f : best, undefined)
  const at = last?.kept.value?.at
  return <Tag tone="ok" icon="check">{at ? (last!.status.value === 'saved' ? `${t('crf.saved')} ${clock(at, zone)}` : when(at, zone)) : t('crf.saved')}</Tag>
}

function Cell({ field, row, onKey }: { field: Field; row: number; onKey: (e: KeyboardEvent) => void }) {
  const host = useContext(HostContext)
  const openMenu = useRef<(() => void) | undefined>(undefined)
  if (field.computed || host.readOnly) return <span class="told" data-field={field.key}>{shown(field, field.computed ? field.told : field.kept.value?.value, field.kept.value?.blank, '')}<Coded field={field} short /></span>
  const keys = (e: KeyboardEvent) => { if (e.altKey) fieldKey(e, field, host, openMenu.current); else onKey(e) }
  return <div class={`cell ${look(field)}`} data-field={field.key} onFocusIn={() => host.focused(field)} onKeyDown={keys}>
    <CellControl field={field} row={row} /><Normal field={field} short /><Coded field={field} short /><FieldMenu field={field} handle={open => { openMenu.current = open }} />
  </div>
}

function CellControl({ field, row }: { field: Field; row: number }) {
  const { item, codes } = field.question, { mandatory } = field
  const name = `${label(item)}, ${t('crf.row', { n: row })}`
  if (field.blank.value) {
    return <button id={domId(field)} type="button" class="enter dim" aria-label={`${name}: ${word('blank', field.blank.value)}`} onClick={() => field.type('')}>{word('blank', field.blank.value)}</button>
  }
  const common = { id: domId(field), 'aria-label': name, 'aria-required': mandatory, 'aria-invalid': field.status.value === 'refused', 'aria-describedby': described(field) }
  if (codes) {
    return <select {...common} value={field.draft.value} onChange={e => field.type(e.currentTarget.value)} onBlur={() => field.commit()}>
      <option value="">{field.filled ? '' : t('crf.choose')}</option>
      {codes.map(c => <option key={c.code} value={c.code}>{codeLabel(c)}</option>)}
    </select>
  }
  const format = hint(item.dataType)
  return <input {...common} value={field.draft.value} autocomplete="off" spellcheck={false} inputMode={numeric(item.dataType) ? 'decimal' : undefined}
    size={format ? 10 : Math.max(6, Math.min(18, item.length || 12))} placeholder={format && t(format === 'hint.partialDate' ? 'hint.date' : format)}
    onInput={e => field.type(e.currentTarget.value)} onBlur={() => field.commit()} />
}

function look(field: Field): string {
  if (['refused', 'conflict'].includes(field.status.value)) return 'is-q'
  return field.status.value === 'reason' || field.queries.value.length || field.warnings.value.length ? 'is-warn' : ''
}
