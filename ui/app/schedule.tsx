// When visits are due: how one looks and what it says, the list of a study, and what is skipped with its reason.
import { useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Chip, Dialog, Empty, Menu, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { VisitPlan, VisitState } from '../wire/types.ts'
import { day, say, t, word, type Key } from '../words/words.ts'
import { visitTitle } from './casebook.tsx'
import { useLoad } from './load.ts'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, ownSites } from './study.ts'
import { filterOf, queryOf, Views, withQuery } from './views.tsx'
import type { Visit } from './visits.ts'

type Look = { tone: string; icon: IconName; cell?: string }
const looks: Record<VisitState, Look> = {
  open: { tone: '', icon: 'ring' }, planned: { tone: '', icon: 'ring' }, due: { tone: 'inf', icon: 'clock', cell: 'f-now' }, overdue: { tone: 'warn', icon: 'alert', cell: 'f-late' },
  held: { tone: 'ok', icon: 'check' }, early: { tone: 'warn', icon: 'left' }, late: { tone: 'warn', icon: 'right' }, skipped: { tone: '', icon: 'dash', cell: 'f-skip' }, not_expected: { tone: '', icon: 'dash', cell: 'f-skip' },
}
export const planLook = (state: VisitState): Look => looks[state] ?? looks.open

/** A day of the site's calendar as the reader writes it. */
const date = (d = '') => d && day(d + 'T12:00:00Z', 'UTC')

/** What there is to say of a visit in a few words. */
export function planText(p: VisitPlan): string {
  if (p.state === 'open' || p.state === 'held' && !p.day) return word('visit', p.state)
  return t(`plan.${p.state}` as Key, { target: date(p.target), until: date(p.until), day: date(p.day), n: Math.abs(p.days ?? 0) }) + (p.provisional && p.state === 'planned' ? ' ?' : '')
}

export function PlanTag({ plan }: { plan: VisitPlan }) {
  const look = planLook(plan.state)
  const about = [plan.from && `${t('visits.window')} ${plan.from} – ${plan.until}`, plan.reason].filter(Boolean).join(' · ')
  return <span title={about}><Tag tone={look.tone} icon={look.icon}>{planText(plan)}</Tag></span>
}

/** The steps on a visit without values: it does not take place, or does after all. */
export function SkipMenu({ study, subject, visit, done }: { study: string; subject: string; visit: Visit; done: () => void }) {
  const [asking, setAsking] = useState(false)
  const skipped = visit.plan?.state === 'skipped'
  if (visit.forms.some(f => f.state !== 'empty') || visit.plan?.state === 'not_expected') return null
  const what = t(skipped ? 'visits.resume' : 'visits.skip')
  return <>
    <Menu label={t('visits.menu', { visit: visitTitle(visit) })} items={[{ text: what, icon: skipped ? 'check' : 'dash', run: () => setAsking(true) }]} button={<Icon name="more" />} />
    {asking && <SkipDialog title={`${visitTitle(visit)} · ${what}`} about={t(skipped ? 'visits.resumeAbout' : 'visits.skipAbout')} close={() => setAsking(false)}
      submit={async reason => { await api.skipVisit(study, subject, visit.event, visit.repeat, !skipped, reason); announced.value = what; setAsking(false); done() }} />}
  </>
}

