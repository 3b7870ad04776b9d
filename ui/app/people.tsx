// People and what they may do, for who manages access.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { lang, moment, t, word } from '../words/words.ts'
import { AccessReview } from './accessreview.tsx'
import { useLoad } from './load.ts'
import { Head, Shell } from './shell.tsx'

export type Grant = { study: string; site: string; role: string }
export type Member = { user: string; name: string; nameZh?: string; active: boolean; password: boolean; factor: boolean; invited: boolean; seen?: string; grants: Grant[]; support?: Support[] }
type Support = { study: string; until: string; reason: string; by: string }
type Link = { user: string; path: string; expires: string }
type Step = { kind: 'invite' } | { kind: 'reset' | 'close' | 'give'; who: Member } | { kind: 'take'; who: Member; grant: Grant } | { kind: 'end'; who: Member; support: Support } | { kind: 'link'; link: Link }

/** Whether a role is of the installation and of no study. */
export const administers = (role: string) => ['admin', 'operator', 'security', 'auditor'].includes(role)

// How whoever manages access knows that somebody is who they say they are, as the server lists it.
const ways = ['document', 'video', 'acquaintance', 'organisation']

const path = (user: string) => '/people/' + encodeURIComponent(user)
const standing = (m: Member) => !m.active ? 'closed' : m.password ? 'active' : m.invited ? 'invited' : 'waiting'

