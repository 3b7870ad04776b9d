// One subject's casebook: the visits as a line, and under each its forms.
import { useEffect } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, percent, Ring, stateOf, StateTag, StatusTag, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api } from '../wire/api.ts'
import type { Expected, SubjectForm } from '../wire/types.ts'
import { day, say, t, word } from '../words/words.ts'
import { SubjectAllocation } from './allocationsubject.tsx'
import { content } from './drawer.tsx'
import { useLoad } from './load.ts'
import { SubjectQueries } from './queries.tsx'
import { to } from './route.ts'
import { PlanTag, planText, SkipMenu } from './schedule.tsx'
import { Standings } from './sign.tsx'
import { Links, StatusMenu, SubjectMenu } from './status.tsx'
import { Head, Shell } from './shell.tsx'
import { index, mayWrite, siteName, zone } from './study.ts'
import { done, firstOpen, nextRepeat, share, strands, whole, type Strand, type Visit } from './visits.ts'

/** Which of the repeats: number and day. */
export const nthTitle = (v: Visit) => [t('casebook.repeat', { n: v.nth }), v.at && day(v.at, zone.value)].filter(Boolean).join(' · ')
export const visitTitle = (v: Visit) => say(v.name, v.event) + (v.of > 1 ? ` · ${nthTitle(v)}` : '')
export const formTitle = (f: SubjectForm) => say(f.name, f.form) + (f.repeat !== '1' ? ` · ${t('casebook.form.repeat', { n: f.repeat })}` : '')
/** How a form looks: its queries first. */
export const formLook = (f: SubjectForm) => stateOf(f.queries ? 'query' : f.state)

export function Casebook({ study, subject }: { study: string; subject: string }) {
  const { data, problem, reload } = useLoad(`${study} ${subject}`, signal => api.subject(study, subject, signal))
  useEffect(() => {
    const n = data?.events.reduce((sum, e) => sum + e.forms.reduce((s, f) => s + (f.queries ?? 0), 0), 0) ?? 0
    content.value = { queries: () => <SubjectQueries study={study} subject={subject} />, count: n }
    return () => { content.value = {} }
  }, [data])
  const all = data ? strands(data) : []
  const writes = !!data && mayWrite(data.site)
  const next = writes ? firstOpen(all) : undefined
  return <Shell title={subject} crumbs={[{ text: t('nav.subjects'), href: to.subjects(study) }, { text: subject }]}>
    <Head title={subject} lead={data && <><StatusTag status={data.status} /> {t('role.site', { site: data.site })} {siteName(data.site)}{data.enrolledAt && ` · ${t('casebook.since', { day: day(data.enrolledAt, zone.value) })}`}<Links study={study} data={data} /></>}>
      {data && <a class="btn" href={api.casebookPDF(study, subject)} download><Icon name="down" />PDF</a>}
      {data && <a class="btn" href={to.past(study, subject)}><Icon name="history" />{t('past.title')}</a>}
      {data && writes && <StatusMenu study={study} subject={subject} status={data.status} done={reload} />}
      {data && <SubjectMenu study={study} data={data} done={reload} />}
      {next && <a class="btn primary" href={to.form(study, subject, next.visit.event, next.visit.repeat, next.form.form, next.form.repeat)}>{t('casebook.continue')}<Icon name="right" /></a>}
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !all.length && <Empty icon="form" title={t('casebook.noEvents')}>{t('casebook.noEventsDo')}</Empty>}
    {all.length > 0 && <Timeline all={all} />}
    <SubjectAllocation key={`${subject} ${data?.status}`} study={study} subject={subject} />
    <Standings key={subject} study={study} subject={subject} />
    {all.map(s => <StrandCard key={s.event} study={study} subject={subject} strand={s} writes={writes} done={reload} />)}
  </Shell>
}

const anchor = (s: Strand) => `e-${s.event}`.replace(/[^\w-]/g, '_')

