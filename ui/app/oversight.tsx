// Oversight: every site by every indicator as a heat map, one site down to its records, and what is done about a signal. Live.
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { Course, DigitCounts, HeatCell, Oversight, Signal, SignalStep } from '../wire/types.ts'
import { day, figure, moment, say, signed, t, when, word } from '../words/words.ts'
import { linear } from './funnel.ts'
import { useLoad } from './load.ts'
import { Proof } from './proof.tsx'
import { go, to } from './route.ts'
import { session } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { PlanDialog } from './sitevisits.tsx'
import { index, mayDo, monitoring, signals, zone } from './study.ts'

const look = (flag: number | null) => !flag ? '' : Math.abs(flag) >= 2 ? 'r' : 'a'
/** A p-value as people read it. */
const chance = (p: number) => p < 1e-6 ? '< 0.000001' : p.toPrecision(2)

/** The figures of all sites, read again whenever the study's live figures move. */
export function useOversight(id: string) {
  const load = useLoad(`oversight ${id}`, signal => api.oversight(id, signal))
  const asOf = monitoring.value
  useEffect(() => { if (load.data) load.reload() }, [asOf])
  return load
}

/** Sites by risk, indicators across; a column shows its funnel, a row leads to the site. */
export function Heat({ id, data, kri, pick }: { id: string; data: Oversight; kri: string; pick: (kri: string) => void }) {
  const shown = data.kris.map((k, i) => ({ k, i })).filter(({ k, i }) => k.assessed > 0 || data.sites.some(s => s.cells[i]!.numerator))
  const quiet = data.kris.length - shown.length
  return <section class="card">
    <header><h2 class="grow">{t('heat.title')}</h2><span class="xs dim">{t('heat.lead')}</span></header>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('heat.title')}>
      <table class="tbl heat map">
        <thead><tr><th scope="col">{t('monitor.site')}</th><th scope="col" class="num">{t('heat.risk')}</th>
          {shown.map(({ k }) => <th scope="col" key={k.id} class="num"><button type="button" class="linkish" aria-pressed={k.id === kri} onClick={() => pick(k.id)}>{say(k.name)}</button></th>)}</tr></thead>
        <tbody>{data.sites.map(s => <tr key={s.site}>
          <th scope="row"><a href={to.oversight(id, s.site)}><b>{s.site}</b> {say(s.siteName)}</a>{s.signals > 0 && <span class="tag bad"><Icon name="flag" />{s.signals}</span>}</th>
          <td class="num b">{s.risk === null ? '–' : figure(s.risk, 0)}</td>
          {shown.map(({ k, i }) => <Cell key={k.id} cell={s.cells[i]!} name={say(k.name)} />)}
        </tr>)}</tbody>
      </table>
    </div>
    <p class="body sub sm">{t('heat.unassessed')}{quiet > 0 && ` ${t('heat.quiet', { n: quiet })}`}{data.limits.map(l => ` ${say(l.name)}: ${l.numerator}/${l.denominator}${l.flag === null ? '' : l.flag > 1 ? ` – ${t('heat.above')}` : ` – ${t('heat.below')}`}.`).join('')}</p>
  </section>
}

function Cell({ cell: c, name }: { cell: HeatCell; name: string }) {
  const tip = `${name}: ${c.numerator}/${c.denominator}`
  if (c.score === null) return <td class="num dim" title={tip}><span class="sr">{t('monitor.few')}</span><span aria-hidden="true">·</span></td>
  return <td class="num" title={tip}><span class={`hc ${look(c.flag)}`}>{look(c.flag) && <Icon name={c.flag! > 0 ? 'up' : 'down'} />}{signed(c.score)}</span></td>
}

