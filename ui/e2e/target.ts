// Finds, in whatever study the demo has, a form that the tests of data entry can fill.
import type { Page } from 'playwright-core'
import type { Enrolled, FormData, ItemDef, RangeCheck } from '../wire/types.ts'
import type { Casebook, studyOf } from './browser.ts'

type Study = Awaited<ReturnType<typeof studyOf>>
type Fillable = { key: string; values: [string, string, string] }
export type Target = {
  path: string; api: string; plain: Fillable; second: Fillable; third: Fillable; fourth: Fillable
  checked: { key: string; wrong: string; right: string } | undefined; number: { key: string } | undefined
  log: { path: string; api: string; key: (row: number) => string } | undefined
  subject: string; event: string; form: string
}

/** A fresh subject, and the form of it with the most fields that are typed in. */
export async function formOf(casebook: Casebook, page: Page, study: Study): Promise<Target> {
  const site = study.matrix.rows[0]!.site
  const answer = await page.request.post(`/api/v1/studies/${study.id}/subjects`, { data: { site }, headers: { 'X-Casebook': '1', Origin: casebook.url } })
  if (answer.status() !== 201) throw new Error(`enrol: ${answer.status()} ${await answer.text()}`)
  const { subject } = await answer.json() as Enrolled
  const address = (event: string, form: string) => ({
    path: `/s/${study.id}/subjects/${encodeURIComponent(subject)}/f/${encodeURIComponent(event)}/1/${encodeURIComponent(form)}/1`,
    api: `/studies/${study.id}/subjects/${encodeURIComponent(subject)}/forms/${encodeURIComponent(event)}/1/${encodeURIComponent(form)}/1`,
  })
  const forms = study.matrix.columns.flatMap(c => c.forms.map(f => ({ event: c.event, form: f.form })))
  let best: { at: ReturnType<typeof address>; event: string; form: string; items: { key: string; item: ItemDef }[] } | undefined
  for (const { event, form } of forms) {
    const at = address(event, form)
    const data = await casebook.get<FormData>(page, at.api)
    const hidden = new Set(data.hidden)
    const items = study.index.sections(form).filter(s => !s.group.repeating && !hidden.has(`${s.group.oid}/1`)).flatMap(s => s.questions
      .filter(q => !q.codes && !q.computed && !hidden.has(`${s.group.oid}/1/${q.item.oid}`)).map(q => ({ key: `${s.group.oid}/1/${q.item.oid}`, item: q.item })))
      .filter(({ item }) => ['integer', 'float', 'double', 'text', 'string'].includes(item.dataType) && (item.length ?? 0) < 200)
    if (!best || items.length > best.items.length) best = { at, event, form, items }
  }
  if (!best || best.items.length < 4) throw new Error('no form has four fields to type in')
  const checked = best.items.find(({ item }) => wrongFor(item))
  const rest = best.items.filter(x => x !== checked)
  const [plain, second, third, fourth] = [...rest, checked!].map(x => ({ key: x.key, values: valuesFor(x.item) })) as [Fillable, Fillable, Fillable, Fillable]
  const number = best.items.find(({ item, key }) => item.dataType !== 'text' && item.dataType !== 'string' && key !== plain.key)
  return { ...best.at, plain, second, third, fourth, checked: checked && { key: checked.key, wrong: wrongFor(checked.item)!, right: valuesFor(checked.item)[0] }, number, log: await logOf(casebook, page, study, forms, address), subject, event: best.event, form: best.form }
}

/** A form with a repeating group, and Yes to every question that could hide it. */
async function logOf(casebook: Casebook, page: Page, study: Study, forms: { event: string; form: string }[], address: (event: string, form: string) => { path: string; api: string }) {
  for (const { event, form } of forms) {
    const sections = study.index.sections(form)
    const section = sections.find(s => s.group.repeating)
    const question = section?.questions.find(q => !q.codes && !q.computed && ['text', 'string'].includes(q.item.dataType))
    if (!section || !question) continue
    const items = sections.filter(s => !s.group.repeating).flatMap(s => s.questions.flatMap(q => {
      const yes = q.codes?.find(c => ['Y', 'true'].includes(c.code))
      return yes ? [{ group: s.group.oid, repeat: '1', item: q.item.oid, value: yes.code }] : []
    }))
    const headers = { 'X-Casebook': '1', 'If-None-Match': '*', Origin: casebook.url }
    if (items.length) await page.request.fetch('/api/v1' + address(event, form).api, { method: 'PATCH', headers, data: { items } })
    return { ...address(event, form), key: (row: number) => `${section.group.oid}/${row}/${question.item.oid}` }
  }
  return undefined
}

const soft = (item: ItemDef): RangeCheck[] => (item.checks ?? []).filter(c => !c.hard && c.values?.length === 1 && ['GE', 'LE', 'GT', 'LT'].includes(c.comparator ?? ''))

/** A value that breaks a soft range check of the item and still has its type. */
function wrongFor(item: ItemDef): string | undefined {
  const check = soft(item).find(c => c.comparator === 'LE' || c.comparator === 'LT')
  return check && String(Math.ceil(Number(check.values![0])) + 7)
}

function valuesFor(item: ItemDef): [string, string, string] {
  if (item.dataType === 'text' || item.dataType === 'string') return ['A1', 'A2', 'A3']
  const limit = (...names: string[]) => soft(item).filter(c => names.includes(c.comparator!)).map(c => Number(c.values![0]))[0]
  const from = Math.ceil((limit('GE', 'GT') ?? 36) + 1)
  return [String(from), String(from + 1), String(from + 2)]
}
