// How many notices wait for the reader in the study that they are in: the number beside "My notices".
import { effect, signal } from '@preact/signals'
import { call, Problem } from '../wire/api.ts'
import { session } from './session.ts'
import { study } from './study.ts'

export const waiting = signal<{ study: string; open: number; new: number }>({ study: '', open: 0, new: 0 })

const again = 60_000 // ms between two looks

/** Asks how many there are. That nobody answers is no reason to disturb the reader: the next look will. */
export async function countWaiting(id: string) {
  try { waiting.value = { study: id, ...await call<{ open: number; new: number }>('GET', `/studies/${encodeURIComponent(id)}/inbox`) } } catch (e) { if (!(e instanceof Problem)) throw e }
}

/** Keeps the number up to date while somebody is in a study. */
export function followWaiting() {
  effect(() => {
    const id = study.value?.id
    if (!session.value || !id) return undefined
    void countWaiting(id)
    const timer = setInterval(() => { if (!document.hidden) void countWaiting(id) }, again)
    return () => clearInterval(timer)
  })
}