function SkipDialog({ title, about, close, submit }: { title: string; about: string; close: () => void; submit: (reason: string) => Promise<void> }) {
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const send = async (e: Event) => {
    e.preventDefault()
    try { await submit(reason.trim()) } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <Dialog title={title} close={close}><form onSubmit={send}>
    <div class="body stack-1"><p class="sub">{about}</p>
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
      <div class="f"><div class="lab"><label for="skip-why">{t('locks.reason')}</label><span class="req" aria-hidden="true">*</span></div>
        <div class="in"><input id="skip-why" autofocus value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={!reason.trim()}>{t('do.save')}</button></footer>
  </form></Dialog>
}

const filters: VisitState[] = ['overdue', 'due', 'early', 'late', 'skipped', 'planned']

/** What the list says unless it is asked for something else. */
const waiting = { state: 'overdue,due', site: '' }

export function Visits({ id }: { id: string }) {
  const [{ state, site }, setFilter] = useState(() => filterOf(waiting))
  const [after, setAfter] = useState<string[]>([''])
  const { data, problem, reload } = useLoad(`${id} visits ${state} ${site} ${after}`, async signal => {
    const pages = await Promise.all(after.map(cursor => api.visits(id, { state, site, after: cursor }, signal)))
    return { visits: pages.flatMap(p => p.visits), next: pages.at(-1)?.next }
  })
  const list = data?.visits ?? [], sites = ownSites.value
  const show = (next: typeof waiting) => { setFilter(next); go(withQuery(to.visits(id), queryOf(waiting, next)), true); setAfter(['']) }
  return <Shell title={t('visits.title')} crumbs={[{ text: t('visits.title') }]}>
    <Head title={t('visits.title')} lead={<>{t('visits.lead')}{data && ` · ${t('visits.summary', { n: list.length })}`}</>}>
      <div class="row wrap">
        <Views study={id} page="visits" query={queryOf(waiting, { state, site })} open={query => show(filterOf(waiting, query))} />
        <Chip name={t('visits.states')} icon="filter" value={state} onChange={state => show({ state, site })} choices={[{ value: waiting.state, text: `${word('visit', 'overdue')}, ${word('visit', 'due')}` },
          { value: 'early,late,overdue,skipped', text: t('visits.deviations') }, ...filters.map(s => ({ value: s, text: word('visit', s) }))]} />
        {sites.length > 1 && <Chip name={t('matrix.site')} value={site} onChange={site => show({ state, site })} choices={[{ value: '', text: t('matrix.allSites') }, ...sites.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))]} />}
        {mayDo('export') && <a class="btn" href={api.visitExport(id, { state, site })} download><Icon name="down" />CSV</a>}
      </div>
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !list.length && !data.next && <Empty icon="flag" title={t('visits.none')}>{t('visits.noneDo')}</Empty>}
    {(list.length > 0 || data?.next) && <section class="card"><h2 class="sr">{t('visits.title')}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('visits.title')}><table class="tbl">
        <thead><tr><th scope="col">{t('queries.subject')}</th><th scope="col">{t('matrix.site')}</th><th scope="col">{t('visits.visit')}</th><th scope="col">{t('visits.states')}</th><th scope="col">{t('visits.target')}</th><th scope="col">{t('visits.window')}</th><th scope="col">{t('visits.day')}</th><th scope="col" class="num">{t('visits.off')}</th><th scope="col" class="fill">{t('visits.reason')}</th></tr></thead>
        <tbody>{list.map(v => <tr key={`${v.subject}/${v.event}/${v.repeat}`}>
          <th scope="row"><a href={to.casebook(id, v.subject)}><b>{v.subject}</b></a></th><td class="sub">{v.site}</td>
          <td>{v.form ? <a href={to.form(id, v.subject, v.event, v.repeat, v.form, '1')}>{say(v.name, v.event)}</a> : say(v.name, v.event)}{v.repeat !== '1' && <span class="sub xs"> {t('casebook.repeat', { n: v.repeat })}</span>}</td>
          <td><Tag tone={planLook(v.state).tone} icon={planLook(v.state).icon}>{word('visit', v.state)}</Tag></td>
          <td>{v.target}{v.provisional && ' ?'}</td><td class="sub">{v.from && `${v.from} – ${v.until}`}</td><td>{v.day ?? '–'}</td>
          <td class="num">{v.days ? t('visits.days', { n: Math.abs(v.days) }) : '–'}</td><td class="fill sub">{v.reason}</td>
        </tr>)}</tbody></table></div>
      {data?.next && <div class="body"><button type="button" class="btn" onClick={() => setAfter([...after, data.next!])}>{t('queries.more')}</button></div>}
    </section>}
  </Shell>
}
