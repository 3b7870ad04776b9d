// What the page around a form does for its fields, and how fields are named in the document.
import { createContext } from 'preact'
import type { Part, Query } from '../wire/types.ts'
import type { Field, FormModel } from './model.ts'

export type Host = {
  /** The time zone in which moments are told; undefined is the browser's. */
  zone: string | undefined
  /** The reader may not enter data here. */
  readOnly: boolean
  focused(field: Field): void
  history(field: Field): void
  query(query: Query): void
  /** Asks why a part of the form becomes inactive, or active again; absent where nobody may. */
  activity?: (form: FormModel, part: Part, active: boolean) => void
}
export const HostContext = createContext<Host>({ zone: undefined, readOnly: false, focused() {}, history() {}, query() {} })

export const domId = (field: Field) => 'f-' + (field.form.name + field.key).replace(/[^\w-]/g, '_')
export const control = (field: Field) => document.getElementById(domId(field))
/** The id of what is said under the field, when something is. */
export const described = (field: Field) => [
  field.queries.value.length || field.warnings.value.length || ['reason', 'refused', 'conflict'].includes(field.status.value) ? `${domId(field)}-m` : '',
  field.normal.value ? `${domId(field)}-n` : '', field.coded.value && !field.dirty ? `${domId(field)}-c` : ''].filter(Boolean).join(' ') || undefined
