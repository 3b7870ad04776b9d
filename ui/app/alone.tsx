// A form that stands in no casebook, such as the reply to a notice or the checklist of a visit: the renderer of casebooks over
// values that stay in this window until they are handed in.
import { useMemo } from 'preact/hooks'
import { Index, label } from '../form/definition.ts'
import { FormView } from '../form/form.tsx'
import { HostContext, type Host } from '../form/host.ts'
import { placeKey, type FormModel } from '../form/model.ts'
import { inWindow } from '../form/sheet.ts'
import { problemText } from '../look/parts.tsx'
import type { Problem } from '../wire/api.ts'
import type { Rules, Value, Version } from '../wire/types.ts'
import { zone } from './study.ts'

/** As the server sends it. */
export type Alone = { definition: Version; form: string; computed: string[]; rules?: Rules }
export type Sheet = { model: FormModel; values: Map<string, Value> }

/** The form with what was answered before; what is typed stays until another revision comes. */
export function useSheet(alone: Alone, before: Value[], revision: unknown): Sheet {
  return useMemo(() => {
    const values = new Map(before.filter(v => !alone.computed.includes(`${v.group}/${v.item}`)).map(v => [placeKey(v), { ...v }]))
    const { form, computed, rules } = alone
    return { values, model: inWindow(new Index(alone.definition).sections(form, computed), values, { form, computed, ...rules ? { rules } : {} }) }
  }, [revision])
}

const host: Host = { zone: undefined, readOnly: false, focused(field) { field.reason ||= '-' }, history() {}, query() {} } // what is not handed in changes without a reason

export const SheetView = ({ sheet, closed = false }: { sheet: Sheet; closed?: boolean }) =>
  <HostContext.Provider value={{ ...host, readOnly: closed, zone: zone.value }}><FormView form={sheet.model} /></HostContext.Provider>

/** What is to be handed in; undefined while something that was typed cannot be kept. */
export async function given({ model, values }: Sheet): Promise<Value[] | undefined> {
  await model.idle()
  if (model.unsaved.peek()) return undefined
  return [...values.values()].filter(v => v.blank || v.value).map(({ group, repeat, item, value, blank }) => ({ group, repeat, item, ...(blank ? { blank } : { value: value ?? '' }) }))
}

/** A refusal, with the question that it is about. */
export function about(problem: Problem, form: FormModel): string {
  const [group, , item] = problem.place.split('/')
  const question = form.sections.find(s => s.group.oid === group)?.questions.find(q => q.item.oid === item)
  return (question ? `${label(question.item)}: ` : '') + problemText(problem)
}
