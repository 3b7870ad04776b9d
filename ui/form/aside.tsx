// What of a form is inactive, with the values that it had and why; and the question why a part becomes so, or active again.
import { useContext, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, problemText, Tag } from '../look/parts.tsx'
import { Problem } from '../wire/api.ts'
import type { Aside } from '../wire/types.ts'
import { moment, t } from '../words/words.ts'
import { label } from './definition.ts'
import { HostContext } from './host.ts'
import { shown } from './message.tsx'
import type { FormModel } from './model.ts'

export function Asides({ form, title }: { form: FormModel; title?: string }) {
  const all = form.inactive.value
  if (!all.length) return null
  return <section class="card">
    <header><h2 class="grow">{t('aside.title')}</h2><Tag icon="dash">{t('state.inactive')}</Tag></header>
    <ul class="list">{all.map(a => <Line key={`${a.group}/${a.repeat}`} form={form} aside={a} title={title} />)}</ul>
  </section>
}

function Line({ form, aside: a, title }: { form: FormModel; aside: Aside; title: string | undefined }) {
  const { zone, activity } = useContext(HostContext)
  const group = form.sections.find(s => s.group.oid === a.group)?.group
  const name = group ? `${label(group)} · ${t('crf.row', { n: a.repeat ?? '' })}` : title ?? t('aside.whole')
  return <li class="aside">
    <div class="grow">
      <p><b>{name}</b> <span class="sub">{t('audit.reason', { reason: a.reason })}</span></p>
      <p class="xs dim">{a.byName} · {moment(a.at, zone)}</p>
      <p class="sub sm">{a.values.map(v => {
        const asked = form.sections.some(s => s.group.oid === v.group && s.questions.some(q => q.item.oid === v.item))
        if (!asked) return null
        const field = form.field(v.group, v.repeat, v.item)
        return <span key={`${v.group}/${v.repeat}/${v.item}`} class="was">{label(field.question.item)} <del>{shown(field, v.value, v.blank)}</del>; </span>
      })}</p>
    </div>
    {activity && (a.group === undefined || form.state.value !== 'inactive') &&
      <button type="button" class="btn s" onClick={() => activity(form, { group: a.group ?? '', repeat: a.repeat ?? '' }, true)}><Icon name="history" />{t('aside.back')}</button>}
  </li>
}

/** Why a part becomes inactive, or active again. */
export function ActivityDialog({ active, close, submit }: { active: boolean; close: () => void; submit: (reason: string) => Promise<void> }) {
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const send = async (e: Event) => {
    e.preventDefault()
    try { await submit(reason.trim()); close() } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <Dialog title={t(active ? 'aside.back' : 'aside.make')} close={close}><form onSubmit={send}>
    <div class="body stack-1"><p class="sub">{t(active ? 'aside.backAbout' : 'aside.about')}</p>
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
      <div class="f"><div class="lab"><label for="aside-why">{t('locks.reason')}</label><span class="req" aria-hidden="true">*</span></div>
        <div class="in"><input id="aside-why" autofocus value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={!reason.trim()}>{t(active ? 'aside.back' : 'aside.make')}</button></footer>
  </form></Dialog>
}
