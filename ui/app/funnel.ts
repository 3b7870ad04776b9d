// The geometry of a funnel plot: scales, ticks, curves. Pure.
import type { Monitoring, SitePoint } from '../wire/types.ts'

export type Box = { left: number; right: number; top: number; bottom: number }
export type Scale = (v: number) => number

export const linear = (from: [number, number], to: [number, number]): Scale => v => {
  const span = from[1] - from[0]
  return span ? to[0] + (v - from[0]) / span * (to[1] - to[0]) : (to[0] + to[1]) / 2
}

/** About count round numbers from min to max: 1, 2 or 5 times a power of ten apart. */
export function ticks(min: number, max: number, count: number): number[] {
  if (!(max > min)) return [min]
  const rough = (max - min) / count, power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough)!
  const first = Math.ceil(min / step - 1e-9)
  return Array.from({ length: Math.floor(max / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** A site in the picture. */
export type Mark = SitePoint & { x: number; y: number; few: boolean }

export type Funnel = {
  x: Scale; y: Scale; xTicks: number[]; yTicks: number[]; yMax: number
  curves: { threshold: number; alarm: boolean; points: [number, number][] }[]
  marks: Mark[]
}

/** The server gives a site with too little data no score or no flag. */
export const tooFew = (s: SitePoint) => typeof s.score !== 'number' || typeof s.flag !== 'number'

/** Rates below a half are told per 100, which people read more easily. */
export const perHundred = (m: Pick<Monitoring, 'sites'>) => Math.max(0, ...m.sites.map(s => s.metric)) < 0.5

export function funnel(m: Monitoring, box: Box): Funnel {
  const judged = m.sites.filter(s => s.denominator > 0)
  const xMax = Math.max(1, ...judged.map(s => s.denominator)) * 1.06
  const least = Math.min(xMax, ...judged.map(s => s.denominator))
  const xMin = least > xMax / 3 ? least * 0.9 : 0 // sites of one size are drawn apart
  const bounds = m.bounds.flatMap(b => b.points.filter(([d]) => d >= Math.max(xMin, xMax / 6) && d <= xMax).map(([, v]) => v))
  const yMax = Math.max(m.mu, ...judged.map(s => s.metric), ...bounds) * 1.1 || 1
  const x = linear([xMin, xMax], [box.left, box.right]), y = linear([0, yMax], [box.bottom, box.top])
  const inside = (v: number) => Math.max(0, Math.min(yMax, v))
  const alarm = (threshold: number) => m.bounds.every(b => b.threshold * threshold <= 0 || Math.abs(b.threshold) <= Math.abs(threshold))
  const curves = m.bounds.filter(b => b.threshold !== 0).flatMap(b => {
    const points = b.points.filter(([d, v]) => d > 0 && d >= xMin && d <= xMax && v <= yMax) // a curve leaves the picture at its top
    if (points.length < 2) return []
    return [{ threshold: b.threshold, alarm: alarm(b.threshold), points: points.map(([d, v]): [number, number] => [x(d), y(inside(v))]) }]
  })
  const marks = [...judged].sort((a, b) => b.metric - a.metric).map(s => ({ ...s, x: x(s.denominator), y: y(inside(s.metric)), few: tooFew(s) }))
  return { x, y, xTicks: ticks(xMin, xMax, 5), yTicks: ticks(0, yMax, 4), yMax, curves, marks }
}

export type Label = { x: number; y: number; anchor: 'start' | 'middle' | 'end'; rect: Rect }
type Rect = readonly [left: number, top: number, right: number, bottom: number]

const covered = (a: Rect, b: Rect) => Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
const around = (x: number, y: number, r: number): Rect => [x - r, y - r, x + r, y + r]

/** What is written at the end of a curve covers about this. */
const endOf = (points: [number, number][]): Rect => { const [x, y] = points.at(-1)!; return [x + 4, y - 8, x + 34, y + 8] }

/**
 * Where what is written at each mark stands: beside it where it covers no other text and no other mark, leaves the picture nowhere
 * and, if there is a choice, crosses no line. Those outside choose first. A mark of which nothing is said has none.
 */
export function labels(f: Funnel, box: Box, mean: number, said: (mark: Mark) => string): Map<string, Label> {
  const out = new Map<string, Label>(), texts = f.curves.map(c => endOf(c.points))
  const size = (mark: Mark) => mark.flag ? { letter: 14, gap: 17, own: 12 } : { letter: 12, gap: 9, own: 6 }
  const own = new Map(f.marks.map(mark => [mark.site, around(mark.x, mark.y, size(mark).own)]))
  const lines = f.curves.flatMap(c => c.points.slice(1).flatMap((to, i) => { const from = c.points[i]!; return [0, .25, .5, .75].map(s => [from[0] + (to[0] - from[0]) * s, from[1] + (to[1] - from[1]) * s] as const) }))
  const crosses = (r: Rect) => (r[1] < mean && r[3] > mean ? 1 : 0) + (lines.some(([x, y]) => x > r[0] && x < r[2] && y > r[1] && y < r[3]) ? 1 : 0)
  const beyond = (r: Rect) => (r[2] - r[0]) * (r[3] - r[1]) - covered(r, [box.left, 0, 720, box.bottom + 8])
  for (const mark of [...f.marks].sort((a, b) => Math.abs(b.flag ?? 0) - Math.abs(a.flag ?? 0) || b.metric - a.metric)) {
    const text = said(mark)
    if (!text) continue
    const { letter, gap } = size(mark), wide = [...text].reduce((n, c) => n + (c > '\u2e80' ? 1 : .58), 0) * letter, { x, y } = mark
    const at = (anchor: Label['anchor'], left: number, base: number): Label => ({ x: anchor === 'start' ? left : anchor === 'end' ? left + wide : left + wide / 2, y: base, anchor, rect: [left, base - letter, left + wide, base + 3] })
    const right = at('start', x + gap, y + letter / 3), left = at('end', x - gap - wide, y + letter / 3), above = at('middle', x - wide / 2, y - gap), below = at('middle', x - wide / 2, y + gap + letter - 3)
    const order = !mark.flag ? [above, below, right, left] : x > (box.left + box.right) / 2 ? [left, right, above, below] : [right, left, above, below]
    const cost = ({ rect }: Label) => 100 * (beyond(rect) + texts.reduce((n, r) => n + covered(r, rect), 0)) + 10 * [...own].reduce((n, [site, r]) => site === mark.site ? n : n + covered(r, rect), 0) + crosses(rect)
    const best = order.map(l => [cost(l), l] as const).reduce((a, b) => b[0] < a[0] ? b : a)[1]
    texts.push(best.rect)
    out.set(mark.site, best)
  }
  return out
}
