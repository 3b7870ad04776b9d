// A casebook as the pages show it: the repeats of one visit together, each with its number, its day and what is due in it. Pure.
import type { Expected, Subject, SubjectEvent, SubjectForm, Text, VisitPlan } from '../wire/types.ts'

export type Visit = {
  event: string; repeat: string; name: Text
  /** Its place among the repeats, from 1, and how many there are: a patient's report has no number of its own. */
  nth: number; of: number
  /** When it was last saved; "" before. */
  at: string
  forms: SubjectForm[]
  /** What counts: all forms of a scheduled visit, of any other only those that were begun; conditions of the schedule demand some and release others. */
  due: SubjectForm[]
  plan: VisitPlan | undefined
  expected: Expected | undefined
}
/** The repeats of one event; most have one. */
export type Strand = { event: string; name: Text; visits: Visit[] }

/** Nobody waits for these. */
const waived = new Set(['skipped', 'not_expected'])
const begun = (f: SubjectForm) => f.state !== 'empty'
/** Whether somebody waits for a form that nobody has begun. */
const counts = (e: SubjectEvent, f: SubjectForm) => f.expected === 'demanded' || f.expected !== 'released' && e.expected !== 'released' && (e.expected === 'demanded' || e.type === 'Scheduled' && !waived.has(e.plan?.state ?? ''))
/** Staff number their repeats; what a phone sent carries the id of the report. */
const sent = (repeat: string) => !/^\d+$/.test(repeat)

export function strands(subject: Subject): Strand[] {
  const all: Strand[] = []
  for (const e of subject.events) {
    let strand = all.find(s => s.event === e.event)
    if (!strand) all.push(strand = { event: e.event, name: e.name, visits: [] })
    const at = e.forms.reduce((last, f) => (f.updatedAt ?? '') > last ? f.updatedAt! : last, '')
    const forms = sent(e.repeat) ? e.forms.filter(begun) : e.forms
    strand.visits.push({ event: e.event, repeat: e.repeat, name: e.name, nth: strand.visits.length + 1, of: 0, at, forms, due: forms.filter(f => begun(f) || counts(e, f)), plan: e.plan, expected: e.expected })
  }
  for (const { visits } of all) for (const v of visits) v.of = visits.length
  return all
}

export const done = (v: Pick<Visit, 'due'>) => v.due.filter(f => f.state === 'complete').length
/** The part of what is due that is done; undefined when nothing is due. */
export const share = (v: Pick<Visit, 'due'>) => v.due.length ? done(v) / v.due.length : undefined
export const whole = (s: Strand) => ({ due: s.visits.flatMap(v => v.due) })
/** The number for the next repeat that staff add. */
export const nextRepeat = (s: Strand) => String(1 + Math.max(0, ...s.visits.filter(v => !sent(v.repeat)).map(v => Number(v.repeat))))
/** The first form that is due and not done. */
export function firstOpen(all: Strand[]): { visit: Visit; form: SubjectForm } | undefined {
  for (const { visits } of all) for (const visit of visits) for (const form of visit.due) if (form.state !== 'complete') return { visit, form }
  return undefined
}
