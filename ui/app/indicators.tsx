// Indicators: the list, and one of them edited: what is counted, from where on a site is atypical, what a change would have raised in the past, and since when it holds.
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { Indicator, IndicatorVersion, Measure, Simulation, Text } from '../wire/types.ts'
import { figure, moment, say, signed, t, word, type Key } from '../words/words.ts'
import { linear } from './funnel.ts'
import { useLoad } from './load.ts'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, zone } from './study.ts'

export function Indicators({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`indicators ${id}`, signal => api.indicators(id, signal))
  const list = data?.indicators
  return <Shell title={t('kri.title')} crumbs={[{ text: t('monitor.title'), href: to.monitoring(id) }, { text: t('kri.title') }]}>
    <Head title={t('kri.title')} lead={list ? t('kri.lead', { n: list.length }) : ' '}>
      {mayDo('study.manage') && <a class="btn" href={to.indicator(id, blank)}><Icon name="plus" />{t('kri.new')}</a>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!list && !problem && <Waiting />}
    {list && <section class="card"><h2 class="sr">{t('kri.title')}</h2><div class="scroll" tabIndex={0} role="region" aria-label={t('kri.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('heat.indicator')}</th><th scope="col">{t('kri.id')}</th><th scope="col">{t('kri.method')}</th><th scope="col" class="num">{t('kri.thresholds')}</th><th scope="col">{t('kri.signal')}</th><th scope="col" class="num">{t('kri.version')}</th><th scope="col">{t('kri.source')}</th></tr></thead>
      <tbody>{list.map(k => <tr key={k.id}>
        <th scope="row"><a href={to.indicator(id, k.id)}>{say(k.name, k.id)}</a></th><td class="mono xs">{k.id}</td><td>{word('kriMethod', k.method)}</td>
        <td class="num">{k.thresholds.map(v => figure(v, 3)).join(' · ')}</td><td>{k.signal ? word('kriSignal', String(k.signal)) : <span class="dim">{word('kriSignal', '0')}</span>}</td>
        <td class="num">{data.edited.includes(k.id) ? <Tag tone="inf" icon="pen">{k.version}</Tag> : k.version}</td><td class="xs dim">{k.source}</td></tr>)}</tbody></table></div></section>}
  </Shell>
}

/** The address of an indicator that is not there yet: no id can be so. */
const blank = '+'
const empty: Indicator = {
  id: '', version: 1, source: 'casebook', name: { 'zh-CN': '', en: '' }, group: 'site', method: 'normal-rate', numerator: { of: 'values', domain: '', items: [] }, denominator: { of: 'days', domain: 'DS', items: ['DSSTDAT', 'DSDAT'] },
  thresholds: [-3, -2, 2, 3], flags: [-2, -1, 0, 1, 2], accrual: { of: 'denominator', min: 30 }, signal: 2, words: { one: {}, many: {}, per: {}, low: {}, high: {} },
}

export function IndicatorEditor({ id, kri }: { id: string; kri: string }) {
  const fresh = kri === blank
  const { data, problem, reload } = useLoad(`indicator ${id} ${kri}`, signal => fresh ? Promise.resolve({ versions: [] }) : api.indicator(id, kri, signal))
  const stands = data?.versions[0]?.indicator
  const [draft, setDraft] = useState<Indicator>()
  const [sim, setSim] = useState<{ of: string; result: Simulation }>()
  const [busy, setBusy] = useState(false), [refused, setRefused] = useState<Problem>(), [activating, setActivating] = useState(false)
  useEffect(() => { if (data) setDraft(structuredClone(stands ?? empty)) }, [data])
  const next = draft && { ...draft, version: stands ? stands.version + 1 : 1 }
  const mark = JSON.stringify(next)
  const changed = !!draft && JSON.stringify(draft) !== JSON.stringify(stands ?? empty)
  const may = mayDo('study.manage')
  const name = stands ? say(stands.name, kri) : t('kri.new')
  const simulate = async (e: Event) => {
    e.preventDefault()
    setBusy(true)
    try { setSim({ of: mark, result: await api.simulate(id, next!) }); setRefused(undefined); announced.value = t('kri.simulated') }
    catch (x) { if (!(x instanceof Problem)) throw x; setRefused(x) } finally { setBusy(false) }
  }
  const activated = () => {
    setActivating(false); setSim(undefined)
    announced.value = t('kri.active')
    if (fresh) go(to.indicator(id, draft!.id), true); else reload()
  }
  const shown = sim && sim.of === mark ? sim.result : undefined
  return <Shell title={name} crumbs={[{ text: t('monitor.title'), href: to.monitoring(id) }, { text: t('kri.title'), href: to.indicators(id) }, { text: fresh ? t('kri.new') : kri }]}>
    <Head title={name} lead={stands ? t('kri.stands', { id: kri, n: stands.version, source: stands.source }) : t('kri.newLead')} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!draft && !problem && <Waiting />}
    {draft && <div class="two-col even">
      <form class="stack kri" onSubmit={simulate}><fieldset disabled={!may} class="stack plain">
        <legend class="sr">{name}</legend>
        <Fields draft={draft} fresh={fresh} change={part => setDraft({ ...draft, ...part })} />
      </fieldset>
        {refused && <Trouble problem={refused} />}
        {may && <div class="row wrap"><button type="submit" class="btn" disabled={busy || !changed}>{busy ? t('kri.simulating') : t('kri.simulate')}</button>
          <button type="button" class="btn primary" disabled={!shown} onClick={() => setActivating(true)}>{t('kri.activate')}</button>
          {changed && <button type="button" class="btn quiet" onClick={() => setDraft(structuredClone(stands ?? empty))}>{t('kri.undo')}</button>}
          <span class="sub sm">{!changed ? t('kri.changeFirst') : !shown && t('kri.simulateFirst')}</span></div>}
      </form>
      <div class="stack">
        {shown ? <Outcome result={shown} before={stands} after={draft} /> : may && <section class="card"><Empty icon="pulse" title={t('kri.noSim')}>{t('kri.noSimDo')}</Empty></section>}
        {data && data.versions.length > 0 && <Versions list={data.versions} take={may ? k => setDraft({ ...structuredClone(k), version: stands!.version }) : undefined} />}
      </div>
    </div>}
    {activating && <Activate study={id} indicator={next!} close={() => setActivating(false)} done={activated} />}
  </Shell>
}

type Change<T> = (part: Partial<T>) => void

function Field({ label, must, wide, children }: { label: string; must?: boolean; wide?: boolean; children: ComponentChildren }) {
  return <label class={`f ${wide ? 'w3' : ''}`}><span class="lab">{label}{must && <span class="req" aria-hidden="true">*</span>}</span><span class="in">{children}</span></label>
}

const numbers = String.raw`\s*[\-−]?\d+(\.\d+)?(\s*[,，;\s]\s*[\-−]?\d+(\.\d+)?)*\s*`
/** A list as people type it: with commas, spaces, and either minus sign. */
const split = (text: string) => text.replaceAll('−', '-').split(/[,，;\s]+/).filter(Boolean)

function ListField({ label, value, of = 'text', must, change }: { label: string; value: readonly (string | number)[] | undefined; of?: 'text' | 'number'; must?: boolean; change: (v: string[]) => void }) {
  const [text, setText] = useState((value ?? []).join(', '))
  useEffect(() => { if (split(text).join() !== (value ?? []).join()) setText((value ?? []).join(', ')) }, [value])
  return <Field label={label} must={!!must}><input value={text} required={!!must} pattern={of === 'number' ? numbers : undefined} autocomplete="off" spellcheck={false}
    onInput={e => { setText(e.currentTarget.value); change(split(e.currentTarget.value)) }} /></Field>
}

function NumberField({ label, value, least = 0, change }: { label: string; value: number | undefined; least?: number; change: (n: number | undefined) => void }) {
  return <Field label={label}><input type="number" min={least} step={1} value={value ?? ''} onInput={e => change(e.currentTarget.value ? Number(e.currentTarget.value) : undefined)} /></Field>
}

function Pick({ label, value, prefix, choices, change }: { label: string; value: string; prefix: string; choices: readonly string[]; change: (v: string) => void }) {
  return <Field label={label}><select value={value} onChange={e => change(e.currentTarget.value)}>{choices.map(c => <option key={c} value={c}>{word(prefix, c)}</option>)}</select></Field>
}

function TextField({ label, value, lang, must, change }: { label: string; value: Text | undefined; lang: 'zh-CN' | 'en'; must?: boolean; change: (v: Text) => void }) {
  return <Field label={`${label} · ${t(lang === 'en' ? 'compose.en' : 'compose.zh')}`} must={!!must} wide><input lang={lang} required={!!must} value={value?.[lang] ?? ''} autocomplete="off" onInput={e => change({ ...value, [lang]: e.currentTarget.value })} /></Field>
}

const both = ['zh-CN', 'en'] as const
const accruals = ['denominator', 'numerator', 'difference']

function Fields({ draft: d, fresh, change }: { draft: Indicator; fresh: boolean; change: Change<Indicator> }) {
  const whole = d.group === 'study'
  return <>
    <section class="card"><header><h2>{t('kri.what')}</h2></header><div class="fields">
      {both.map(l => <TextField key={l} label={t('kri.name')} lang={l} must value={d.name} change={name => change({ name })} />)}
      {fresh && <Field label={t('kri.id')} must><input required pattern="[a-z0-9_\-]{1,40}" value={d.id} autocomplete="off" spellcheck={false} onInput={e => change({ id: e.currentTarget.value })} /></Field>}
      <Pick label={t('kri.group')} value={d.group} prefix="kriGroup" choices={['site', 'study']} change={group => change(group === 'study' ? { group, method: 'tolerance', thresholds: [0.05, 3] } : { group, method: 'normal-rate', thresholds: [-3, -2, 2, 3], flags: [-2, -1, 0, 1, 2] })} />
      {!whole && <Pick label={t('kri.method')} value={d.method} prefix="kriMethod" choices={['normal-rate', 'normal-binary', 'identity', 'digits', 'weekdays', 'spread', 'shift', 'excess']} change={method => change({ method })} />}
    </div></section>
    <MeasureFields title={t('kri.numerator')} value={d.numerator} change={numerator => change({ numerator })} />
    <MeasureFields title={t('kri.denominator')} value={d.denominator} change={denominator => change({ denominator })} />
    <section class="card"><header><h2>{t('kri.limits')}</h2></header><div class="fields">
      <ListField label={t(whole ? 'kri.tolerance' : 'kri.thresholds')} of="number" must value={d.thresholds} change={v => change({ thresholds: v.map(Number) })} />
      {!whole && <ListField label={t('kri.flags')} of="number" must value={d.flags} change={v => change({ flags: v.map(Number) })} />}
      <Pick label={t('kri.accrual')} value={d.accrual.of} prefix="kriAccrual" choices={accruals} change={of => change({ accrual: { ...d.accrual, of } })} />
      <NumberField label={t('kri.accrualMin')} value={d.accrual.min} change={min => change({ accrual: { ...d.accrual, min: min ?? 0 } })} />
      {!whole && <ListField label={t('kri.weights')} of="number" value={d.weights} change={v => { const { weights: _, ...rest } = d; change({ ...rest, weights: v.length ? v.map(Number) : undefined } as Partial<Indicator>) }} />}
      <Pick label={t('kri.signal')} value={String(d.signal)} prefix="kriSignal" choices={['0', '1', '2']} change={v => change({ signal: Number(v) })} />
    </div></section>
    <details class="card"><summary>{t('kri.words')}</summary><div class="fields">
      {(['one', 'many', 'per', 'low', 'high'] as const).map(w => both.map(l => <TextField key={w + l} label={word('kriWord', w)} lang={l} value={d.words[w]} change={v => change({ words: { ...d.words, [w]: v } })} />))}
    </div></details>
  </>
}

const counted = ['values', 'days', 'subjects', 'queries', 'cleared', 'reopened', 'saves', 'pages', 'changed', 'blanks', 'reports', 'prints', 'copies', 'follows', 'carried', 'visits', 'untimely', 'verifiable', 'unverified', 'phones', 'shared']
/** What narrows each thing that can be counted. */
const narrowed: Record<string, (keyof Measure)[]> = {
  values: ['domain', 'items', 'in', 'digits', 'outside', 'weekend', 'first', 'later', 'soon', 'status'], days: ['domain', 'items', 'since'], subjects: ['status'], queries: ['older'], verifiable: ['older'], unverified: ['older'], saves: ['night', 'within'], reports: ['night', 'within', 'equal'],
}
const yesNo: (keyof Measure)[] = ['weekend', 'first', 'night', 'equal']
const whole: (keyof Measure)[] = ['later', 'soon', 'older', 'within']
const listed: (keyof Measure)[] = ['digits', 'outside']

function MeasureFields({ title, value: m, change }: { title: string; value: Measure; change: (m: Measure) => void }) {
  const put = (part: Partial<Record<keyof Measure, unknown>>) => {
    const all = Object.entries({ ...m, ...part }).filter(([k, v]) => k === 'of' || v !== undefined && v !== '' && v !== false && !(Array.isArray(v) && !v.length))
    change(Object.fromEntries(all) as Measure)
  }
  return <section class="card"><header><h2>{title}</h2></header><div class="fields">
    <Pick label={t('kri.of')} value={m.of} prefix="kriOf" choices={counted} change={of => change({ of })} />
    {(narrowed[m.of] ?? []).map(k => yesNo.includes(k) ? <label key={k} class="f check"><input type="checkbox" checked={!!m[k]} onChange={e => put({ [k]: e.currentTarget.checked })} /> {word('kriBy', k)}</label>
      : whole.includes(k) ? <NumberField key={k} label={word('kriBy', k)} value={m[k] as number || undefined} change={v => put({ [k]: v })} />
        : k === 'domain' ? <Field key={k} label={word('kriBy', k)}><input value={m.domain ?? ''} autocomplete="off" spellcheck={false} onInput={e => put({ domain: e.currentTarget.value.trim() })} /></Field>
          : <ListField key={k} label={word('kriBy', k)} of={listed.includes(k) ? 'number' : 'text'} value={m[k] as (string | number)[] | undefined} change={v => put({ [k]: listed.includes(k) ? v.map(Number) : v })} />)}
  </div></section>
}

const tone = (flag: number | null) => !flag ? '' : Math.abs(flag) >= 2 ? 'r' : 'a'

/** What the candidate would have raised in the past, beside what stands; and where each site would stand now. */
function Outcome({ result: r, before, after }: { result: Simulation; before: Indicator | undefined; after: Indicator }) {
  const [old, now] = r.raised, more = now - old
  const says: [Key, number] = more > 0 ? ['kri.more', more] : more < 0 ? ['kri.fewer', -more] : ['kri.same', now]
  const limits = after.method === 'identity' || after.group === 'study' ? [] : after.thresholds
  const scores = r.now.flatMap(s => s.score).filter(v => v !== null)
  const low = Math.min(-3.5, ...scores, ...limits.map(v => v - .5)), high = Math.max(3.5, ...scores, ...limits.map(v => v + .5))
  const x = linear([low, high], [6, 114])
  return <section class="card"><header><h2 class="grow">{t('kri.outcome')}</h2><span class="xs dim">{t('kri.weeks', { n: r.weeks.length })}</span></header>
    <div class="body stack-1"><p class="big-say">{t(says[0], { n: says[1] })}</p>
      <p class="sub">{before ? t('kri.against', { old, now, sitesOld: r.sites[0], sitesNow: r.sites[1] }) : t('kri.alone', { now, sitesNow: r.sites[1] })}</p>
      <Weeks result={r} /></div>
    {r.now.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('kri.bySite')}><table class="tbl heat">
      <caption class="sr">{t('kri.bySite')}</caption>
      <thead><tr><th scope="col">{t('monitor.site')}</th><th scope="col"><span aria-hidden="true">○ {t('kri.old')} ● {t('kri.now')}</span><span class="sr">{t('kri.picture')}</span></th><th scope="col" class="num">{t('kri.old')}</th><th scope="col" class="num">{t('kri.now')}</th><th scope="col" class="num">{t('kri.raised')}</th></tr></thead>
      <tbody>{r.now.map(s => <tr key={s.site} class={tone(s.flag[1]) && `out ${tone(s.flag[1])}`}>
        <th scope="row"><b>{s.site}</b> {say(s.siteName)}</th>
        <td><svg class="dumb" viewBox="0 0 120 24" aria-hidden="true"><line class="gr" x1={x(0)} x2={x(0)} y1="0" y2="24" />
          {limits.map(v => <line key={v} class={Math.abs(v) === Math.max(...limits.map(Math.abs)) ? 'lr' : 'la'} x1={x(v)} x2={x(v)} y1="0" y2="24" />)}
          {s.score[0] !== null && s.score[1] !== null && <line class="link" x1={x(s.score[0])} x2={x(s.score[1])} y1="12" y2="12" />}
          {s.score[0] !== null && <circle class="old" cx={x(s.score[0])} cy="12" r="4.5" />}{s.score[1] !== null && <circle class={`new ${tone(s.flag[1])}`} cx={x(s.score[1])} cy="12" r="3.5" />}</svg></td>
        {([0, 1] as const).map(i => <td key={i} class="num">{s.score[i] === null ? <span class="dim" title={t('monitor.few')}>–<span class="sr">{t('monitor.few')}</span></span> : <span class={`hc ${tone(s.flag[i])} ${s.flag[i] === null ? 'dim' : ''}`} title={s.flag[i] === null ? t('monitor.few') : undefined}>{signed(s.score[i]!)}{s.flag[i] === null && <span class="sr">{t('monitor.few')}</span>}</span>}</td>)}
        <td class="num">{s.raised[0]} → {s.raised[1]}</td></tr>)}</tbody></table></div>}
  </section>
}

