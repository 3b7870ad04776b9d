// The state of a subject, and the steps from it: each with its reason; a transfer to another site, and screening again.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Menu, problemText, Tag } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { Subject } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { mayDo, mayWrite, study as current } from './study.ts'

const next: Record<string, string[]> = {
  screening: ['enrolled', 'screen_failed', 'withdrawn', 'inactive'], enrolled: ['withdrawn', 'completed', 'inactive'], screen_failed: ['screening', 'inactive'],
  withdrawn: ['enrolled', 'inactive'], completed: ['enrolled', 'inactive'], inactive: ['screening', 'enrolled', 'screen_failed', 'withdrawn', 'completed'],
}

export function StatusMenu({ study, subject, status, done }: { study: string; subject: string; status: string; done: () => void }) {
  const [chosen, setTo] = useState<string>()
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const close = () => { setTo(undefined); setReason(''); setProblem(undefined) }
  const submit = async (e: Event) => {
    e.preventDefault()
    try { await api.setStatus(study, subject, chosen!, reason.trim()); announced.value = word('status', chosen!); close(); done() }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  const steps = next[status] ?? []
  if (!steps.length) return null
  return <>
    <Menu class="btn" label={t('subject.change')} items={steps.map(s => ({ text: word('status', s), run: () => setTo(s) }))} button={<><span aria-hidden="true">{t('subject.change')}</span><Icon name="chev" /></>} />
    {chosen && <Dialog title={`${subject} → ${word('status', chosen)}`} close={close}><form onSubmit={submit}>
      <div class="body stack-1"><p class="sub">{t(chosen === 'inactive' ? 'subject.inactiveAbout' : status === 'inactive' ? 'subject.backAbout' : 'subject.about')}</p>
        {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
        <div class="f"><div class="lab"><label for="status-why">{t('locks.reason')}</label><span class="req" aria-hidden="true">*</span></div>
          <div class="in"><input id="status-why" autofocus value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div></div>
      <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={!reason.trim()}>{word('status', chosen)}</button></footer>
    </form></Dialog>}
  </>
}

/** What else may be done with a subject: a transfer by who manages the study, screening again by the site. */
export function SubjectMenu({ study, data, done }: { study: string; data: Subject; done: () => void }) {
  const [what, setWhat] = useState<'transfer' | 'rescreen'>()
  const items = [
    ...(mayDo('study.manage') ? [{ text: t('subject.transfer'), run: () => setWhat('transfer') }] : []),
    ...(mayWrite(data.site) && data.status === 'screen_failed' && !data.rescreenedAs ? [{ text: t('subject.rescreen'), run: () => setWhat('rescreen') }] : []),
  ]
  const close = () => setWhat(undefined)
  if (!items.length) return null
  return <>
    <Menu label={t('subject.more')} items={items} button={<Icon name="more" />} />
    {what === 'transfer' && <TransferDialog study={study} data={data} close={close} done={done} />}
    {what === 'rescreen' && <RescreenDialog study={study} data={data} close={close} />}
  </>
}

function TransferDialog({ study, data, close, done }: { study: string; data: Subject; close: () => void; done: () => void }) {
  const sites = current.value?.sites.filter(s => s.id !== data.site) ?? []
  const [site, setSite] = useState(sites[0]?.id ?? '')
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const send = async (e: Event) => {
    e.preventDefault()
    try { await api.transfer(study, data.subject, site, reason.trim()); announced.value = t('subject.transferred', { site }); close(); done() }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <Dialog title={`${data.subject}: ${t('subject.transfer')}`} close={close}><form onSubmit={send}>
    <div class="body stack-1"><p class="sub">{t('subject.transferAbout', { site: data.site })}</p>
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
      <div class="f"><div class="lab"><label for="transfer-site">{t('matrix.site')}</label></div>
        <div class="in"><select id="transfer-site" autofocus value={site} onChange={e => setSite(e.currentTarget.value)}>{sites.map(s => <option key={s.id} value={s.id}>{s.id} {say(s.name)}</option>)}</select></div></div>
      <div class="f"><div class="lab"><label for="transfer-why">{t('locks.reason')}</label><span class="req" aria-hidden="true">*</span></div>
        <div class="in"><input id="transfer-why" value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={!reason.trim() || !site}>{t('subject.transfer')}</button></footer>
  </form></Dialog>
}

function RescreenDialog({ study, data, close }: { study: string; data: Subject; close: () => void }) {
  const [problem, setProblem] = useState<Problem>()
  const send = async (e: Event) => {
    e.preventDefault()
    try { const next = await api.rescreen(study, data.site, data.subject); close(); go(to.casebook(study, next.subject)) }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <Dialog title={`${data.subject}: ${t('subject.rescreen')}`} close={close}><form onSubmit={send}>
    <div class="body stack-1"><p class="sub">{t('subject.rescreenAbout')}</p>
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}</div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" autofocus>{t('subject.rescreen')}</button></footer>
  </form></Dialog>
}

/** Whom a subject was before, and whom it became. */
export function Links({ study, data }: { study: string; data: Subject }) {
  return <>{data.rescreens && <> <a href={to.casebook(study, data.rescreens)}><Tag icon="left">{t('subject.before', { subject: data.rescreens })}</Tag></a></>}
    {data.rescreenedAs && <> <a href={to.casebook(study, data.rescreenedAs)}><Tag icon="right">{t('subject.after', { subject: data.rescreenedAs })}</Tag></a></>}</>
}