export function SiteOversight({ id, site }: { id: string; site: string }) {
  const { data, problem, reload } = useLoad(`site ${id} ${site}`, signal => api.siteOversight(id, site, signal))
  const [kri, setKri] = useState('kri0001')
  useEffect(() => { // its history is being made
    if (!data?.course.pending) return
    const again = setTimeout(reload, 1500)
    return () => clearTimeout(again)
  }, [data])
  const row = data?.overview.sites[0]
  const name = row ? say(row.siteName) : ''
  const own = (signals.value ?? []).filter(s => s.site === site && s.state !== 'closed')
  return <Shell title={`${site} ${name}`} crumbs={[{ text: t('monitor.title'), href: to.monitoring(id) }, { text: site }]}>
    <Head title={`${site} ${name}`} lead={row ? t('heat.siteLead', { risk: row.risk === null ? '–' : figure(row.risk, 0), n: own.length }) : ' '} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && row && <div class="stack">
      <section class="card"><header><h2>{t('heat.byIndicator')}</h2></header>
        <div class="scroll" tabIndex={0} role="region" aria-label={t('heat.byIndicator')}><table class="tbl heat">
          <thead><tr><th scope="col">{t('heat.indicator')}</th><th scope="col" class="num">{t('monitor.score')}</th><th scope="col" class="num">{t('monitor.actual')}</th><th scope="col" class="num">{t('monitor.expected')}</th><th scope="col">{t('heat.trend')}</th></tr></thead>
          <tbody>{data.overview.kris.map((k, i) => ({ k, c: row.cells[i]! })).filter(({ c }) => c.denominator).sort((a, b) => gravity(b.c) - gravity(a.c)).map(({ k, c }) => <tr key={k.id} class={look(c.flag) && `out ${look(c.flag)}`}>
              <th scope="row"><button type="button" class="linkish" aria-pressed={k.id === kri} onClick={() => setKri(k.id)}>{say(k.name)}</button></th>
              <Cell cell={c} name={say(k.name)} />
              <td class="num">{figure(c.numerator)} / {figure(c.denominator)}</td><td class="num">{k.method === 'identity' ? '–' : figure(c.denominator * k.mu, 1)}</td>
              <td><Spark course={data.course} kri={k.id} name={say(k.name)} /></td></tr>)}</tbody></table></div>
      </section>
      <Why id={id} site={site} kri={kri} name={say(data.overview.kris.find(k => k.id === kri)?.name, kri)} />
      {data.course.pending ? <Waiting /> : <TimeLine course={data.course} />}
      <Digits digits={data.digits} />
    </div>}
  </Shell>
}

/** What wants to be read first: the gravest flag, then the indicators without one, then those that say nothing yet. */
const gravity = (c: HeatCell) => c.score === null ? -1 : Math.abs(c.flag ?? 0)

/** A line of scores, week by week. */
function Spark({ course, kri, name }: { course: Course; kri: string; name: string }) {
  const k = course.kris.indexOf(kri)
  const values = course.scores.map(week => week[k] ?? null)
  const known = values.filter(v => v !== null)
  if (known.length < 2) return <span class="dim">–</span>
  const top = Math.max(2, ...known.map(Math.abs))
  const x = linear([0, values.length - 1], [2, 118]), y = linear([-top, top], [22, 2])
  const line = values.flatMap((v, i) => v === null ? [] : [`${x(i).toFixed(1)},${y(v).toFixed(1)}`]).join(' ')
  return <svg class="spark" viewBox="0 0 120 24" role="img" aria-label={t('heat.trendAlt', { name, from: signed(known[0]!), to: signed(known.at(-1)!) })}>
    <line x1="2" x2="118" y1={y(0)} y2={y(0)} /><polyline points={line} /></svg>
}

