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

export type Funnel = {
  x: Scale; y: Scale; xTicks: number[]; yTicks: number[]; yMax: number
  curves: { threshold: number; alarm: boolean; line: string; end: [number, number] }[]
  marks: (SitePoint & { x: number; y: number; few: boolean; below: boolean })[]
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
    const end = points.at(-1)!
    return [{ threshold: b.threshold, alarm: alarm(b.threshold), line: points.map(([d, v]) => `${x(d).toFixed(1)},${y(inside(v)).toFixed(1)}`).join(' '), end: [x(end[0]), y(inside(end[1]))] as [number, number] }]
  })
  const marks = [...judged].sort((a, b) => b.metric - a.metric).map(s => ({ ...s, x: x(s.denominator), y: y(inside(s.metric)), few: tooFew(s), below: false }))
  const near = (a: { x: number; y: number }, b: { x: number; y: number }) => Math.abs(a.x - b.x) < 18 && Math.abs(a.y - b.y) < 32
  marks.forEach((mark, i) => { mark.below = marks.slice(0, i).some(before => !before.below && near(before, mark)) }) // its number must not cover a neighbour's
  return { x, y, xTicks: ticks(xMin, xMax, 5), yTicks: ticks(0, yMax, 4), yMax, curves, marks }
}
