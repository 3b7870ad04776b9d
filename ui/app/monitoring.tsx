// Monitoring: the sites compared by one indicator as a table and a funnel plot, and the inbox of signals. Live.
import { useEffect, useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api } from '../wire/api.ts'
import type { Monitoring, Signal, SitePoint } from '../wire/types.ts'
import { figure, moment, say, signed, t, when, word, type Key } from '../words/words.ts'
import { funnel, labels, perHundred, tooFew, type Label, type Mark } from './funnel.ts'
import { useLoad, type Load } from './load.ts'
import { Heat, SignalLife, useOversight } from './oversight.tsx'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { connected, learn, monitoring, signals, zone } from './study.ts'

/** The live signals and figures: read once, then kept up by the study's events. */
function useSignals(id: string): Load<unknown> {
  const load = useLoad(`signals ${id}`, signal => api.signals(id, signal))
  useEffect(() => { if (load.data) learn(load.data.signals) }, [load.data])
  return load
}

const loudness = (s: Signal) => Math.abs(s.level) * 100 + Math.abs(s.score)
const loud = (s: Signal) => s.state === 'closed' ? '' : Math.abs(s.level) >= 2 ? 'r' : 'a'
const siteLabel = (s: { site: string; siteName: SitePoint['siteName'] }) => <><b>{s.site}</b> {say(s.siteName)}</>

function LiveMark() {
  return connected.value ? <span class="tag ok"><Icon name="pulse" />{t('monitor.live')}</span> : <span class="tag"><Icon name="clock" />{t('monitor.waiting')}</span>
}

function LevelTag({ level }: { level: number }) {
  return Math.abs(level) >= 2 ? <Tag tone="bad" icon="alert">{t('signals.level.high')}</Tag> : <Tag tone="warn" icon="warn">{t('signals.level.low')}</Tag>
}

export function Signals({ id }: { id: string }) {
  const { problem, reload } = useSignals(id)
  const list = signals.value && [...signals.value].sort((a, b) => b.raisedAt.localeCompare(a.raisedAt))
  return <Shell title={t('signals.title')} crumbs={[{ text: t('signals.title') }]}>
    <Head title={t('signals.title')} lead={t('signals.lead')}><LiveMark /></Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!list && !problem && <Waiting />}
    {list?.length === 0 && <Empty icon="flag" title={t('signals.none')}>{t('signals.noneDo')}</Empty>}
    <div class="stack">{list?.map(s => <SignalCard key={s.id} study={id} signal={s} />)}</div>
  </Shell>
}

/** Takes a signal as it is now. */
const renew = (now: Signal) => { signals.value = (signals.peek() ?? []).map(s => s.id === now.id ? now : s) }

function SignalCard({ study, signal: s }: { study: string; signal: Signal }) {
  return <article class={`card sig ${loud(s)}`} id={`signal-${s.number}`}>
    <header><h2 class="grow"><a href={to.oversight(study, s.site)}>{siteLabel(s)}</a></h2><span class="sm sub">{t('signals.number', { n: s.number })}</span><span class="xs dim">{moment(s.raisedAt, zone.value)}</span>
      <Tag icon={s.state === 'closed' ? 'check' : 'clock'} tone={s.state === 'closed' ? 'ok' : 'inf'}>{word('signal', s.state)}</Tag><LevelTag level={s.level} /></header>
    <div class="body sig-b"><SignalText signal={s} /></div>
    <SignalLife study={study} signal={s} done={renew} />
  </article>
}

function SignalText({ signal: s }: { signal: Signal }) {
  return <>
    <div class="grow stack-1"><p class="b">{say(s.name)} · {t('signals.scored', { score: signed(s.score) })}</p><p class="sub">{say(s.text)}</p></div>
    <dl class="kv">
      <dt>{t('monitor.actual')}</dt><dd>{figure(s.numerator)}</dd><dt>{t('monitor.expected')}</dt><dd>{figure(s.expected, 0)}</dd><dt>{exposure(s.kri)}</dt><dd>{figure(s.denominator)}</dd>
    </dl>
  </>
}

/** The indicator that is shown until another is picked; its figures come live. */
const first = 'kri0001'

