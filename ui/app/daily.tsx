// The daily report: what is missing, late, waiting, and how long things take, by site; behind each figure its casebooks.
import { useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Chip, Empty, Trouble, Waiting } from '../look/parts.tsx'
import { api, call } from '../wire/api.ts'
import type { DailyKind, DailySite, Taking } from '../wire/types.ts'
import { say, t, when, type Key } from '../words/words.ts'
import { useLoad } from './load.ts'
import { at } from './officeparts.tsx'
import { go, to } from './route.ts'
import type { Case } from './safetyparts.tsx'
import { Head, Shell } from './shell.tsx'
import { mayDo, ownSites, zone } from './study.ts'
import { filterOf, queryOf, Views, withQuery } from './views.tsx'

const kinds: DailyKind[] = ['missing', 'overdue', 'partial', 'unverified']
const looks: Record<DailyKind, [IconName, string]> = { missing: ['form', 'bad'], overdue: ['flag', 'bad'], partial: ['half', 'inf'], unverified: ['check', 'ok'] }
const titles = { missing: 'daily.missing', overdue: 'daily.overdue', partial: 'daily.partial', unverified: 'daily.unverified' } satisfies Record<DailyKind, Key>
const ages = ['daily.to7', 'daily.to14', 'daily.to30', 'daily.older'] satisfies Key[]
const spans = ['daily.to2', 'daily.to5', 'daily.to10', 'daily.longer'] satisfies Key[]

/** The site of the page, and the figure whose forms stand below: of all its sites, or at one of them. */
type Filter = { site: string; kind: DailyKind; at: string }
const plain: Filter = { site: '', kind: 'missing', at: '' }
function fromAddress(query?: string): Filter {
  const said = filterOf(plain, query)
  return kinds.includes(said.kind) ? said : { ...said, kind: plain.kind }
}

