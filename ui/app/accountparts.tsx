// What the dialogs of an account are made of.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, problemText } from '../look/parts.tsx'
import { Problem } from '../wire/api.ts'
import { t } from '../words/words.ts'
import { ByPasskey } from './proof.tsx'

/** A form that sends itself once, and shows what the server says of it. */
export function useSend(send: () => Promise<void>) {
  const [problem, setProblem] = useState<Problem>(), [busy, setBusy] = useState(false)
  const submit = async (e: Event) => {
    e.preventDefault()
    setBusy(true)
    try { setProblem(undefined); await send() } catch (x) { if (!(x instanceof Problem)) throw x; setProblem(x) } finally { setBusy(false) }
  }
  return { submit, busy, note: problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p> }
}

export function Field({ id, label, value, type = 'text', complete, onInput }: { id: string; label: string; value: string; type?: 'text' | 'password'; complete: string; onInput: (text: string) => void }) {
  const said = { id, value, autocomplete: complete as 'off', autocapitalize: 'none', spellcheck: false, onInput: (e: { currentTarget: HTMLInputElement }) => onInput(e.currentTarget.value) } as const
  return <div class="f"><div class="lab"><label for={id}>{label}</label></div>
    <div class="in">{type === 'password' ? <input type="password" {...said} /> : <input {...said} />}</div></div>
}

/** The second factor: a code, or, for who has one, a passkey. */
export function Code({ id, value, passkeys, onInput }: { id: string; value: string; passkeys: boolean; onInput: (code: string) => void }) {
  const [proved, prove] = useState('')
  return <div class="stack-1">{!(proved && proved === value) && <Field id={id} label={t('signin.code')} value={value} complete="one-time-code" onInput={onInput} />}
    {passkeys && <ByPasskey proved={proved !== '' && proved === value} set={code => { prove(code); onInput(code) }} />}</div>
}

export function Recovery({ codes, close }: { codes: string[]; close: () => void }) {
  return <Dialog title={t('account.recovery')} close={close}>
    <div class="body stack-1"><p>{t('account.recoveryLead')}</p><ul class="mono recovery">{codes.map(c => <li key={c}>{c}</li>)}</ul></div>
    <footer><button type="button" class="btn" onClick={() => void navigator.clipboard?.writeText(codes.join('\n'))}>{t('account.copy')}</button><span class="grow" /><button type="button" class="btn primary" onClick={close}>{t('account.saved')}</button></footer>
  </Dialog>
}
