// Values of the rule language. An expression's type is known before it runs, so a value carries none: a bool is a
// boolean, a number a Num, a text a string, dates and times Parts, a moment its Unix milliseconds, a list an array.
import { dateText, dateTimeText, instantText, parseDate, parseDateTime, parseInstant, parseTime, timeText, type Parts } from './calendar.ts'
import { numberText, parseNumber, type Num } from './decimal.ts'

export type Base = 'blank' | 'bool' | 'number' | 'text' | 'date' | 'datetime' | 'time' | 'instant'
/** 'blank' is the type of what could be of any. Lists of lists do not exist. */
export type Type = Base | `list of ${Base}`

/** A value that is not there and why; without a reason it is undefined. */
export class Blank {
  constructor(readonly reason: string) {}
}
export type Value = undefined | Blank | boolean | Num | string | Parts | Value[]
export const isBlank = (v: unknown) => v === undefined || v instanceof Blank

export const listOf = (t: Type) => `list of ${t}` as Type
export const isList = (t: Type) => t.startsWith('list')
export const elem = (t: Type) => (isList(t) ? t.slice(8) : t) as Base

export const maxList = 1000
/** Not well formed: half of a surrogate pair, which UTF-8 cannot say. */
const broken = /[\ud800-\udfff]/u
export const wellFormed = (s: string) => !broken.test(s)
export const nfc = (s: string) => s.normalize('NFC')

const truths: Record<string, boolean> = { true: true, 1: true, false: false, 0: false }
const readers: Record<string, (text: string) => Value> = {
  bool: text => Object.hasOwn(truths, text) ? truths[text] : undefined, number: parseNumber, text: text => wellFormed(text) ? nfc(text) : undefined,
  date: parseDate, datetime: parseDateTime, time: parseTime, instant: parseInstant,
}

/** Reads a value as a form holds it: empty text is a blank. What is no value of the type is null; nothing is guessed, trimmed or rounded. */
export function parseValue(type: Type, text: string): Value | null {
  if (!text) return undefined
  if (!isList(type)) return readers[type]?.(text) ?? null
  let texts: unknown
  try { texts = JSON.parse(text) ?? [] } catch { return null }
  if (!Array.isArray(texts) || texts.length > maxList) return null
  const list = texts.map(t => t === null ? undefined : typeof t === 'string' ? parseValue(elem(type), t) : null)
  return list.includes(null) ? null : list as Value[]
}

const writers: Record<string, (v: never) => string> = {
  bool: String, number: numberText, text: (s: string) => s, date: dateText, datetime: dateTimeText, time: timeText, instant: instantText,
}

/** The canonical text of a value, which parseValue reads back: '' for a blank. */
export function textOf(type: Type, v: Value): string {
  if (isBlank(v)) return ''
  return isList(type) ? JSON.stringify((v as Value[]).map(x => textOf(elem(type), x))) : writers[type]!(v as never)
}