/** How many sites called for a signal, week by week: two lines of steps. */
function Weeks({ result: r }: { result: Simulation }) {
  if (r.weeks.length < 2) return null
  const top = Math.max(1, ...r.weeks.flatMap(w => w.calls))
  const x = linear([0, r.weeks.length - 1], [24, 470]), y = linear([0, top], [84, 8])
  const line = (i: 0 | 1) => r.weeks.map((w, n) => `${n ? `${x(n).toFixed(1)},${y(r.weeks[n - 1]!.calls[i]).toFixed(1)} ` : ''}${x(n).toFixed(1)},${y(w.calls[i]).toFixed(1)}`).join(' ')
  return <figure class="plot weeks"><svg viewBox="0 0 480 92" role="img" aria-label={t('kri.weeksAlt', { old: r.weeks.at(-1)!.calls[0], now: r.weeks.at(-1)!.calls[1] })}>
    <line class="gr" x1="24" x2="470" y1={y(0)} y2={y(0)} /><text x="16" y={y(0) + 4} text-anchor="end">0</text><text x="16" y={y(top) + 4} text-anchor="end">{top}</text>
    <polyline class="old" points={line(0)} /><polyline class="course" points={line(1)} /></svg><figcaption class="xs sub">{t('kri.weeksSay')}</figcaption></figure>
}

