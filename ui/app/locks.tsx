// The lock board: what is frozen and locked, and the steps on casebooks and on the study.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { StageStep } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, zone } from './study.ts'

type Part = { subject: string; scope: string }
const next: Record<string, StageStep[]> = { open: ['freeze'], frozen: ['unfreeze', 'lock'], locked: ['unlock'] }

export function Locks({ id }: { id: string }) {
  const closures = useLoad(`${id} closures`, signal => api.closures(id, signal))
  const [after, setAfter] = useState<string[]>([])
  const cursor = after.at(-1) ?? ''
  const subjects = useLoad(`${id} ${cursor} locks`, signal => api.matrix(id, { after: cursor, limit: 50 }, signal))
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [step, setStep] = useState<{ step: StageStep; parts: Part[] }>()
  const stageOf = (subject: string, scope = '') => closures.data?.closures.find(c => c.subject === subject && c.scope === scope)
  const reload = () => { setStep(undefined); setPicked(new Set()); closures.reload() }
  const rows = subjects.data?.rows ?? [], chosen = rows.filter(r => picked.has(r.subject))
  const allowed = (s: StageStep) => mayDo(s === 'lock' || s === 'unlock' ? 'form.lock' : 'form.freeze')
  const common = (['freeze', 'unfreeze', 'lock', 'unlock'] as StageStep[]).filter(s => allowed(s) && chosen.every(r => next[stageOf(r.subject)?.stage ?? 'open']!.includes(s)))
  const whole = stageOf('')
  return <Shell title={t('locks.title')} crumbs={[{ text: t('locks.title') }]}>
    <Head title={t('locks.title')} lead={t('locks.lead', { n: closures.data?.closures.length ?? 0 })}>
      <Tag tone={whole ? 'warn' : ''} icon="key">{t('locks.study')} · {word('stage', whole?.stage ?? 'open')}</Tag>
      {next[whole?.stage ?? 'open']!.filter(allowed).map(s => <button key={s} type="button" class="btn" onClick={() => setStep({ step: s, parts: [{ subject: '', scope: '' }] })}>{word('stageStep', s)}</button>)}
    </Head>
    {closures.problem && <Trouble problem={closures.problem} retry={closures.reload} />}
    {!subjects.data && <Waiting />}
    {chosen.length > 0 && <section class="card"><div class="body row wrap"><b class="grow">{t('locks.chosen', { n: chosen.length })}</b>
      {!common.length && <span class="sub">{t('queries.nothingCommon')}</span>}
      {common.map(s => <button key={s} type="button" class="btn s" onClick={() => setStep({ step: s, parts: chosen.map(r => ({ subject: r.subject, scope: '' })) })}>{word('stageStep', s)}</button>)}</div></section>}
    {rows.length > 0 && <section class="card"><h2 class="sr">{t('locks.title')}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('locks.title')}><table class="tbl">
        <thead><tr><th scope="col"><span class="sr">{t('do.choose')}</span></th><th scope="col">{t('queries.subject')}</th><th scope="col">{t('locks.stage')}</th><th scope="col" class="fill">{t('locks.parts')}</th><th scope="col">{t('locks.by')}</th></tr></thead>
        <tbody>{rows.map(r => {
          const own = stageOf(r.subject), parts = closures.data?.closures.filter(c => c.subject === r.subject && c.scope) ?? []
          return <tr key={r.subject}>
            <td><input type="checkbox" aria-label={r.subject} checked={picked.has(r.subject)} onChange={() => { const n = new Set(picked); if (!n.delete(r.subject)) n.add(r.subject); setPicked(n) }} /></td>
            <th scope="row"><a href={to.casebook(id, r.subject)}><b>{r.subject}</b></a></th>
            <td><Tag tone={own?.stage === 'locked' ? 'warn' : own ? 'inf' : ''} icon={own ? 'key' : 'ring'}>{word('stage', own?.stage ?? 'open')}</Tag></td>
            <td class="fill sub">{parts.map(p => `${word('level', p.level)} ${say(p.title)}: ${word('stage', p.stage)}`).join(' · ') || '–'}</td>
            <td class="xs dim">{own && `${own.byName} · ${moment(own.at, zone.value)}`}</td></tr>
        })}</tbody></table></div>
      <div class="mx-foot"><span class="grow" /><button type="button" class="btn s" disabled={!after.length} onClick={() => setAfter(after.slice(0, -1))} aria-label={t('matrix.previous')}><Icon name="left" /></button>
        <button type="button" class="btn s" disabled={!subjects.data?.next} onClick={() => setAfter([...after, subjects.data!.next!])} aria-label={t('matrix.next')}><Icon name="right" /></button></div>
    </section>}
    {step && <StepDialog study={id} step={step.step} parts={step.parts} close={() => setStep(undefined)} done={reload} />}
  </Shell>
}

function StepDialog({ study, step, parts, close, done }: { study: string; step: StageStep; parts: Part[]; close: () => void; done: () => void }) {
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const must = step === 'unfreeze' || step === 'unlock'
  const submit = async (e: Event) => {
    e.preventDefault()
    try { await api.moveStages(study, step, reason.trim(), parts); announced.value = t('locks.done', { n: parts.length }); done() }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <Dialog title={`${word('stageStep', step)} · ${parts.length === 1 ? parts[0]!.subject || t('locks.study') : parts.length}`} close={close}><form onSubmit={submit}>
    <div class="body stack-1"><p class="sub">{t(`locks.about.${step}`)}</p>
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)} <span class="xs">{problem.place}</span></span></p>}
      <div class="f"><div class="lab"><label for="why">{t('locks.reason')}</label>{must && <span class="req" aria-hidden="true">*</span>}</div><div class="in"><input id="why" value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={must && !reason.trim()}>{word('stageStep', step)}</button></footer>
  </form></Dialog>
}
