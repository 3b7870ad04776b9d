// The forms somebody has been at work on: a form left with unsaved fields goes on being saved, and is found again as it was.
import { computed, signal } from '@preact/signals'
import { FormModel, type Keeper } from '../form/model.ts'
import type { Section } from '../form/definition.ts'
import type { Live } from '../form/live.ts'
import { api, formPath } from '../wire/api.ts'
import type { FormAt, FormData } from '../wire/types.ts'

const desk = signal<ReadonlyMap<string, FormModel>>(new Map())
/** Fields on the whole desk that are not kept yet. */
export const unsavedFields = computed(() => [...desk.value.values()].reduce((n, form) => n + form.unsaved.value, 0))

const waking = new Set<() => void>()
/** Ends every pause between tries now. */
export function retryNow() { for (const wake of [...waking]) wake() }
addEventListener('online', retryNow)
addEventListener('beforeunload', e => { if (unsavedFields.peek()) e.preventDefault() })

const pause = (ms: number) => new Promise<void>(resolve => {
  const wake = () => { clearTimeout(timer); waking.delete(wake); resolve() }
  const timer = setTimeout(wake, ms)
  waking.add(wake)
})

const keeper = (at: FormAt): Keeper => ({
  load: () => api.form(at), save: (version, change, reason) => api.save(at, version, [change], reason), pause,
  disagree: found => { api.disagree(at, found).catch((e: unknown) => console.warn(e)) }, // nobody waits for it
})

/** Forgets what the last person typed: it must not be saved in the name of the next. */
export function clear() {
  for (const form of desk.peek().values()) form.abandon()
  desk.value = new Map()
}

/** The form with the server's newest data, or the one on the desk that still has something to save. */
export function take(at: FormAt, sections: Section[], data: FormData, engine: typeof Live): FormModel {
  return takeAll([at], sections, [data], engine)[0]!
}

/** The same for all repeats of a form that are on one page. */
export function takeAll(all: FormAt[], sections: Section[], data: FormData[], engine: typeof Live): FormModel[] {
  const forms = all.map((at, i) => {
    const here = desk.peek().get(formPath(at))
    if (!here?.unsaved.peek()) return new FormModel(sections, data[i]!, keeper(at), engine)
    here.take(data[i]!)
    return here
  })
  const busy = [...desk.peek()].filter(([, f]) => f.unsaved.peek())
  desk.value = new Map([...busy, ...all.map((at, i) => [formPath(at), forms[i]!] as const)])
  return forms
}

/** One more beside those on the page. */
export function addTo(at: FormAt, sections: Section[], data: FormData, engine: typeof Live): FormModel {
  const form = new FormModel(sections, data, keeper(at), engine)
  desk.value = new Map([...desk.peek(), [formPath(at), form]])
  return form
}