export function Daily({ id }: { id: string }) {
  const [{ site, kind, at: one }, setFilter] = useState(() => fromAddress())
  const { data, problem, reload } = useLoad(`${id} daily ${site}`, signal => api.daily(id, site, signal))
  const sites = ownSites.value, all = data?.total
  const name = (s: string) => `${s} ${say(sites.find(x => x.id === s)?.name)}`
  const show = (next: Filter) => { setFilter(next); go(withQuery(to.daily(id), queryOf(plain, next)), true) }
  const open = (kind: DailyKind, at: string) => show({ site, kind, at: at === site ? '' : at })
  const of = one || site
  return <Shell title={t('daily.title')} crumbs={[{ text: t('daily.title') }]}>
    <Head title={t('daily.title')} lead={data ? t('daily.lead', { n: data.total.subjects, time: when(data.asOf, zone.value) }) : ' '}>
      <div class="row wrap">
        <Views study={id} page="daily" query={queryOf(plain, { site, kind, at: one })} open={query => show(fromAddress(query))} />
        {sites.length > 1 && <Chip name={t('matrix.site')} icon="filter" value={site} onChange={site => show({ site, kind, at: '' })} choices={[{ value: '', text: t('matrix.allSites') }, ...sites.map(s => ({ value: s.id, text: name(s.id) }))]} />}
        {mayDo('export') && <a class="btn" href={api.dailyExport(id, site)} download><Icon name="down" />CSV</a>}
      </div>
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.sites.length && <Empty icon="people" title={t('daily.none')}>{t('daily.noneDo')}</Empty>}
    {all && data.sites.length > 0 && <>
      <div class="tiles">{kinds.map(k => <button key={k} type="button" class="card tile" aria-pressed={kind === k && of === site} onClick={() => open(k, site)}>
        <span class={`k ${all[k].n ? looks[k][1] : ''}`}><Icon name={looks[k][0]} /></span>
        <span><b>{all[k].n}</b> {t(titles[k])}<br /><span class="xs sub">{k === 'missing' ? t('daily.of', { n: all.called }) : all[k].n ? t('daily.oldest', { n: all[k].oldest }) : ' '}</span></span></button>)}</div>
      <div class="daily">
        <Share title={t('daily.queries')} labels={ages.map(k => t(k))} counts={all.ages} about={t('daily.queriesAbout', { open: all.open, answered: all.answered, n: all.oldest })} />
        <Share title={t('daily.entry')} labels={spans.map(k => t(k))} counts={all.entry.within} about={spent(all.entry)} />
        <Share title={t('daily.sdv')} labels={spans.map(k => t(k))} counts={all.sdv.within} about={spent(all.sdv)} />
      </div>
      {mayDo('safety.read') && <Cases id={id} site={site} />}
      <section class="card"><header><h2 class="grow">{t('daily.bySite')}</h2></header>
        <div class="scroll" tabIndex={0} role="region" aria-label={t('daily.bySite')}><table class="tbl">
          <thead><tr><th scope="col">{t('matrix.site')}</th><th scope="col" class="num">{t('nav.subjects')}</th>{kinds.map(k => <th key={k} scope="col">{t(titles[k])}</th>)}<th scope="col">{t('daily.queries')}</th><th scope="col" class="num">{t('daily.entryMedian')}</th><th scope="col" class="num">{t('daily.sdvMedian')}</th></tr></thead>
          <tbody>{data.sites.map(s => <tr key={s.site}>
            <th scope="row" class="nowrap">{name(s.site)}</th><td class="num">{s.subjects}</td>
            {kinds.map(k => <td key={k}><span class="row"><Bar part={s[k].n} of={Math.max(...data.sites.map(x => x[k].n))} />
              {s[k].n ? <button type="button" class="as-link" aria-label={`${name(s.site)} · ${t(titles[k])} ${s[k].n}`} onClick={() => open(k, s.site)}>{s[k].n}</button> : <span class="dim">0</span>}</span></td>)}
            <td><Ages site={s} study={id} /></td>
            <td class="num">{middle(s.entry)}</td><td class="num">{middle(s.sdv)}</td>
          </tr>)}</tbody></table></div></section>
      <Behind key={`${kind} ${of}`} id={id} kind={kind} site={of} where={of ? name(of) : t('matrix.allSites')} />
    </>}
  </Shell>
}

const spent = (x: Taking) => x.n ? t('daily.spent', { n: x.n, median: x.median, p90: x.p90 }) : t('daily.notYet')
const middle = (x: Taking) => x.n ? t('daily.medianOf', { median: x.median, p90: x.p90 }) : '–'

function Bar({ part, of }: { part: number; of: number }) {
  return <svg class="bar100 s" viewBox="0 0 80 8" aria-hidden="true"><rect class="all" width="80" height="8" rx="4" />{part > 0 && <rect class="part" width={Math.max(4, 80 * part / of)} height="8" rx="4" />}</svg>
}

/** A bar in four parts, from soon to late. */
function Stack({ counts }: { counts: number[] }) {
  const sum = counts.reduce((a, b) => a + b, 0)
  let x = 0
  return <svg class="shares" viewBox="0 0 240 16" preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="240" height="16" />
    {counts.map((n, i) => { const w = sum ? 240 * n / sum : 0, at = x; x += w; return n > 0 && <rect key={i} class={`a${i}`} x={at} width={w} height="16" /> })}</svg>
}

function Share({ title, labels, counts, about }: { title: string; labels: string[]; counts: number[]; about: string }) {
  return <section class="card"><header><h2 class="grow">{title}</h2></header><div class="body stack-1"><Stack counts={counts} />
    <ul class="sharekeys">{labels.map((l, i) => <li key={l}><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><rect class={`a${i}`} width="12" height="12" rx="2" /></svg>{l} <b>{counts[i]}</b></li>)}</ul>
    <p class="sub xs">{about}</p></div></section>
}