export function People() {
  const all = useLoad('people', signal => call<{ people: Member[]; roles: string[]; content: string }>('GET', '/people', { signal }))
  const [step, take] = useState<Step>()
  const done = (link?: Link) => { take(link && { kind: 'link', link }); all.reload() }
  const people = all.data?.people ?? []
  return <Shell title={t('people.title')} crumbs={[{ text: t('people.title') }]}>
    <Head title={t('people.title')} lead={t('people.lead', { n: people.length })}>
      <button type="button" class="btn primary" onClick={() => take({ kind: 'invite' })}>{t('people.invite')}</button></Head>
    {all.problem && <Trouble problem={all.problem} retry={all.reload} />}
    {!all.data && !all.problem && <Waiting />}
    {all.data && <AccessReview people={people} content={all.data.content} reload={all.reload} />}
    {people.length > 0 && <section class="card"><div class="scroll" tabIndex={0} role="region" aria-label={t('people.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('signin.user')}</th><th scope="col">{t('people.name')}</th><th scope="col">{t('people.state')}</th><th scope="col" class="fill">{t('people.roles')}</th><th scope="col">{t('account.seen')}</th><th scope="col"><span class="sr">{t('people.give')}</span></th></tr></thead>
      <tbody>{people.map(m => <tr key={m.user}><th scope="row">{m.user}</th><td>{lang.value === 'zh-CN' && m.nameZh || m.name}</td>
        <td><Tag tone={{ active: 'ok', invited: 'inf', waiting: 'warn', closed: '' }[standing(m)]} icon={m.active ? 'check' : 'x'}>{word('personState', standing(m))}</Tag>{m.factor && <Tag icon="shield">{t('people.factor')}</Tag>}</td>
        <td class="fill">{m.grants.map(g => <span key={g.study + g.site + g.role} class="tag">{word('role', g.role)} · {g.study}{g.site && ` · ${g.site}`}
          {m.active && <button type="button" class="ico" aria-label={`${t('people.take')}: ${word('role', g.role)} ${g.study} ${g.site}`} onClick={() => take({ kind: 'take', who: m, grant: g })}><Icon name="x" /></button>}</span>)}
          {m.support?.map(s => <span key={s.study} class="tag warn" title={s.reason}><Icon name="clock" />{t('people.supportUntil', { study: s.study, at: moment(s.until) })}
            <button type="button" class="ico" aria-label={`${t('people.take')}: ${word('role', 'support')} ${s.study}`} onClick={() => take({ kind: 'end', who: m, support: s })}><Icon name="x" /></button></span>)}</td>
        <td class="xs dim">{m.seen ? moment(m.seen) : '–'}</td>
        <td>{m.active && <div class="row"><button type="button" class="btn s" onClick={() => take({ kind: 'give', who: m })}>{t('people.give')}</button><button type="button" class="btn s" onClick={() => take({ kind: 'reset', who: m })}>{t('people.reset')}</button>
          <button type="button" class="btn s" onClick={() => take({ kind: 'close', who: m })}>{t('people.close')}</button></div>}</td></tr>)}</tbody></table></div></section>}
    {step && <StepDialog key={step.kind} step={step} roles={all.data?.roles ?? []} close={() => take(undefined)} done={done} />}
  </Shell>
}

function StepDialog({ step, roles, close, done }: { step: Step; roles: string[]; close: () => void; done: (link?: Link) => void }) {
  const [in_, set] = useState<Record<string, string>>({ locale: 'zh-CN', role: roles[0] ?? '', hours: '4' })
  const [factor, setFactor] = useState(false), [problem, setProblem] = useState<Problem>()
  if (step.kind === 'link') return <Dialog title={t('people.link')} close={close}><div class="body stack-1"><p>{t('people.linkLead', { user: step.link.user, at: moment(step.link.expires) })}</p><p class="mono"><b>{location.origin + step.link.path}</b></p></div>
    <footer><button type="button" class="btn" onClick={() => void navigator.clipboard?.writeText(location.origin + step.link.path)}>{t('account.copy')}</button><span class="grow" /><button type="button" class="btn primary" onClick={close}>{t('account.saved')}</button></footer></Dialog>
  const text = (name: string) => (in_[name] ?? '').trim()
  const platform = administers(text('role')), helps = text('role') === 'support'
  const grant = { study: platform ? 'platform' : text('study'), site: platform ? '' : text('site'), role: text('role') }
  const send = async () => {
    switch (step.kind) {
      case 'invite': return done(await call<Link>('POST', '/people', { body: { user: text('user'), name: text('name'), nameZh: text('nameZh'), locale: text('locale'), identified: text('identified') } }))
      case 'reset': return done(await call<Link>('POST', path(step.who.user) + '/invitation', { body: { factor, reason: text('reason'), ...(factor && { identified: text('identified') }) } }))
      case 'close': await call('POST', path(step.who.user) + '/deactivation', { body: { reason: text('reason') } }); return done()
      case 'end': await call('DELETE', path(step.who.user) + '/support', { body: { study: step.support.study, reason: text('reason') } }); return done()
      case 'give': if (helps) { await call('POST', path(step.who.user) + '/support', { body: { study: text('study'), hours: Number(text('hours')) || 0, reason: text('reason') } }); return done() }
        await call('POST', path(step.who.user) + '/roles', { body: grant }); return done()
      case 'take': await call('DELETE', path(step.who.user) + '/roles', { body: { ...step.grant, reason: text('reason') } }); return done()
    }
  }
  const submit = async (e: Event) => { e.preventDefault(); try { await send() } catch (x) { if (!(x instanceof Problem)) throw x; setProblem(x) } }
  const field = (name: string, label: string) => <div class="f"><div class="lab"><label for={'p-' + name}>{label}</label></div><div class="in"><input id={'p-' + name} value={in_[name] ?? ''} autocomplete="off" autocapitalize="none" spellcheck={false} onInput={e => set({ ...in_, [name]: e.currentTarget.value })} /></div></div>
  const choice = (name: string, label: string, values: [string, string][]) => <div class="f"><div class="lab"><label for={'p-' + name}>{label}</label></div><div class="in"><select id={'p-' + name} value={in_[name]} onChange={e => set({ ...in_, [name]: e.currentTarget.value })}>{values.map(([v, s]) => <option key={v} value={v}>{s}</option>)}</select><span class="u"><Icon name="chev" /></span></div></div>
  const identified = choice('identified', t('people.identified'), [['', t('people.identifiedHow')], ...ways.map((way): [string, string] => [way, word('identified', way)])])
  const title = { invite: t('people.invite'), reset: t('people.reset'), close: t('people.close'), give: t('people.give'), take: t('people.take'), end: t('people.take') }[step.kind]
  return <Dialog title={'who' in step ? `${title} · ${step.who.user}` : title} close={close}><form onSubmit={submit}>
    <div class="body stack-1">{problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
      {step.kind === 'invite' && <>{field('user', t('signin.user'))}{field('name', t('welcome.name'))}{field('nameZh', t('welcome.nameZh'))}{choice('locale', t('people.locale'), [['zh-CN', '中文'], ['en', 'English']])}{identified}</>}
      {step.kind === 'reset' && <><p class="sub">{t('people.resetLead')}</p>{step.who.factor && <label class="row"><input type="checkbox" checked={factor} onChange={e => setFactor(e.currentTarget.checked)} />{t('people.resetFactor')}</label>}{factor && identified}</>}
      {step.kind === 'close' && <p class="sub">{t('people.closeLead')}</p>}
      {step.kind === 'give' && <>{choice('role', t('people.role'), [...roles, 'support'].map(r => [r, word('role', r)]))}{!platform && field('study', t('people.study'))}{!platform && !helps && field('site', t('people.site'))}
        {helps && <><p class="sub">{t('people.supportLead')}</p>{choice('hours', t('people.hours'), ['1', '4', '8', '24', '72'].map(h => [h, t('people.forHours', { n: h })]))}</>}</>}
      {step.kind === 'take' && <p class="sub">{`${word('role', step.grant.role)} · ${step.grant.study} ${step.grant.site}`}</p>}
      {step.kind === 'end' && <p class="sub">{t('people.supportUntil', { study: step.support.study, at: moment(step.support.until) })}</p>}
      {(step.kind === 'reset' || step.kind === 'close' || step.kind === 'take' || step.kind === 'end' || step.kind === 'give' && helps) && field('reason', t('people.reason'))}</div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary">{title}</button></footer>
  </form></Dialog>
}