export function Overview({ id }: { id: string }) {
  useSignals(id)
  const { data, problem, reload } = useLoad(`monitoring ${id}`, signal => api.monitoring(id, signal))
  useEffect(() => { if (data) monitoring.value = data }, [data])
  const all = useOversight(id)
  const [kri, setKri] = useState(first)
  const other = useLoad(`monitoring ${id} ${kri} ${monitoring.value?.asOf}`, signal => kri === first ? Promise.resolve(undefined) : api.monitoring(id, signal, kri))
  const m = kri === first ? monitoring.value : other.data ?? monitoring.value
  const name = m ? say(m.name, m.kri) : ''
  return <Shell title={t('monitor.title')} crumbs={[{ text: t('monitor.title') }]}>
    <Head title={t('monitor.title')} lead={m ? t('monitor.asOf', { time: when(m.asOf, zone.value) }) : ' '}>
      <a class="btn s" href={to.scatter(id)}>{t('scatter.title')}</a><a class="btn s" href={to.power(id)}>{t('power.title')}</a><a class="btn s" href={to.portfolio}>{t('portfolio.title')}</a><LiveMark /></Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!m && !problem && <Waiting />}
    {m && !m.sites.length && <Empty icon="pulse" title={t('monitor.none')}>{t('monitor.noneDo')}</Empty>}
    {all.data && all.data.sites.length > 0 && <Heat id={id} data={all.data} kri={kri} pick={setKri} />}
    {m && m.sites.length > 0 && <div class="mon">
      <div class="stack"><SiteTable m={m} name={name} /><FunnelCard m={m} name={name} /></div>
      <Side id={id} m={m} />
    </div>}
  </Shell>
}

const verdicts: Record<string, { text: Key; look: string; icon?: IconName }> = {
  '2': { text: 'monitor.alarmHigh', look: 'r', icon: 'up' }, '1': { text: 'monitor.watchHigh', look: 'a', icon: 'up' }, '0': { text: 'monitor.in', look: '' },
  '-1': { text: 'monitor.watchLow', look: 'a', icon: 'down' }, '-2': { text: 'monitor.alarmLow', look: 'r', icon: 'down' },
}
const verdict = (flag: number) => verdicts[String(Math.max(-2, Math.min(2, Math.round(flag))))]!

/** What the denominator counts, as people say it. */
const exposure = (kri: string) => { const unit = word('exposure', kri); return unit === kri ? t('exposure.other') : unit }

/** The limits on both sides that a judgement begins at. */
function Limits({ m }: { m: Monitoring }) {
  const of = (side: number) => m.bounds.map(b => b.threshold).filter(v => v * side > 0).sort((a, b) => Math.abs(a) - Math.abs(b))
  const low = of(-1), high = of(1)
  const say = (i: number) => t('monitor.limits', { low: figure(low.at(i)!), high: figure(high.at(i)!) })
  if (low.length < 2 || high.length < 2) return null
  return <ul class="limits xs sub">
    <li><span class="hc a" />{t('signals.level.low')} {say(0)}</li><li><span class="hc r" />{t('signals.level.high')} {say(-1)}</li>
  </ul>
}

function SiteTable({ m, name }: { m: Monitoring; name: string }) {
  const times = perHundred(m) ? 100 : 1
  const sites = [...m.sites].sort((a, b) => Number(tooFew(a)) - Number(tooFew(b)) || Math.abs(b.score ?? 0) - Math.abs(a.score ?? 0))
  return <section class="card">
    <header><h2 class="grow">{name}</h2><Limits m={m} /></header>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('monitor.table')}>
      <table class="tbl heat">
        <thead><tr><th scope="col">{t('monitor.site')}</th><th scope="col" class="num">{t('monitor.score')}</th><th scope="col" class="num">{t('monitor.actual')}</th>
          <th scope="col" class="num">{t('monitor.expected')}</th><th scope="col" class="num">{exposure(m.kri)}</th>
          <th scope="col" class="num">{t(times === 100 ? 'monitor.rate100' : 'monitor.rate')}</th><th scope="col">{t('monitor.flag')}</th></tr></thead>
        <tbody>{sites.map(s => {
          const v = verdict(s.flag ?? 0)
          return <tr key={s.site} class={v.look && `out ${v.look}`}>
            <th scope="row">{siteLabel(s)}</th>
            <td class="num">{tooFew(s) ? <span class="dim">–</span> : <span class={`hc ${v.look}`}>{v.icon && <Icon name={v.icon} />}{signed(s.score!)}</span>}</td>
            <td class="num">{figure(s.numerator)}</td><td class="num">{figure(s.denominator * m.mu, 0)}</td><td class="num dim">{figure(s.denominator)}</td>
            <td class="num">{tooFew(s) ? '–' : (s.metric * times).toFixed(2)}</td>
            <td class={tooFew(s) ? 'dim' : v.look ? 'b' : 'sub'}>{tooFew(s) ? t('monitor.few') : t(v.text)}</td>
          </tr>
        })}</tbody>
      </table>
    </div>
  </section>
}

const box = { left: 44, right: 672, top: 12, bottom: 244 }
const labelled = 24 // sites whose numbers still fit into the picture