/** Why a site stands where it does: the words, the formula, and the subjects without whom it would stand elsewhere. */
function Why({ id, site, kri, name }: { id: string; site: string; kri: string; name: string }) {
  const { data, problem, reload } = useLoad(`why ${id} ${site} ${kri}`, signal => api.explained(id, site, kri, signal))
  return <section class="card"><header><h2>{t('heat.why', { name })}</h2></header>
    <div class="body stack">
      {problem && <Trouble problem={problem} retry={reload} />}
      {!data && !problem && <Waiting />}
      {data && <>
        <p>{say(data.text)}</p><p class="sub sm"><code>{data.formula}</code></p>
        {data.contributors.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('heat.contributors')}><table class="tbl">
          <caption class="sr">{t('heat.contributors')}</caption>
          <thead><tr><th scope="col">{t('queries.subject')}</th><th scope="col" class="num">{t('monitor.actual')}</th><th scope="col" class="num">{t('heat.without')}</th><th scope="col" class="fill">{t('heat.records')}</th></tr></thead>
          <tbody>{data.contributors.map(c => <tr key={c.subject}>
            <th scope="row"><a href={to.casebook(id, c.subject)}><b>{c.subject}</b></a></th><td class="num">{figure(c.numerator)} / {figure(c.denominator)}</td>
            <td class="num">{c.without === null ? '–' : signed(c.without)}</td>
            <td class="fill">{c.records.slice(0, 6).map(r => {
              const [event = '', eventRepeat = '', form = '', formRepeat = ''] = r.ref.split('/').map(decodeURIComponent)
              return <a key={r.entry} class="tag" title={r.entry} href={to.form(id, c.subject, event, eventRepeat, form, formRepeat)}>{r.value || form} · {day(r.at, zone.value)}</a>
            })}{c.records.length > 6 && <span class="xs dim"> {t('heat.more', { n: c.records.length - 6 })}</span>}</td>
          </tr>)}</tbody></table></div>}
      </>}
    </div>
  </section>
}

/** The sum of evidence that the site reports too few events: it rises while events are missing, and forgets. */
function TimeLine({ course }: { course: Course }) {
  const sums = course.cusum, top = Math.max(5, ...sums)
  if (sums.length < 2) return null
  const x = linear([0, sums.length - 1], [44, 700]), y = linear([0, top], [150, 12])
  return <section class="card"><header><h2>{t('heat.cusum')}</h2></header><div class="plot">
    <svg viewBox="0 0 720 180" role="img" aria-label={t('heat.cusumAlt', { now: figure(sums.at(-1)!, 1) })}>
      <line class="gr" x1="44" x2="700" y1={y(0)} y2={y(0)} /><text x="36" y={y(0) + 4} text-anchor="end">0</text><text x="36" y={y(top) + 4} text-anchor="end">{figure(top, 0)}</text>
      <g class="bound r"><polyline points={`44,${y(4)} 700,${y(4)}`} /><text x="46" y={y(4) - 5}>4</text></g>
      <polyline class="course" points={sums.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(' ')} />
      <text x="44" y="172">{day(course.at[0]!, zone.value)}</text><text x="700" y="172" text-anchor="end">{day(course.at.at(-1)!, zone.value)}</text>
    </svg><p class="sub sm explain">{t('heat.cusumExplain')}</p></div></section>
}

/** Last digits of what is measured: the site beside all others, the oddest first. */
function Digits({ digits }: { digits: DigitCounts[] }) {
  const shown = digits.filter(d => d.v !== null && d.site.reduce((a, b) => a + b, 0) >= 50).slice(0, 4)
  if (!shown.length) return null
  return <section class="card"><header><h2>{t('heat.digits')}</h2></header><div class="body digits">{shown.map(d => {
    const share = (all: number[]) => { const n = all.reduce((a, b) => a + b, 0) || 1; return all.map(v => v / n) }
    const own = share(d.site), rest = share(d.rest), top = Math.max(0.2, ...own, ...rest), y = linear([0, top], [84, 6])
    return <figure key={d.item}><figcaption class="sm"><b>{index.value?.itemLabel(d.item) ?? d.item}</b> <span class="sub">V {figure(d.v!, 2)}{d.p !== null && ` · p ${chance(d.p)}`}</span></figcaption>
      <svg viewBox="0 0 200 100" role="img" aria-label={t('heat.digitsAlt', { item: d.item, v: figure(d.v!, 2) })}>
        {own.map((v, i) => <g key={i}><rect class="own" x={i * 20 + 3} width="8" y={y(v)} height={84 - y(v)} /><rect class="rest" x={i * 20 + 11} width="6" y={y(rest[i]!)} height={84 - y(rest[i]!)} /><text x={i * 20 + 10} y="97" text-anchor="middle">{i}</text></g>)}
      </svg></figure>
  })}</div><p class="body sub sm">{t('heat.digitsExplain')}</p></section>
}

