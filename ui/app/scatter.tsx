// Two pictures of one indicator: every site's size against its rate within the funnel, and what the indicator would notice in a study of this size.
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { Monitoring, Noticed, Rehearsal, Rehearsed } from '../wire/types.ts'
import { figure, moment, say, signed, t, word } from '../words/words.ts'
import { linear, ticks, tooFew } from './funnel.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, zone } from './study.ts'

function usePick(id: string, compared: boolean) {
  const [kri, setKri] = useState('kri0001')
  const list = useLoad(`indicators ${id}`, signal => api.indicators(id, signal))
  const choices = (list.data?.indicators ?? []).filter(k => k.group === 'site' && (!compared || k.method !== 'identity')).map(k => ({ value: k.id, text: say(k.name, k.id) }))
  return { kri, chip: choices.length > 0 && <Chip name={t('heat.indicator')} value={kri} choices={choices} icon="rows" onChange={setKri} /> }
}

export function Scatter({ id }: { id: string }) {
  const { kri, chip } = usePick(id, false)
  const [as, setAs] = useState<'rate' | 'count'>('rate')
  const { data: m, problem, reload } = useLoad(`scatter ${id} ${kri}`, signal => api.monitoring(id, signal, kri))
  const name = m ? say(m.name, m.kri) : ''
  return <Shell title={t('scatter.title')} crumbs={[{ text: t('monitor.title'), href: to.monitoring(id) }, { text: t('scatter.title') }]}>
    <Head title={t('scatter.title')} lead={t('scatter.lead')}>{chip}
      <div class="seg" role="group" aria-label={t('scatter.axis')}>{(['rate', 'count'] as const).map(a => <button key={a} type="button" aria-pressed={as === a} onClick={() => setAs(a)}>{t(a === 'rate' ? 'monitor.rate' : 'scatter.count')}</button>)}</div></Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!m && !problem && <Waiting />}
    {m && (m.sites.some(s => s.denominator > 0) ? <Points id={id} m={m} as={as} name={name} /> : <Empty icon="pulse" title={t('monitor.none')}>{t('monitor.noneDo')}</Empty>)}
  </Shell>
}

const box = { left: 64, right: 1010, top: 16, bottom: 430 }

