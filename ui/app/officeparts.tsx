// What the study office's pages are made of: tables that scroll by themselves, fields, a question in a dialog.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, faultText } from '../look/parts.tsx'
import { Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { say, t } from '../words/words.ts'
import { Proof, proofLabel } from './proof.tsx'

export const seg = encodeURIComponent
export const at = (study: string, path: string) => `/studies/${seg(study)}${path}`

export const Where = ({ site, name }: { site: string; name: Text | undefined }) => <><b>{site}</b> {say(name)}</>

/** The head of a column of numbers. */
export const num = (head: string) => ({ num: head })

export function Table({ name, heads, children }: { name: string; heads: (string | { num: string })[]; children: preact.ComponentChildren }) {
  return <section class="card"><header><h2 class="grow">{name}</h2></header><div class="scroll" tabIndex={0} role="region" aria-label={name}><table class="tbl">
    <thead><tr>{heads.map((h, i) => typeof h === 'string' ? <th scope="col" key={i}>{h}</th> : <th scope="col" class="num" key={i}>{h.num}</th>)}</tr></thead><tbody>{children}</tbody></table></div></section>
}

export function Field({ label, value, set, secret, day, lines, hint }: { label: string; value: string; set: (v: string) => void; secret?: boolean; day?: boolean; lines?: boolean; hint?: string }) {
  const typed = (e: { currentTarget: { value: string } }) => set(e.currentTarget.value)
  if (secret) return <label class="f"><span class="lab">{proofLabel()}</span><Proof value={value} set={set} /></label>
  const input = lines ? <textarea rows={4} value={value} onInput={typed} /> : day ? <input type="date" value={value} onInput={typed} /> : <input value={value} autocomplete="off" onInput={typed} />
  return <label class="f"><span class="lab">{label}</span><span class={lines ? 'in tall' : 'in'}>{input}</span>{hint && <span class="xs dim">{hint}</span>}</label>
}

export function Choose({ label, value, set, choices }: { label: string; value: string; set: (v: string) => void; choices: { value: string; text: string }[] }) {
  return <label class="f"><span class="lab">{label}</span><span class="in"><select value={value} onChange={e => set(e.currentTarget.value)}>{choices.map(c => <option key={c.value} value={c.value}>{c.text}</option>)}</select><span class="u"><Icon name="chev" /></span></span></label>
}

/** Asks, sends, and says what was refused. */
export function Ask({ title, go: act, close, ready, done, children }: { title: string; go: () => Promise<void>; close: () => void; ready: boolean; done?: string; children: preact.ComponentChildren }) {
  const [fault, setFault] = useState<Problem>(), [busy, setBusy] = useState(false)
  const said = useRef<HTMLParagraphElement>(null)
  useEffect(() => said.current?.scrollIntoView({ block: 'nearest' }), [fault]) // who sends stands at the end of what may be long
  const submit = async (e: Event) => { e.preventDefault(); setBusy(true); try { await act() } catch (x) { if (x instanceof Problem) setFault(x); else throw x } finally { setBusy(false) } }
  return <Dialog title={title} close={close}><form onSubmit={submit}><div class="body stack-1">{fault && <p ref={said} class="note bad" role="alert"><Icon name="alert" /><span>{faultText(fault)}</span></p>}{children}</div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary" disabled={!ready || busy}>{done ?? t('do.save')}</button></footer></form></Dialog>
}
