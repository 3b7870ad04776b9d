// What people type and what is kept: dates, numbers and times are kept in the lexical forms of ODM 1.3.2 (section 2.14),
// and shown in the forms sites write, such as 2026-11-UN for a day nobody knows.
import type { Key } from '../words/words.ts'

/** The kept form of what was typed, or the sentence that says what is wrong with it. */
export type Read = { value: string } | { bad: Key }

const wide = (typed: string) => typed
  .replace(/[\uff01-\uff5e]/g, c => String.fromCharCode(c.charCodeAt(0) - 0xfee0)) // full-width forms of a Chinese keyboard
  .replace(/\u3002/g, '.').replace(/[\u2212\u2013]/g, '-').trim()

export function read(dataType: string, typed: string): Read {
  if (!typed.trim()) return { value: '' }
  const text = wide(typed)
  switch (dataType) {
    case 'integer': return /^[+-]?\d+$/.test(text) ? { value: text.replace(/^\+/, '') } : { bad: 'bad.integer' }
    case 'float': case 'double': return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? { value: decimal(text) } : { bad: 'bad.number' }
    case 'date': return date(text, false)
    case 'partialDate': return date(text, true)
    case 'incompleteDate': return incomplete(date(text, true))
    case 'time': return time(text, ':00')
    case 'partialTime': return time(text, '')
    case 'datetime': return datetime(text, false)
    case 'partialDatetime': return datetime(text, true)
    default: return { value: typed.trim() }
  }
}

const decimal = (text: string) => text.replace(/^\+/, '').replace(/^(-?)\./, '$10.').replace(/\.$/, '')

/** 2026-11-23, 20261123, 2026/11/3, 2026.11.3, 2026年11月3日; partial: 2026-11-UN, 2026-11, 2026. */
function date(text: string, partial: boolean): Read {
  const bad: Read = { bad: partial ? 'bad.partialDate' : 'bad.date' }
  const m = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
    ?? /^(\d{4})(?:[-/.年](\d{1,2}|UNK?))?(?:[-/.月](\d{1,2}|UNK?))?[日月年]?$/i.exec(text)
  if (!m) return bad
  const [year, month, dayOf] = [m[1]!, known(m[2]), known(m[3])]
  if (dayOf && !month || !partial && !dayOf) return bad
  if (month && (Number(month) < 1 || Number(month) > 12)) return bad
  if (dayOf && (Number(dayOf) < 1 || Number(dayOf) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate())) return bad
  return { value: [year, month, dayOf].filter(Boolean).join('-') }
}

const known = (part: string | undefined) => part && /^\d/.test(part) ? part.padStart(2, '0') : ''

/** An incompleteDate has "-" for each part that is not known. */
function incomplete(r: Read): Read {
  if ('bad' in r) return r
  const [y = '-', m = '-', d = '-'] = r.value.split('-')
  return { value: `${y}-${m}-${d}` }
}

function time(text: string, seconds: string): Read {
  const m = /^(\d{1,2})[:.]?(\d{2})(?::(\d{2}))?$/.exec(text)
  if (!m || Number(m[1]) > 23 || Number(m[2]) > 59 || Number(m[3] ?? 0) > 59) return { bad: 'bad.time' }
  return { value: `${m[1]!.padStart(2, '0')}:${m[2]}${m[3] ? ':' + m[3] : seconds}` }
}

function datetime(text: string, partial: boolean): Read {
  const [d = '', clock = ''] = text.split(/[T ]+/)
  const day = date(d, partial && !clock)
  if ('bad' in day) return { bad: partial ? 'bad.partialDate' : 'bad.datetime' }
  if (!clock) return partial ? day : { bad: 'bad.datetime' }
  const at = time(clock, partial ? '' : ':00')
  return 'bad' in at ? { bad: 'bad.datetime' } : { value: `${day.value}T${at.value}` }
}

/** What is kept, as people write it. */
export function show(dataType: string, kept: string | undefined): string {
  const value = kept ?? ''
  if (!value) return ''
  switch (dataType) {
    case 'partialDate': return /^\d{4}(-\d{2})?$/.test(value) ? value + (value.length === 4 ? '-UN-UN' : '-UN') : value
    case 'incompleteDate': {
      const m = /^(\d{4}|-)-(\d{2}|-)-(\d{2}|-)$/.exec(value)
      return m ? m.slice(1).map(p => p === '-' ? 'UN' : p).join('-') : value
    }
    case 'time': return value.replace(/^(\d{2}:\d{2}):00$/, '$1')
    case 'datetime': case 'partialDatetime': return value.replace('T', ' ').replace(/^(.{10} \d{2}:\d{2}):00$/, '$1')
    default: return value
  }
}

/** The hint that tells the expected format, for the types that have one. */
export function hint(dataType: string): Key | undefined {
  switch (dataType) {
    case 'date': return 'hint.date'
    case 'partialDate': case 'incompleteDate': return 'hint.partialDate'
    case 'time': case 'partialTime': return 'hint.time'
    case 'datetime': case 'partialDatetime': return 'hint.datetime'
    default: return undefined
  }
}

export const numeric = (dataType: string) => ['integer', 'float', 'double'].includes(dataType)

/** Limits as people write them: 3.5–5.3, ≤ 40, ≥ 60. */
export const limits = ({ low, high }: { low?: string; high?: string }) => low && high ? `${low}–${high}` : low ? `≥ ${low}` : `≤ ${high ?? ''}`
