// The form under edit as people will fill it in: the real renderer with its rules, over values that live in this window.
import { useMemo, useRef } from 'preact/hooks'
import { Empty } from '../look/parts.tsx'
import { Index } from '../form/definition.ts'
import { FormView } from '../form/form.tsx'
import { HostContext, type Host } from '../form/host.ts'
import type { FormModel } from '../form/model.ts'
import { inWindow } from '../form/sheet.ts'
import type { FormData, Value, Version } from '../wire/types.ts'
import { t } from '../words/words.ts'
import type { Definition } from './designerdraft.ts'
import { rulesOf } from './designerrules.ts'

/** What was typed into the previews, by form and place. */
export type Tried = Map<string, Map<string, Value>>

export const today = () => new Date().toISOString().slice(0, 10)

function serve(d: Definition, form: string, tried: Tried): { model: FormModel; idle: number } {
  const mine = tried.get(form) ?? tried.set(form, new Map()).get(form)!
  const elsewhere = (item: string) => { for (const [of, values] of tried) if (of !== form) for (const v of values.values()) if (v.item === item && v.value) return v.value; return undefined }
  const { rules, computed, idle } = rulesOf(d, form, elsewhere, today())
  return { model: inWindow(new Index(d as unknown as Version).sections(form, computed), mine, { form, computed, rules }, () => new Date().toISOString()), idle }
}

const host: Host = { zone: undefined, readOnly: false, focused(field) { field.reason ||= '-' }, history() {}, query() {} } // nobody is asked why a trial value changes

export function Preview({ d, form, tried }: { d: Definition; form: string | undefined; tried: Tried }) {
  const last = useRef<{ of: string; model: FormModel }>(undefined)
  const served = useMemo(() => {
    if (!form) return undefined
    const next = serve(d, form, tried)
    if (last.current?.of === form) next.model.goOn(last.current.model)
    last.current = { of: form, model: next.model }
    return next
  }, [d, form])
  if (!served) return <Empty icon="form" title={t('design.noPreview')}>{t('design.noPreviewDo')}</Empty>
  return <div class="preview"><HostContext.Provider value={host}><FormView form={served.model} /></HostContext.Provider>
    {served.idle > 0 && <p class="xs dim">{t('design.idle', { n: served.idle })}</p>}
    <p><button type="button" class="btn s" onClick={() => { for (const values of tried.values()) values.clear(); served.model.take({ ...emptied(form!), rules: undefined as never }) }}>{t('design.emptyPreview')}</button></p></div>
}

const emptied = (form: string): FormData => ({ subject: '', event: '', eventRepeat: '1', form, formRepeat: '1', version: 0, state: 'empty', site: '', items: [], hidden: [], queries: [] })
