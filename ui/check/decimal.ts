// Exact decimals: up to 34 significant digits, below 10^34, up to 64 digits after the point; what is finer is rounded
// half-even, once. Digits and rounding are those of IEEE 754-2008 decimal128.

/** An integer that a JavaScript number holds exactly stays one, which is quick; all else is coefficient × 10^-scale. */
export type Num = number | Decimal
export class Decimal {
  constructor(readonly coef: bigint, readonly scale: number) {}
}

const maxDigits = 34, maxScale = 64

/** Whether the size of a number that is cut grows by one in its last place: odd says whether that place is, half how the rest compares with one half. */
export type Rounding = (odd: boolean, half: number) => boolean
export const halfEven: Rounding = (odd, half) => half > 0 || half === 0 && odd
export const halfAway: Rounding = (_, half) => half >= 0
const toZero: Rounding = () => false
/** How inexact results are rounded; a test breaks it on purpose. */
export const arithmetic = { rounds: halfEven }

const coefOf = (a: Num) => typeof a === 'number' ? BigInt(a) : a.coef
const scaleOf = (a: Num) => typeof a === 'number' ? 0 : a.scale
const tenTo = (k: number) => 10n ** BigInt(k)
const size = (c: bigint) => c < 0n ? -c : c
const digits = (c: bigint) => String(size(c)).length
export const sign = (a: Num) => { const c = typeof a === 'number' ? a : a.coef; return c > 0 ? 1 : c < 0 ? -1 : 0 }

/** c / 10^drop, rounded to an integer. */
function cut(c: bigint, drop: number, rounds: Rounding): bigint {
  const p = tenTo(drop), q = c / p, twice = 2n * size(c % p)
  if (twice === 0n || !rounds((q & 1n) === 1n, twice > p ? 1 : twice < p ? -1 : 0)) return q
  return c < 0n ? q - 1n : q + 1n
}

/** c × 10^-scale rounded to what a number may hold, or a blank if it is too large. */
function fit(c: bigint, scale: number): Num | undefined {
  const drop = Math.max(digits(c) - maxDigits, scale - maxScale)
  if (drop > 0) { c = cut(c, drop, arithmetic.rounds); scale -= drop }
  if (scale < 0) { c *= tenTo(-scale); scale = 0 }
  while (scale > 0 && c % 10n === 0n) { c /= 10n; scale-- }
  return digits(c) - scale > maxDigits ? undefined : numberOf(c, scale)
}

/** A number without trailing zeros in its fraction. */
function numberOf(c: bigint, scale: number): Num {
  const n = Number(c)
  return scale === 0 && Number.isSafeInteger(n) ? n : new Decimal(c, scale)
}

function aligned(a: Num, b: Num): [bigint, bigint, number] {
  const scale = Math.max(scaleOf(a), scaleOf(b))
  return [coefOf(a) * tenTo(scale - scaleOf(a)), coefOf(b) * tenTo(scale - scaleOf(b)), scale]
}

const order = <T>(a: T, b: T) => a < b ? -1 : a > b ? 1 : 0

export function compareNumbers(a: Num, b: Num): number {
  if (typeof a === 'number' && typeof b === 'number') return order(a, b)
  const [x, y] = aligned(a, b)
  return order(x, y)
}

type Op = (a: Num, b: Num) => Num | undefined
/** An operation that is quick while numbers and outcome are safe integers. */
const either = (quick: (a: number, b: number) => number, exact: Op): Op => (a, b) => {
  const n = typeof a === 'number' && typeof b === 'number' ? quick(a, b) : NaN
  return Number.isSafeInteger(n) ? n : exact(a, b)
}

export const add = either((a, b) => a + b, (a, b) => { const [x, y, scale] = aligned(a, b); return fit(x + y, scale) })
export const sub = either((a, b) => a - b, (a, b) => { const [x, y, scale] = aligned(a, b); return fit(x - y, scale) })
export const mul = either((a, b) => a * b, (a, b) => fit(coefOf(a) * coefOf(b), scaleOf(a) + scaleOf(b)))
/** a / b; b is not zero. */
export const div = either((a, b) => a % b ? NaN : a / b, (a, b) => quotient(coefOf(a), scaleOf(a), coefOf(b), scaleOf(b)))
/** The remainder with the sign of a; b is not zero. */
export const mod = either((a, b) => a % b, (a, b) => { const [x, y, scale] = aligned(a, b); return fit(x % y, scale) })
export const neg = (a: Num) => sub(0, a)!

