// Today: what waits for this person, by role, and the first of it.
import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from '../look/icon.tsx'
import { Empty, Trouble, Waiting } from '../look/parts.tsx'
import { api, call } from '../wire/api.ts'
import { say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { at } from './officeparts.tsx'
import { QueryTag } from './queries.tsx'
import { to } from './route.ts'
import type { Case } from './safetyparts.tsx'
import { Head, Shell } from './shell.tsx'
import { index, mayDo, study } from './study.ts'

export function Today({ id }: { id: string }) {
  const site = mayDo('query.answer'), signs = mayDo('form.sign'), verifies = mayDo('form.verify') || mayDo('form.review')
  const counts = useLoad(`${id} counts`, signal => api.queryCounts(id, signal))
  const wants = site ? 'Open' : 'Answered'
  const first = useLoad(`${id} ${wants} first`, signal => api.queries(id, { state: wants }, signal))
  const work = useLoad(`${id} work`, async signal => verifies ? api.work(id, { kind: mayDo('form.verify') ? 'sdv' : 'data' }, signal) : undefined)
  const sign = useLoad(`${id} sign`, async signal => signs ? api.signing(id, '', signal) : undefined)
  const matrix = useLoad(`${id} begun`, signal => api.matrix(id, { limit: 100 }, signal))
  const safety = useLoad(`${id} safety`, async signal => mayDo('safety.read') ? call<{ cases: Case[] }>('GET', at(id, '/safety/cases'), { signal }) : undefined)
  const running = safety.data?.cases.filter(c => c.clocks.some(k => !k.done)) ?? [], overdue = running.filter(c => c.clocks.some(k => !k.done && k.state === 'late')).length
  const of = (state: string) => counts.data?.counts.filter(c => c.state === state).reduce((n, c) => n + c.count, 0) ?? 0
  const begun = matrix.data?.rows.filter(r => Object.values(r.cells).some(c => c.state === 'partial')) ?? []
  const list = first.data?.queries.slice(0, 8) ?? []
  return <Shell title={t('today.title')} crumbs={[{ text: t('today.title') }]}>
    <Head title={t('today.title')} lead={study.value?.name}><a class="btn" href={to.subjects(id)}><Icon name="people" />{t('nav.subjects')}</a></Head>
    {counts.problem && <Trouble problem={counts.problem} retry={counts.reload} />}
    <div class="tiles">
      <Tile icon="query" tone="bad" n={of('Open')} text={t('today.open')} href={to.queries(id)} />
      <Tile icon="query" tone="inf" n={of('Answered')} text={t('today.answered')} href={to.queries(id)} />
      {site && <Tile icon="half" tone="inf" n={begun.length} text={t('today.begun')} href={to.subjects(id)} />}
      {verifies && <Tile icon="check" tone="ok" n={work.data?.work.length ?? 0} more={!!work.data?.next} text={t('today.verify')} href={to.review(id)} />}
      {signs && <Tile icon="pen" tone="sign" n={sign.data?.casebooks.filter(c => c.forms && c.state !== 'holds' && !c.incomplete.length).length ?? 0} more={!!sign.data?.next} text={t('today.sign')} href={to.sign(id)} />}
      {running.length > 0 && <Tile icon="alert" tone={overdue ? 'bad' : 'inf'} n={running.length} text={<>{t('safety.today')}{overdue > 0 && ` · ${t('safety.todayLate', { n: overdue })}`}</>} href={to.safety(id)} />}
    </div>
    <section class="card"><header><h2 class="grow">{t(site ? 'today.toAnswer' : 'today.toClose')}</h2><a href={to.queries(id)}>{t('do.all')}</a></header>
      {!first.data && <div class="body"><Waiting /></div>}
      {first.data && !list.length && <Empty icon="check" title={t('today.clear')}>{t('today.clearDo')}</Empty>}
      <ul class="list">{list.map(q => <li key={q.id}><b>{q.subject}</b><span class="grow">{index.value?.itemLabel(q.item)} <span class="sub sm">{say(q.text)}</span></span>
        <span class="xs dim">{t('queries.days', { n: q.ageDays ?? 0 })}</span><QueryTag state={q.state} />
        <a class="btn s" href={to.form(id, q.subject, q.event, q.eventRepeat, q.form, q.formRepeat)}>{t('do.open')}</a></li>)}</ul></section>
    {site && begun.length > 0 && <section class="card"><header><h2 class="grow">{t('today.continue')}</h2></header>
      <ul class="list">{begun.slice(0, 8).map(r => { const open = Object.entries(r.cells).filter(([, c]) => c.state === 'partial'); const [at] = open[0]!, [event = '', form = ''] = at.split('/')
        return <li key={r.subject}><b>{r.subject}</b><span class="grow sub">{word('status', r.status)} · {t('today.partial', { n: open.length })}</span>
          <a class="btn s" href={to.form(id, r.subject, event, '1', form, '1')}>{t('casebook.continue')}</a></li> })}</ul></section>}
  </Shell>
}

function Tile({ icon, tone, n, more, text, href }: { icon: IconName; tone: string; n: number; more?: boolean; text: ComponentChildren; href: string }) {
  return <a class="card tile" href={href}><span class={`k ${tone}`}><Icon name={icon} /></span><span><b>{n}{more && '+'}</b> {text}</span></a>
}