/** What can be done about a signal, and what was. */
export function SignalLife({ study: id, signal: s, done }: { study: string; signal: Signal; done: (s: Signal) => void }) {
  const [action, setAction] = useState('')
  const [text, setText] = useState('')
  const [assignee, setAssignee] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const [visiting, visit] = useState(false)
  const says = ['propose', 'act', 'verify', 'close', 'reopen', 'remark'].includes(action)
  const send = async (e: Event) => {
    e.preventDefault()
    setBusy(true)
    try {
      const { signal } = await api.step(id, s.id, { action, text, assignee, expect: s.steps?.length ?? 0, ...(action === 'close' ? { user: session.value?.user.id ?? '', password } : {}) })
      setAction(''); setText(''); setPassword(''); setProblem(undefined); done(signal)
    } catch (x) {
      if (!(x instanceof Problem)) throw x
      setProblem(x)
    } finally { setBusy(false) }
  }
  const late = !!s.due && Date.parse(s.due) < Date.now()
  return <div class="body stack-1 life">
    <p class="sm sub">{s.due && <span class={late ? 't-bad' : ''}><Icon name="clock" /> {t(late ? 'life.late' : 'life.due', { time: when(s.due, zone.value) })}</span>}
      {s.assignee && ` · ${t('life.assigned', { who: s.assignee })}`}{s.contact && ` · ${word('contact', s.contact)}`}</p>
    {!!s.steps?.length && <ol class="steps">{s.steps.map(step => <StepLine key={step.n} id={id} step={step} />)}</ol>}
    {problem && <Trouble problem={problem} />}
    {!action && <div class="row wrap">{s.actions?.map(a => <button key={a} type="button" class="btn s" onClick={() => setAction(a)}>{word('sigstep', a)}</button>)}
      {s.state !== 'closed' && mayDo('visit.write', s.site) && <button type="button" class="btn s" onClick={() => visit(true)}><Icon name="flag" />{t('mv.planCause')}</button>}</div>}
    {visiting && <PlanDialog id={id} kinds={['forcause']} sites={{ [s.site]: typeof s.siteName === 'string' ? { '': s.siteName } : s.siteName }} cause={{ signal: s.id, purpose: `${t('signals.number', { n: s.number })} · ${say(s.name)}` }} close={() => visit(false)} done={v => go(to.siteVisit(id, v))} />}
    {action && <form class="stack-1" onSubmit={send}>
      <h3>{word('sigstep', action)}</h3>
      {says && <label class="stack-1"><span class="sm">{t('life.text')}</span><textarea class="in" required rows={3} maxLength={1300} value={text} onInput={e => setText(e.currentTarget.value)} /></label>}
      {action === 'assign' && <label class="stack-1"><span class="sm">{t('life.assignee')}</span><input class="in" required value={assignee} onInput={e => setAssignee(e.currentTarget.value)} /></label>}
      {action === 'close' && <label class="stack-1"><span class="sm">{t(session.value?.proof ? 'sign.identity' : 'life.sign')}</span><Proof value={password} set={setPassword} /></label>}
      <div class="row"><button type="submit" class="btn primary" disabled={busy}>{word('sigstep', action)}</button><button type="button" class="btn quiet" onClick={() => { setAction(''); setProblem(undefined) }}>{t('do.cancel')}</button></div>
    </form>}
  </div>
}

function StepLine({ id, step: s }: { id: string; step: SignalStep }) {
  const percent = (x: number) => `${figure(x * 100, 0)}%`
  return <li class="sm"><b>{word('sigstep', s.action)}</b> <span class="dim">{s.by} · {moment(s.at, zone.value)}{s.signed && ` · ${t('life.signed', { who: s.signed })}`}</span>
    {s.links?.filter(l => l.startsWith('visit ')).map(l => <p key={l}><a href={to.siteVisit(id, l.slice(6))}>{l.slice(6)}</a></p>)}
    {s.text && <p>{s.text}</p>}{s.assignee && <p>→ {s.assignee}</p>}
    {s.effect && <p>{t('life.effect', { days: s.effect.days, score: percent(s.effect.scoreMovement), value: percent(s.effect.valueMovement) })}</p>}</li>
}