/** Two digits more than a number has, and one that stands for all beyond, so that fit rounds as if it saw the exact quotient. */
function quotient(a: bigint, aScale: number, b: bigint, bScale: number): Num | undefined {
  const k = Math.max(0, maxDigits + 2 - digits(a) + digits(b))
  const n = a * tenTo(k), q = n / b
  const scale = aScale - bScale + k
  if (n % b === 0n) return fit(q, scale)
  return fit(q * 10n + ((a < 0n) === (b < 0n) ? 1n : -1n), scale + 1)
}

/** a × b / n, rounded once; n is not zero. */
export const quotientOfProduct = (a: Num, b: Num, n: number) => quotient(coefOf(a) * coefOf(b), scaleOf(a) + scaleOf(b), BigInt(n), 0)

/** a rounded to places after the point, before it when negative. */
export function roundAt(a: Num, places: number, rounds = halfAway): Num | undefined {
  const drop = scaleOf(a) - places
  return drop <= 0 ? a : fit(cut(coefOf(a), drop, rounds), places)
}

/** The largest integer that is not above a. */
export function wholeDown(a: Num): Num | undefined {
  const t = roundAt(a, 0, toZero)!
  return sign(a) < 0 && compareNumbers(t, a) !== 0 ? sub(t, 1) : t
}

/** a^n for 0 ≤ n ≤ 34, rounded once; 0^0 is 1. */
export const power = (a: Num, n: number) => fit(coefOf(a) ** BigInt(n), scaleOf(a) * n)

/** The square root of a ≥ 0, correctly rounded: the integer root of enough digits, and one that stands for the rest. */
export function root(a: Num): Num | undefined {
  let k = Math.max(0, 2 * (maxDigits + 2) - digits(coefOf(a)))
  if ((scaleOf(a) + k) % 2) k++
  const n = coefOf(a) * tenTo(k), scale = (scaleOf(a) + k) / 2
  if (n === 0n) return 0
  let q = tenTo(Math.ceil(digits(n) / 2)) // Newton's way down from above
  for (let next = q; ;) { next = (q + n / q) / 2n; if (next >= q) break; q = next }
  return q * q === n ? fit(q, scale) : fit(q * 10n + 1n, scale + 1)
}

/** a if it is an integer within ±limit. */
export const whole = (a: Num, limit: number) => typeof a === 'number' && Math.abs(a) <= limit ? a : undefined

/** Without exponent and without trailing zeros. */
export function numberText(a: Num): string {
  if (typeof a === 'number') return String(a)
  const t = String(size(a.coef)).padStart(a.scale + 1, '0'), point = t.length - a.scale
  return (a.coef < 0n ? '-' : '') + t.slice(0, point) + (a.scale ? '.' + t.slice(point) : '')
}

/** An optional sign, digits with an optional point, an optional exponent of up to two digits. What would have to be rounded is no number. */
export function parseNumber(text: string): Num | undefined {
  const m = text.length > 128 ? null : /^([+-]?)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d\d?))?$/.exec(text)
  if (!m || !m[2] && !m[3]) return undefined
  let c = (m[2]! + (m[3] ?? '')).replace(/^0+/, ''), scale = (m[3] ?? '').length - Number(m[4] ?? 0)
  while (scale > 0 && c.endsWith('0')) { c = c.slice(0, -1); scale-- }
  if (!c) return 0
  if (scale < 0) { c += '0'.repeat(-scale); scale = 0 }
  if (/[1-9]/.test(c.slice(maxDigits)) || scale > maxScale || c.length - scale > maxDigits) return undefined
  return numberOf(BigInt(m[1] === '-' ? '-' + c : c), scale)
}
