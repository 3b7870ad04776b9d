// Sentences and numbers in the reader's language: the language is a signal, so whoever reads a word is drawn again when
// it changes.
import { computed, signal } from '@preact/signals'
import type { Key } from './zh.ts'
import type { Text } from '../wire/types.ts'

export type Lang = 'zh-CN' | 'en'
export const lang = signal<Lang>('zh-CN')

type Book = Record<Key, string>
const books = signal<Partial<Record<Lang, Book>>>({})
/** Without the reader's language another is better than none. */
const dictionary = computed(() => books.value[lang.value] ?? books.value['zh-CN'] ?? books.value.en ?? {} as Book)

/** Takes in the sentences of a language. */
export function know(which: Lang, book: Book) { books.value = { ...books.value, [which]: book } }

/** Fetches the sentences of a language, once: nobody reads two at a time. */
export async function learn(which: Lang): Promise<void> {
  if (!books.value[which]) know(which, which === 'en' ? (await import('./en.ts')).en : (await import('./zh.ts')).zh)
}

export type Args = Record<string, string | number>
export type { Key }

/** The sentence of key; {n} is replaced by args.n, {n|one|many} chooses by args.n being 1. */
export function t(key: Key, args: Args = {}): string {
  return (dictionary.value[key] ?? key).replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const arg = args[name]
    if (arg === undefined) return whole
    return one === undefined ? String(arg) : Number(arg) === 1 ? one : many!
  })
}

/** The dictionary's sentence for a code the server chose, or the code itself when the dictionary has none. */
export function word(prefix: string, code: string): string {
  const key = `${prefix}.${code}`
  return key in dictionary.value ? t(key as Key) : code
}

/** The text in the reader's language, else the same primary language, English, the unnamed one, any. */
export function say(text: Text | string | undefined, fallback = ''): string {
  if (typeof text === 'string') return text || fallback
  if (!text) return fallback
  const want = lang.value
  const order = want === 'zh-CN' ? ['zh-CN', 'zh', 'zh-Hans', 'en', ''] : ['en', 'en-US', 'en-GB', '']
  for (const key of order) if (text[key]) return text[key]
  const any = Object.keys(text).sort().find(key => text[key])
  return any === undefined ? fallback : text[any]!
}

const han = /\p{Script=Han}/u
/** A text that has no languages of its own, such as the description of a study, may say the same twice: "English · 中文". The reader's half. */
export function half(text: string | undefined): string {
  const [one = '', two = '', ...more] = (text ?? '').split(' · ')
  if (!two || more.length || han.test(one) === han.test(two)) return text ?? ''
  return han.test(one) === (lang.value === 'zh-CN') ? one : two
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function parts(at: string | Date, zone?: string) {
  const date = typeof at === 'string' ? new Date(at) : at
  if (Number.isNaN(date.getTime())) return undefined
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  })
  return Object.fromEntries(format.formatToParts(date).map(part => [part.type, part.value])) as Record<string, string>
}

/** 10:42 */
export function clock(at: string | Date, zone?: string): string {
  const p = parts(at, zone)
  return p ? `${p.hour}:${p.minute}` : ''
}

/** 11-23, 23 Nov; with the year when it is not now's. */
export function day(at: string | Date, zone?: string, now = new Date()): string {
  const p = parts(at, zone)
  if (!p) return ''
  const sameYear = p.year === parts(now, zone)!.year
  if (lang.value === 'en') return `${Number(p.day)} ${months[Number(p.month) - 1]}${sameYear ? '' : ' ' + p.year}`
  return `${sameYear ? '' : p.year + '-'}${p.month}-${p.day}`
}

/** 11-23 10:38:41, 23 Nov 10:38:41; with the year when it is not now's. */
export function moment(at: string, zone?: string, now = new Date()): string {
  const p = parts(at, zone)
  return p ? `${day(at, zone, now)} ${p.hour}:${p.minute}:${p.second}` : ''
}

/** 2026-11-23 10:38:41, 23 Nov 2026 10:38:41: with the year, as a signature is shown (21 CFR 11.50). */
export const dated = (at: string, zone?: string) => moment(at, zone, new Date(0))

/** 10:42 today, the day otherwise. */
export function when(at: string, zone?: string, now = new Date()): string {
  return day(at, zone, now) === day(now, zone, now) ? clock(at, zone) : day(at, zone, now)
}

/** A number with at most three significant decimals and a true minus sign. */
export function figure(n: number, digits = 1): string {
  return n.toLocaleString(lang.value, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).replace('-', '−')
}

/** A score with its sign: +2.1, −3.4 */
export function signed(n: number): string {
  const size = Math.abs(n).toFixed(1)
  return (size === '0.0' ? '' : n > 0 ? '+' : '−') + size
}
