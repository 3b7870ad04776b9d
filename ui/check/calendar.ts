// Dates of any precision, times, moments and zones, in the proleptic Gregorian calendar, years 1 to 9999.

/** The parts that are known, the coarsest first: year, month, day, hour, minute, and the second in milliseconds. A time of day begins with the hour. */
export type Parts = readonly number[]
export const precisions = ['year', 'month', 'day', 'hour', 'minute', 'second']

const dayMs = 86_400_000

/** Unknown (undefined) if both are alike as far as they go, but one goes further. */
export function compareParts(a: Parts, b: Parts): number | undefined {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1
  return a.length === b.length ? 0 : undefined
}

const daysIn = (y: number, m: number) => m === 2 ? (y % 4 === 0 && y % 100 !== 0 || y % 400 === 0 ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31

export function parseDate(text: string): Parts | undefined {
  const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text)
  if (!m) return undefined
  const [y, mo, d] = [Number(m[1]), Number(m[2] ?? 1), Number(m[3] ?? 1)]
  if (y < 1 || mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo)) return undefined
  return [y, mo, d].slice(0, m[3] ? 3 : m[2] ? 2 : 1)
}

/** hh, hh:mm, hh:mm:ss, or that with a fraction, of which milliseconds are kept. */
export function parseTime(text: string): Parts | undefined {
  const m = /^(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?$/.exec(text)
  if (!m) return undefined
  const [h, mi, s] = [Number(m[1]), Number(m[2] ?? 0), Number(m[3] ?? 0)]
  if (h > 23 || mi > 59 || s > 59) return undefined
  return [h, mi, s * 1000 + Number(((m[4] ?? '') + '000').slice(0, 3))].slice(0, m[3] ? 3 : m[2] ? 2 : 1)
}

/** A date of any precision, or a full one, "T" and a time. */
export function parseDateTime(text: string): Parts | undefined {
  const t = text.indexOf('T')
  const date = parseDate(t < 0 ? text : text.slice(0, t))
  if (t < 0 || !date) return date
  const clock = parseTime(text.slice(t + 1))
  return clock && date.length === 3 ? [...date, ...clock] : undefined
}

/** A full date, "T", a time with minutes at least, and "Z" or an offset from UTC; in Unix milliseconds. */
export function parseInstant(text: string): number | undefined {
  const m = /^(.*)(?:Z|([+-])(\d\d):(\d\d))$/.exec(text)
  const wall = m && parseDateTime(m[1]!)
  if (!wall || wall.length < 5 || Number(m[3] ?? 0) > 14 || Number(m[4] ?? 0) > 59) return undefined
  return inYears(wallMs(wall) - Number((m[2] ?? '') + '1') * (Number(m[3] ?? 0) * 60 + Number(m[4] ?? 0)) * 60_000)
}

const pad = (n: number, width: number) => String(n).padStart(width, '0')
export const dateText = (v: Parts) => v.map((n, i) => pad(n, i ? 2 : 4)).join('-')
export function timeText(v: Parts): string {
  const ms = (v[2] ?? 0) % 1000
  return v.map((n, i) => pad(i === 2 ? Math.trunc(n / 1000) : n, 2)).join(':') + (ms ? '.' + pad(ms, 3).replace(/0+$/, '') : '')
}
export const dateTimeText = (v: Parts) => dateText(v.slice(0, 3)) + (v.length > 3 ? 'T' + timeText(v.slice(3)) : '')
export const instantText = (ms: number) => dateTimeText(wallOf(ms)!) + 'Z'

/** Days since 1 January 1970. Years begin in March, so that the leap day comes last and 153 days make every five months. */
export function dayNumber(date: Parts): number {
  let [y, m, d] = date as [number, number, number]
  if (m <= 2) { y--; m += 12 }
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * (m - 3) + 2) / 5) + d - 719_469
}

/** A full date moved by days, or a blank outside of the years. */
export const addDays = (date: Parts, n: number) => wallOf((dayNumber(date) + n) * dayMs)?.slice(0, 3)

/** A full date moved by months; a day that the month does not have becomes its last. */
export function addMonths([y, m, d]: Parts, n: number): Parts | undefined {
  const total = y! * 12 + m! - 1 + n
  const year = Math.floor(total / 12), month = total - year * 12 + 1
  return year < 1 || year > 9999 ? undefined : [year, month, Math.min(d!, daysIn(year, month))]
}

/** The most whole months that can be added to a without passing b; negative, by the same count from b, if b is earlier. */
export function monthsBetween(a: Parts, b: Parts): number {
  if (compareParts(b, a)! < 0) return -monthsBetween(b, a)
  const n = (b[0]! - a[0]!) * 12 + b[1]! - a[1]!
  const moved = addMonths(a, n)
  return moved && compareParts(moved, b)! > 0 ? n - 1 : n
}

/** Whole years from one full date to another: who was born on 29 February has a birthday on 1 March in common years. */
const ageOn = (birth: Parts, on: Parts) => on[0]! - birth[0]! - (compareParts(on.slice(1), birth.slice(1))! < 0 ? 1 : 0)
const firstDay = ([y, m = 1, d = 1]: Parts): Parts => [y!, m, d]
const lastDay = ([y, m = 12, d = daysIn(y!, m)]: Parts): Parts => [y!, m, d]
/** Known if it is the same for all days that partial dates may stand for. */
export function age(birth: Parts, on: Parts): number | undefined {
  const youngest = ageOn(lastDay(birth), firstDay(on))
  return youngest === ageOn(firstDay(birth), lastDay(on)) ? youngest : undefined
}

/** Milliseconds since midnight of a time of day. */
export const clockMs = ([h = 0, m = 0, s = 0]: Parts) => (h * 60 + m) * 60_000 + s
/** A wall clock reading of a full date as if it were in UTC, in Unix milliseconds. */
export const wallMs = (v: Parts) => dayNumber(v) * dayMs + clockMs(v.slice(3))
/** The wall clock reading that in UTC is at Unix millisecond ms, or a blank outside of the years. */
function wallOf(ms: number): Parts | undefined {
  const t = new Date(ms), y = t.getUTCFullYear()
  if (!(y >= 1 && y <= 9999)) return undefined
  return [y, t.getUTCMonth() + 1, t.getUTCDate(), t.getUTCHours(), t.getUTCMinutes(), t.getUTCSeconds() * 1000 + t.getUTCMilliseconds()]
}
const inYears = (ms: number) => wallOf(ms) && ms

/**
 * The clock changes of a zone, in seconds, as the server knows them: the first offset from UTC, then by turns a moment and
 * the offset from then on. The browser's own zones (Intl) will not do: their age is that of the device, they know names
 * that the server does not, and the two would differ just where a law has changed.
 */
export type Zone = readonly number[]

function offsetMs(zone: Zone, ms: number): number {
  let i = zone.length - 2
  while (i > 0 && zone[i]! * 1000 > ms) i -= 2
  return zone[i + 1]! * 1000
}

/** The wall clock reading in a zone at a moment. */
export const inZone = (ms: number, zone: Zone) => wallOf(ms + offsetMs(zone, ms))

/** When a zone's clocks show a reading: of two such moments the earlier; one that is skipped is read by the offset before the gap (RFC 5545, section 3.3.5). */
export function moment(wall: number, zone: Zone): number | undefined {
  const before = offsetMs(zone, wall - dayMs), after = offsetMs(zone, wall + dayMs)
  const first = wall - before, second = wall - after
  return inYears(offsetMs(zone, first) !== before && offsetMs(zone, second) === after ? second : first)
}