/** The size on a logarithmic axis, so that small sites lie apart; each site leads to its page. */
function Points({ id, m, as, name }: { id: string; m: Monitoring; as: 'rate' | 'count'; name: string }) {
  const sites = m.sites.filter(s => s.denominator > 0)
  const least = Math.min(...sites.map(s => s.denominator)) * .9, most = Math.max(...sites.map(s => s.denominator)) * 1.1
  const value = (d: number, rate: number) => as === 'rate' ? rate : rate * d
  const bounds = m.bounds.filter(b => b.points.length > 1).map(b => ({ ...b, points: b.points.filter(([d]) => d >= least && d <= most) }))
  const highest = Math.max(...sites.map(s => value(s.denominator, s.metric)), value(most, m.mu)) || 1
  const top = Math.min(highest * 2.5, Math.max(highest, ...bounds.flatMap(b => b.points.map(([d, v]) => value(d, v))))) * 1.08
  const x = (d: number) => linear([Math.log(least), Math.log(most)], [box.left, box.right])(Math.log(d)), y = linear([0, top], [box.bottom, box.top])
  const inside = (v: number) => Math.max(0, Math.min(top, v))
  const place = (s: Monitoring['sites'][number]): [number, number] => [x(s.denominator), y(inside(value(s.denominator, s.metric)))]
  const alarm = (v: number) => bounds.every(b => b.threshold * v <= 0 || Math.abs(b.threshold) <= Math.abs(v))
  const out = sites.filter(s => s.flag)
  return <section class="card"><header><h2>{name}</h2></header><div class="plot">
    <svg viewBox="0 0 1060 480" role="group" aria-label={t('monitor.funnelAlt', { name, n: sites.length, sites: out.map(s => `${s.site} ${say(s.siteName)}`).join(', ') || t('monitor.nobody') })}>
      {ticks(0, top, 5).map(v => <g key={v}><line class="gr" x1={box.left} x2={box.right} y1={y(v)} y2={y(v)} /><text x={box.left - 8} y={y(v) + 4} text-anchor="end">{figure(v, 4)}</text></g>)}
      {ticks(least, most, 5).filter(v => v >= least).map(v => <text key={v} x={x(v)} y={box.bottom + 20} text-anchor="middle">{figure(v)}</text>)}
      <text x={(box.left + box.right) / 2} y={box.bottom + 42} text-anchor="middle">{t('scatter.size')}</text>
      {bounds.map(b => <g key={b.threshold} class={b.threshold === 0 ? 'mid' : alarm(b.threshold) ? 'bound r' : 'bound a'}><polyline points={b.points.filter(([d, v]) => value(d, v) <= top).map(([d, v]) => `${x(d).toFixed(1)},${y(inside(value(d, v))).toFixed(1)}`).join(' ')} />
        {b.threshold !== 0 && b.points.length > 0 && <text x={x(b.points.at(-1)![0]) + 4} y={y(inside(value(...b.points.at(-1)!))) + 4}>{signed(b.threshold).replace('.0', '')}σ</text>}</g>)}
      {sites.map((s, i) => { const [cx, cy] = place(s), below = sites.some((o, k) => k < i && Math.abs(place(o)[0] - cx) < 24 && Math.abs(place(o)[1] - cy) < 14), look = Math.abs(s.flag ?? 0) >= 2 ? 'r' : s.flag ? 'a' : ''
        return <a key={s.site} href={to.oversight(id, s.site)} class={`pt ${tooFew(s) ? 'few' : look}`} aria-label={`${s.site} ${say(s.siteName)}: ${s.numerator}/${s.denominator}, ${tooFew(s) ? t('monitor.few') : signed(s.score!)}`}>
          <circle cx={cx} cy={cy} r="14" class="hit" />{look ? <path d={`M${cx} ${cy - 8}l8 8-8 8-8-8z`} /> : <circle cx={cx} cy={cy} r="5" />}<text x={cx} y={below ? cy + 22 : cy - 12} text-anchor="middle">{s.site}</text></a> })}
    </svg><p class="sub sm explain">{t('scatter.explain')}</p></div></section>
}

export function Power({ id }: { id: string }) {
  const { kri, chip } = usePick(id, true)
  const { data, problem, reload } = useLoad(`power ${id} ${kri}`, signal => api.power(id, kri, signal))
  const p = data?.power
  const percent = (v: number) => `${figure(v * 100, 0)}%`
  const kinds = { 0: t('power.none'), 0.5: t('power.half'), 0.75: t('power.quarter'), 1.5: t('power.more'), 2: t('power.twice') } as Record<number, string>
  return <Shell title={t('power.title')} crumbs={[{ text: t('monitor.title'), href: to.monitoring(id) }, { text: t('power.title') }]}>
    <Head title={t('power.title')} lead={data ? t('power.lead', { sites: data.sites, subjects: data.subjects, n: data.rounds, seed: data.seed }) : ' '}>{chip}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !p && <Empty icon="pulse" title={t('monitor.none')}>{t('monitor.noneDo')}</Empty>}
    {p && <div class="two-col"><section class="card"><header><h2>{t('power.found')}</h2></header>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('power.found')}><table class="tbl">
        <thead><tr><th scope="col">{t('power.planted')}</th><th scope="col" class="num">{t('signals.level.low')}</th><th scope="col" class="num">{t('signals.level.high')}</th><th scope="col" class="num">{t('power.assessed')}</th></tr></thead>
        <tbody>{[p.clean, ...p.planted].map(n => <tr key={n.times}><th scope="row">{n.times === 1 ? t('power.clean') : kinds[n.times]}</th>
          <td class="num">{percent(n.watched)}</td><td class="num">{percent(n.signal)}</td><td class="num dim">{percent(n.assessed)}</td></tr>)}</tbody></table></div>
      <p class="body sub sm">{t('power.explain')}</p></section>
      <section class="card"><header><h2>{t('power.roc')}</h2></header><Roc planted={p.planted} kinds={kinds} /></section></div>}
    <Own id={id} kri={kri} />
  </Shell>
}