function Versions({ list, take }: { list: IndicatorVersion[]; take: ((k: Indicator) => void) | undefined }) {
  return <section class="card"><header><h2>{t('kri.versions')}</h2></header><ul class="list">{list.map((v, i) => <li key={v.indicator.version}>
    <div class="grow"><p><b>{t('kri.versionN', { n: v.indicator.version })}</b> {i === 0 && <Tag tone="ok" icon="check">{t('kri.current')}</Tag>} <span class="xs dim">{v.at ? `${v.by} · ${moment(v.at, zone.value)}` : v.indicator.source}</span></p>
      {v.reason && <p class="sub">{v.reason}</p>}{v.at && list[i + 1] && <p class="xs mono wrap-any">{differences(list[i + 1]!.indicator, v.indicator).join(' · ')}</p>}</div>
    {take && i > 0 && <button type="button" class="btn s" onClick={() => take(v.indicator)}>{t('kri.take')}</button>}</li>)}</ul></section>
}

/** What differs between two versions, as their files say it. */
function differences(a: Indicator, b: Indicator): string[] {
  const flat = (v: unknown) => Array.isArray(v) ? v.join(' ') : typeof v === 'object' ? JSON.stringify(v) : String(v ?? '–')
  return ([...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof Indicator)[]).filter(k => k !== 'version' && JSON.stringify(a[k]) !== JSON.stringify(b[k])).map(k => `${k}: ${flat(a[k])} → ${flat(b[k])}`)
}

function Activate({ study, indicator, close, done }: { study: string; indicator: Indicator; close: () => void; done: () => void }) {
  const [reason, setReason] = useState(''), [busy, setBusy] = useState(false), [problem, setProblem] = useState<Problem>()
  const send = async (e: Event) => {
    e.preventDefault()
    setBusy(true)
    try { await api.editIndicator(study, indicator, reason.trim()); done() } catch (x) { if (!(x instanceof Problem)) throw x; setProblem(x); setBusy(false) }
  }
  return <Dialog title={t('kri.activateN', { id: indicator.id, n: indicator.version })} close={close}><form onSubmit={send}>
    <div class="body stack-1"><p class="sub">{t('kri.activateAbout')}</p>
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
      <div class="f"><div class="lab"><label for="kri-why">{t('locks.reason')}</label><span class="req" aria-hidden="true">*</span></div><div class="in"><input id="kri-why" autofocus required value={reason} autocomplete="off" onInput={e => setReason(e.currentTarget.value)} /></div></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={busy || !reason.trim()}>{t('kri.activate')}</button></footer>
  </form></Dialog>
}