function Ages({ site, study }: { site: DailySite; study: string }) {
  const n = site.open + site.answered
  if (!n) return <span class="dim">0</span>
  return <a class="row" href={`${to.queries(study)}?site=${encodeURIComponent(site.site)}`} title={ages.map((k, i) => `${t(k)}: ${site.ages[i]}`).join(' · ')}><Stack counts={site.ages} /><span>{n} <span class="xs sub">{t('daily.oldest', { n: site.oldest })}</span></span></a>
}

/** Serious adverse events: the cases whose clocks run, and those of which one is over. */
function Cases({ id, site }: { id: string; site: string }) {
  const { data, problem, reload } = useLoad(`${id} daily cases`, signal => call<{ asOf: string; cases: Case[] }>('GET', at(id, '/safety/cases'), { signal }))
  if (problem) return <Trouble problem={problem} retry={reload} />
  const cases = data?.cases.filter(c => !site || c.site === site) ?? []
  const has = (c: Case, state: string) => c.clocks.some(k => !k.done && k.state === state)
  const late = cases.filter(c => has(c, 'late')), running = cases.filter(c => !late.includes(c) && has(c, 'running'))
  return <p class={`note${late.length ? ' bad' : ''}`}><Icon name={late.length ? 'alert' : 'shield'} /><span><b>{t('daily.cases')}</b> {t('daily.casesDue', { n: running.length, late: late.length })} <a class="as-link" href={to.safety(id)}>{t('safety.cases')}</a></span></p>
}

/** The forms or visits behind a figure. */
function Behind({ id, kind, site, where }: { id: string; kind: DailyKind; site: string; where: string }) {
  const [after, setAfter] = useState<string[]>([''])
  const { data, problem, reload } = useLoad(`${id} ${kind} ${site} ${after}`, async signal => {
    const some = await Promise.all(after.map(cursor => api.dailyPages(id, { kind, site, after: cursor }, signal)))
    return { pages: some.flatMap(p => p.pages), next: some.at(-1)?.next }
  })
  const list = data?.pages ?? []
  return <section class="card"><header><h2 class="grow">{t(titles[kind])} · {where}</h2>
    {mayDo('export') && list.length > 0 && <a class="btn s" href={api.dailyExport(id, site, kind)} download><Icon name="down" />CSV</a>}</header>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <div class="body"><Waiting /></div>}
    {data && !list.length && !data.next && <Empty icon="check" title={t('daily.clear')}>{t('daily.clearDo')}</Empty>}
    {list.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t(titles[kind])}><table class="tbl">
      <thead><tr><th scope="col">{t('queries.subject')}</th><th scope="col">{t('matrix.site')}</th><th scope="col">{t('visits.visit')}</th><th scope="col" class="fill">{t('review.form')}</th><th scope="col">{t('daily.since')}</th><th scope="col" class="num">{t('daily.days')}</th></tr></thead>
      <tbody>{list.map(p => <tr key={`${p.subject}/${p.event}/${p.eventRepeat}/${p.form}/${p.formRepeat}`}>
        <th scope="row"><a href={to.casebook(id, p.subject)}><b>{p.subject}</b></a></th><td class="sub">{p.site}</td>
        <td>{say(p.visit, p.event)}{p.eventRepeat !== '1' && <span class="sub xs"> {t('casebook.repeat', { n: p.eventRepeat })}</span>}</td>
        <td class="fill">{p.form && <a href={to.form(id, p.subject, p.event, p.eventRepeat, p.form, p.formRepeat)}>{say(p.title, p.form)}</a>}</td>
        <td>{p.since ?? '–'}</td><td class="num">{p.since ? p.days : '–'}</td></tr>)}</tbody></table></div>}
    {data?.next && <div class="body"><button type="button" class="btn" onClick={() => setAfter([...after, data.next!])}>{t('queries.more')}</button></div>}
  </section>
}