const looks = { waiting: ['', 'ring'], running: ['inf', 'half'], done: ['ok', 'check'], failed: ['bad', 'alert'], cancelled: ['', 'x'] } as const

/** The back-test on the study's own data: a job that is asked for, watched, and read. */
function Own({ id, kri }: { id: string; kri: string }) {
  const { data, problem, reload } = useLoad(`rehearsal ${id}`, signal => api.rehearsal(id, signal))
  const [refused, setRefused] = useState<Problem>()
  const r = data?.rehearsals[0], busy = r?.state === 'waiting' || r?.state === 'running'
  useEffect(() => {
    if (!busy) return
    const timer = setInterval(reload, 700)
    return () => clearInterval(timer)
  }, [busy])
  useEffect(() => { if (r?.state === 'done') announced.value = t('own.done') }, [r?.state])
  const act = async (what: () => Promise<unknown>) => {
    try { await what(); setRefused(undefined) } catch (e) { if (!(e instanceof Problem)) throw e; setRefused(e) }
    reload()
  }
  const may = mayDo('study.manage')
  return <section class="card own"><header><h2 class="grow">{t('own.title')}</h2>
    {r && <Tag tone={looks[r.state][0]} icon={looks[r.state][1]}>{word('ownState', r.state)}</Tag>}
    {may && (busy ? <button type="button" class="btn s" onClick={() => void act(() => api.stopRehearsal(id))}>{t('own.stop')}</button>
      : <button type="button" class="btn s primary" onClick={() => void act(() => api.rehearse(id, kri))}>{t('own.start')}</button>)}</header>
    <div class="body stack-1"><p class="sub sm">{t('own.lead')}</p>
      {problem && <Trouble problem={problem} retry={reload} />}
      {refused && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(refused)}</span></p>}
      {r && <p class="xs sub">{t('own.of', { kri: r.kri, by: r.by, at: moment(r.askedAt, zone.value), sites: r.sites, subjects: r.subjects, weeks: r.weeks, n: r.rounds, seed: r.seed })}</p>}
      {busy && <div class="row export"><progress class="grow" max={Math.max(1, r!.of)} value={r!.steps} aria-label={t('own.progress')} /><span class="xs sub num">{r!.steps} / {r!.of || '…'}</span></div>}
      {r?.why && <p class="note bad"><Icon name="alert" /><span>{say(r.why)}</span></p>}
      {r?.state === 'done' && !r.measured && <p class="note"><Icon name="info" /><span>{t('own.unmeasured')}</span></p>}
      {r?.state === 'done' && !r.rehearsed.length && <p class="note"><Icon name="info" /><span>{t('own.few')}</span></p>}
    </div>
    {r?.state === 'done' && r.rehearsed.length > 0 && <OwnTable r={r} />}
  </section>
}