function FunnelCard({ m, name }: { m: Monitoring; name: string }) {
  const times = perHundred(m) ? 100 : 1
  const f = funnel(m, box)
  const out = f.marks.filter(mark => mark.flag), quiet = f.marks.length > labelled
  const written = labels(f, box, f.y(m.mu), p => p.flag ? nameOf(p) : quiet ? '' : p.site)
  const title = t('monitor.funnelAlt', { name, n: f.marks.length, sites: out.map(o => `${o.site} ${say(o.siteName)}`).join(', ') || t('monitor.nobody') })
  return <section class="card">
    <header><h2 class="grow">{t('monitor.funnel', { name })}</h2><span class="xs dim">{t('monitor.per', { n: times, unit: exposure(m.kri) })}</span></header>
    <div class="plot">
      <svg viewBox="0 0 720 288" role="img" aria-label={title}>
        {f.yTicks.map(v => <g key={v}><line class="gr" x1={box.left} x2={box.right} y1={f.y(v)} y2={f.y(v)} /><text x={box.left - 8} y={f.y(v) + 4} text-anchor="end">{figure(v * times, 2)}</text></g>)}
        {f.xTicks.map(v => <text key={v} x={f.x(v)} y={box.bottom + 18} text-anchor="middle">{figure(v)}</text>)}
        <text x={(box.left + box.right) / 2} y={box.bottom + 38} text-anchor="middle">{exposure(m.kri)}</text>
        <line class="mean" x1={box.left} x2={box.right} y1={f.y(m.mu)} y2={f.y(m.mu)} />
        {f.curves.map(c => <g key={c.threshold} class={c.alarm ? 'bound r' : 'bound a'}><polyline points={c.points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')} />
          <text x={c.points.at(-1)![0] + 6} y={c.points.at(-1)![1] + 4}>{c.threshold > 0 ? '+' : '−'}{Math.abs(c.threshold)}σ</text></g>)}
        {[...f.marks].sort((a, b) => Math.abs(a.flag ?? 0) - Math.abs(b.flag ?? 0)).map(p => <FunnelMark key={p.site} mark={p} label={written.get(p.site)} />)}
      </svg>
      <p class="sub sm explain">{t('monitor.explainAll', { mu: figure(m.mu * times, 2) })}</p>
    </div>
  </section>
}

const nameOf = (p: SitePoint) => `${p.site} ${say(p.siteName)}`

/** A site in the picture: the shape tells the judgement as the colour does, and a site outside is named. */
function FunnelMark({ mark: p, label }: { mark: Mark; label: Label | undefined }) {
  const flag = p.flag ?? 0
  return <g class={`pt ${p.few ? 'few' : verdict(flag).look}`}>
    {Math.abs(flag) >= 2 && <circle class="halo" cx={p.x} cy={p.y} r="13" />}
    {Math.abs(flag) >= 2 ? <path d={flag < 0 ? `M${p.x - 8} ${p.y - 6}h16l-8 13z` : `M${p.x - 8} ${p.y + 6}h16l-8-13z`} />
      : flag ? <path d={`M${p.x} ${p.y - 7}l7 7-7 7-7-7z`} /> : <circle cx={p.x} cy={p.y} r="4.5" />}
    {label && <text class={flag ? 'name' : undefined} x={label.x} y={label.y} text-anchor={label.anchor}>{flag ? nameOf(p) : p.site}</text>}
    <title>{nameOf(p)}</title>
  </g>
}

/** The words beside the picture: what the loudest signal means, and what else it could be. */
function Side({ id, m }: { id: string; m: Monitoring }) {
  const open = (signals.value ?? []).filter(s => s.state !== 'closed').sort((a, b) => loudness(b) - loudness(a))
  const [first, ...rest] = open
  const out = m.sites.filter(s => s.flag)
  return <div class="stack">
    {first ? <section class={`card sig ${loud(first)}`}>
      <header><h2 class="grow">{t('signals.number', { n: first.number })}</h2><LevelTag level={first.level} /></header>
      <div class="body stack"><p class="site">{siteLabel(first)}</p><SignalText signal={first} />
        <a class="btn" href={to.signals(id)}>{t('monitor.inbox', { n: open.length })}<Icon name="right" /></a></div>
    </section> : <section class="card"><header><h2>{t('monitor.outside')}</h2></header><div class="body stack">
      {out.length ? out.map(s => <p key={s.site} class="sub">{t('monitor.explainOne', { site: s.site, expected: figure(s.denominator * m.mu), numerator: figure(s.numerator), score: signed(s.score ?? 0) })}</p>)
        : <p class="sub">{t('monitor.allIn')}</p>}
      {out.length > 0 && <p class="note"><Icon name="info" /><span>{t('monitor.could')}</span></p>}</div></section>}
    {rest.length > 0 && <section class="card">
      <header><h2>{t('nav.signals')}</h2></header>
      <ul class="list">{rest.slice(0, 5).map(s => <li key={s.id}><span class={Math.abs(s.level) >= 2 ? 't-bad' : 't-warn'}><Icon name={Math.abs(s.level) >= 2 ? 'alert' : 'warn'} /></span>
        <div class="grow"><p>{siteLabel(s)}</p><p class="xs dim">{say(s.name)} · {t('signals.scored', { score: signed(s.score) })} · {when(s.raisedAt, zone.value)}</p></div></li>)}</ul>
    </section>}
  </div>
}
