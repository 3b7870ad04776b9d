// Two pictures of one indicator: every site's size against its rate within the funnel, and what the indicator would notice in a study of this size.
import { useState } from 'preact/hooks'
import { Chip, Empty, Trouble, Waiting } from '../look/parts.tsx'
import { api } from '../wire/api.ts'
import type { Monitoring, Noticed } from '../wire/types.ts'
import { figure, say, signed, t } from '../words/words.ts'
import { linear, ticks, tooFew } from './funnel.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'

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
  const alarm = (v: number) => bounds.every(b => b.threshold * v <= 0 || Math.abs(b.threshold) <= Math.abs(v))
  const out = sites.filter(s => s.flag)
  return <section class="card"><header><h2>{name}</h2></header><div class="plot">
    <svg viewBox="0 0 1060 480" role="group" aria-label={t('monitor.funnelAlt', { name, n: sites.length, sites: out.map(s => `${s.site} ${say(s.siteName)}`).join(', ') || t('monitor.nobody') })}>
      {ticks(0, top, 5).map(v => <g key={v}><line class="gr" x1={box.left} x2={box.right} y1={y(v)} y2={y(v)} /><text x={box.left - 8} y={y(v) + 4} text-anchor="end">{figure(v, 4)}</text></g>)}
      {ticks(least, most, 5).filter(v => v >= least).map(v => <text key={v} x={x(v)} y={box.bottom + 20} text-anchor="middle">{figure(v)}</text>)}
      <text x={(box.left + box.right) / 2} y={box.bottom + 42} text-anchor="middle">{t('scatter.size')}</text>
      {bounds.map(b => <g key={b.threshold} class={b.threshold === 0 ? 'mid' : alarm(b.threshold) ? 'bound r' : 'bound a'}><polyline points={b.points.filter(([d, v]) => value(d, v) <= top).map(([d, v]) => `${x(d).toFixed(1)},${y(inside(value(d, v))).toFixed(1)}`).join(' ')} />
        {b.threshold !== 0 && b.points.length > 0 && <text x={x(b.points.at(-1)![0]) + 4} y={y(inside(value(...b.points.at(-1)!))) + 4}>{signed(b.threshold).replace('.0', '')}σ</text>}</g>)}
      {sites.map(s => { const cx = x(s.denominator), cy = y(inside(value(s.denominator, s.metric))), look = Math.abs(s.flag ?? 0) >= 2 ? 'r' : s.flag ? 'a' : ''
        return <a key={s.site} href={to.oversight(id, s.site)} class={`pt ${tooFew(s) ? 'few' : look}`} aria-label={`${s.site} ${say(s.siteName)}: ${s.numerator}/${s.denominator}, ${tooFew(s) ? t('monitor.few') : signed(s.score!)}`}>
          <circle cx={cx} cy={cy} r="14" class="hit" />{look ? <path d={`M${cx} ${cy - 8}l8 8-8 8-8-8z`} /> : <circle cx={cx} cy={cy} r="5" />}<text x={cx} y={cy - 12} text-anchor="middle">{s.site}</text></a> })}
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
  </Shell>
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