function Timeline({ all }: { all: Strand[] }) {
  return <section class="card" aria-label={t('casebook.visits')}>
    <ol class="tl">{all.map(s => {
      const { due } = whole(s), part = share({ due })
      const look = part === 1 ? 'done' : due.some(f => f.state !== 'empty') ? 'now' : ''
      return <li key={s.event} class={look}><a href={`#${anchor(s)}`}>
        <b>{say(s.name, s.event)}</b>
        <span class="xs dim">{s.visits.at(-1)!.plan?.target ? planText(s.visits.at(-1)!.plan!) : ' '}</span>
        <span class="k"><Icon name={look === 'done' ? 'check' : look ? 'half' : 'ring'} /></span>
        <span class="xs dim">{due.length ? t('casebook.forms', { done: done({ due }), all: due.length }) : t('casebook.nothing')}</span>
      </a></li>
    })}</ol>
  </section>
}

function StrandCard({ study, subject, strand, writes, done }: { study: string; subject: string; strand: Strand; writes: boolean; done: () => void }) {
  const { visits } = strand, part = share(whole(strand))
  const first = visits[0]!.forms[0]
  const grows = writes && index.value?.events.get(strand.event)?.repeating && visits.some(v => v.forms.some(f => f.state !== 'empty'))
  return <section class="card" id={anchor(strand)}>
    <header><Ring share={part ?? 0} /><h2 class="grow">{say(strand.name, strand.event)}</h2>
      {visits.filter(v => v.expected).map(v => <ExpectedTag key={v.repeat} expected={v.expected!} />)}
      {visits.filter(v => v.plan?.target || v.plan?.state === 'skipped').map(v => <PlanTag key={v.repeat} plan={v.plan!} />)}
      {writes && visits.filter(v => v.plan).map(v => <SkipMenu key={v.repeat} study={study} subject={subject} visit={v} done={done} />)}<span class="xs dim">{part === undefined ? t('casebook.nothing') : percent(part)}</span>
      {grows && first && <a class="btn s" href={to.form(study, subject, strand.event, nextRepeat(strand), first.form, '1')}><Icon name="plus" />{t('casebook.addVisit')}</a>}</header>
    <ul class={visits.length > 1 ? 'list forms many' : 'list forms'}>
      {visits.flatMap(v => v.forms.map((f, i) => <FormLine key={`${v.repeat}/${f.form}/${f.repeat}`} study={study} subject={subject} visit={v} form={f} last={v.forms[i + 1]?.form !== f.form} writes={writes} />))}
    </ul>
  </section>
}

type Line = { study: string; subject: string; visit: Visit; form: SubjectForm; last: boolean; writes: boolean }

function FormLine({ study, subject, visit, form: f, last, writes }: Line) {
  const look = formLook(f)
  const again = writes && last && f.state !== 'empty' && index.value?.forms.get(f.form)?.repeating
  return <li>
    <span class={`c ${look.cell}`}><Icon name={look.icon} /></span>
    <a class="grow" href={to.form(study, subject, visit.event, visit.repeat, f.form, f.repeat)}>{formTitle(f)}{visit.of > 1 && <span class="xs dim"> {nthTitle(visit)}</span>}</a>
    {again && !index.value?.forms.get(f.form)?.doubleEntry && <a class="btn quiet s" href={to.log(study, subject, visit.event, visit.repeat, f.form)}><Icon name="rows" />{t('log.open')}</a>}
    {again && <a class="btn quiet s" href={to.form(study, subject, visit.event, visit.repeat, f.form, String(Number(f.repeat) + 1 || 2))}><Icon name="plus" />{t('casebook.addForm')}</a>}
    {!!f.queries && <Tag tone="bad" icon="query">{t('matrix.queries', { n: f.queries })}</Tag>}
    {f.expected && !(f.expected === 'demanded' && f.state === 'complete') && <ExpectedTag expected={f.expected} />}
    <StateTag state={f.state} />
  </li>
}

/** What a condition says of a visit or form now. */
const ExpectedTag = ({ expected }: { expected: Expected }) => <Tag tone={expected === 'demanded' ? 'warn' : ''} icon="branch">{word('expected', expected)}</Tag>
