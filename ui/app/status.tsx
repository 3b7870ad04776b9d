// The state of a subject, and the steps from it: each with its reason.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Menu, problemText } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import { t, word } from '../words/words.ts'
import { announced } from './session.ts'

const next: Record<string, string[]> = {
  screening: ['enrolled', 'screen_failed', 'withdrawn'], enrolled: ['withdrawn', 'completed'], screen_failed: ['screening'], withdrawn: ['enrolled'], completed: ['enrolled'],
}

export function StatusMenu({ study, subject, status, done }: { study: string; subject: string; status: string; done: () => void }) {
  const [to, setTo] = useState<string>()
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const close = () => { setTo(undefined); setReason(''); setProblem(undefined) }
  const submit = async (e: Event) => {
    e.preventDefault()
    try { await api.setStatus(study, subject, to!, reason.trim()); announced.value = word('status', to!); close(); done() }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  const steps = next[status] ?? []
  if (!steps.length) return null
  return <>
    <Menu class="btn" label={t('subject.change')} items={steps.map(s => ({ text: word('status', s), run: () => setTo(s) }))} button={<><span aria-hidden="true">{t('subject.change')}</span><Icon name="chev" /></>} />
    {to && <Dialog title={`${subject} → ${word('status', to)}`} close={close}><form onSubmit={submit}>
      <div class="body stack-1"><p class="sub">{t('subject.about')}</p>
        {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
        <div class="f"><div class="lab"><label for="status-why">{t('locks.reason')}</label><span class="req" aria-hidden="true">*</span></div>
          <div class="in"><input id="status-why" autofocus value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div></div>
      <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={!reason.trim()}>{word('status', to)}</button></footer>
    </form></Dialog>}
  </>
}