function OwnTable({ r }: { r: Rehearsal }) {
  const [kind, setKind] = useState(r.rehearsed[0]!.kind)
  const shown = r.rehearsed.find(x => x.kind === kind) ?? r.rehearsed[0]!
  const percent = (v: number) => `${figure(v * 100, 0)}%`
  const days = (v: number | null) => v === null ? t('own.never') : t('own.days', { n: v })
  return <div class="two-col">
    <div class="scroll" tabIndex={0} role="region" aria-label={t('own.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('power.planted')}</th><th scope="col" class="num">{t('own.found')}</th><th scope="col" class="num">{t('own.rule')}</th><th scope="col" class="num">{t('own.alarms')}</th><th scope="col" class="num">{t('own.delay')}</th></tr></thead>
      <tbody>{r.rehearsed.map(x => <tr key={x.kind} class={x === shown ? 'on' : ''}>
        <th scope="row"><button type="button" class="linkish" aria-pressed={x === shown} onClick={() => setKind(x.kind)}>{word('ownKind', x.kind)}</button></th>
        <td class="num"><b>{percent(x.found[0])}</b></td><td class="num">{percent(x.found[1])}</td><td class="num dim">{percent(x.alarms[0])} · {percent(x.alarms[1])}</td>
        <td class="num">{x.delay ? days(x.delay[0]) : '–'}</td></tr>)}</tbody></table></div>
    <figure class="plot"><OwnRoc of={shown} /><figcaption class="xs sub">{shown.within && <>{t('own.within', { ours: percent(shown.within[0]), rule: percent(shown.within[1]) })} </>}{t('own.explain', { rate: percent(shown.rate), n: shown.planted })}</figcaption></figure></div>
}

function OwnRoc({ of: r }: { of: Rehearsed }) {
  const x = linear([0, 1], [40, 380]), y = linear([0, 1], [300, 16])
  const line = (points: [number, number][]) => `${x(0)},${y(0)} ${points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ')}`
  return <svg viewBox="0 0 400 340" role="img" aria-label={t('own.rocAlt', { kind: word('ownKind', r.kind), found: figure(r.found[0] * 100, 0), rule: figure(r.found[1] * 100, 0), rate: figure(r.rate * 100, 0) })}>
    {[0, .25, .5, .75, 1].map(v => <g key={v}><line class="gr" x1={40} x2={380} y1={y(v)} y2={y(v)} /><text x={34} y={y(v) + 4} text-anchor="end">{v * 100}</text><text x={x(v)} y={316} text-anchor="middle">{v * 100}</text></g>)}
    <line class="gr" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} /><text x={210} y={334} text-anchor="middle">{t('power.falseAlarms')}</text>
    <g class="roc k0"><polyline points={line(r.roc)} /></g><g class="roc k3"><polyline points={line(r.ruleRoc)} /></g>
    <g class="roc-key"><line class="k0" x1={230} x2={254} y1={256} y2={256} /><text x={260} y={260}>{t('own.found')}</text><line class="k3" x1={230} x2={254} y1={276} y2={276} /><text x={260} y={280}>{t('own.rule')}</text></g>
  </svg>
}

function Roc({ planted, kinds }: { planted: Noticed[]; kinds: Record<number, string> }) {
  const x = linear([0, 1], [40, 380]), y = linear([0, 1], [300, 16])
  return <div class="plot"><svg viewBox="0 0 400 340" role="img" aria-label={t('power.rocAlt', { text: planted.map(n => `${kinds[n.times]}: ${figure((n.roc.find(([a]) => a >= .05)?.[1] ?? 0) * 100, 0)}%`).join('; ') })}>
    {[0, .25, .5, .75, 1].map(v => <g key={v}><line class="gr" x1={40} x2={380} y1={y(v)} y2={y(v)} /><text x={34} y={y(v) + 4} text-anchor="end">{v * 100}</text><text x={x(v)} y={316} text-anchor="middle">{v * 100}</text></g>)}
    <line class="gr" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} /><text x={210} y={334} text-anchor="middle">{t('power.falseAlarms')}</text>
    {planted.map((n, i) => { const last = n.roc[4 + i * 3]!
      return <g key={n.times} class={`roc k${i}`}><polyline points={`${x(0)},${y(0)} ${n.roc.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ')}`} /><text x={x(last[0]) + 4} y={y(last[1]) - 4}>×{n.times}</text></g> })}
  </svg></div>
}
