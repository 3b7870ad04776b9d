// Versions of the study: drafts, what is published, which site works by which, what differs, and a site's way to another version.
import { Fragment } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Chip, Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { moment, say, t, word, type Key } from '../words/words.ts'
import { useLoad } from './load.ts'
import { OriginTag, Promote, type Origin } from './promote.tsx'
import { lazy } from './lazy.tsx'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index, loadStudy, mayDo, study, zone } from './study.ts'

type Published = { number: number; oid: string; hash: string; publishedAt: string; publishedBy: string; origin?: Origin }
type Draft = { oid: string; hash: string; state: string; changedAt: string; changedBy: string }
type Site = { id: string; name: Text; version?: number; since?: string }
type Versions = { versions: Published[]; sites: Site[]; drafts: Draft[] }
type Change = { kind: string; what: string; oid?: string; name?: Text; field?: string; lang?: string; was?: string; is?: string; impact?: string[] }
type Spot = { ref: string; group: string; repeat: string; item: string; value?: string }
type Asked = { ref: string; rule: string; place: Spot }
type Moved = {
  subject: string; forms: number; lost?: Spot[]; shown?: Spot[]; opened?: Asked[]; closed?: Asked[]; computed?: { ref: string; old: Spot; new: Spot }[]
  signatures?: string[]; marks?: Spot[]; reopened?: string[]; unfinished?: string[]; visits?: string[]
}

const Organisation = lazy(() => import('./organisation.tsx'), m => m.Organisation)
const Approvals = lazy(() => import('./approvals.tsx'), m => m.Approvals)
const NewSite = lazy(() => import('./designernew.tsx'), m => m.NewSite)

const seg = encodeURIComponent
const at = (study: string, path: string) => `/studies/${seg(study)}${path}`
const impacts = ['destructive', 'breaks signature', 'breaks SDV', 'unfreezes', 'unsubmits', 'rechecks']
const graveness = (impact: string): [string, IconName] => impact === 'destructive' ? ['bad', 'alert'] : impact.startsWith('breaks') ? ['warn', 'warn'] : ['inf', 'info']
/** What can become of a casebook, gravest first. */
const classes = ['lost', 'signatures', 'marks', 'reopened', 'unfinished', 'opened', 'computed', 'visits', 'shown', 'closed'] as const
const heads: Record<typeof classes[number], Key> = {
  lost: 'amend.lost', signatures: 'amend.signatures', marks: 'amend.marks', reopened: 'amend.reopened', unfinished: 'amend.unfinished', opened: 'amend.opened',
  computed: 'amend.computed', visits: 'amend.visits', shown: 'amend.shown', closed: 'amend.closed',
}
const count = (all: Moved[], what: typeof classes[number]) => all.reduce((n, m) => n + (m[what]?.length ?? 0), 0)

export function VersionsPage({ id }: { id: string }) {
  const manages = mayDo('study.manage')
  const { data, problem, reload } = useLoad(`${id} versions`, async (signal): Promise<Versions> => {
    const [published, drafts] = await Promise.all([call<Omit<Versions, 'drafts'>>('GET', at(id, '/versions'), { signal }),
      manages ? call<{ drafts: Draft[] }>('GET', at(id, '/drafts'), { signal }) : { drafts: [] }])
    return { ...published, ...drafts }
  })
  const [amended, amend] = useState<Site>()
  const numbers = data?.versions.map(v => v.number) ?? [], newest = numbers[0] ?? 0
  return <Shell title={t('versions.title')} crumbs={[{ text: t('versions.title') }]}>
    <Head title={t('versions.title')} lead={t('versions.lead')}>{manages && <><NewSite study={id} added={() => { reload(); void loadStudy(id) }} /><a class="btn primary" href={to.design(id)}><Icon name="pen" />{t('versions.design')}</a></>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && <List study={id} data={data} changed={() => { reload(); void loadStudy(id) }} />}
    {data && manages && study.value?.environment === 'PRODUCTION' && <Promote id={id} done={() => { reload(); void loadStudy(id) }} />}
    {data && <Sites sites={data.sites} newest={newest} plan={manages && numbers.length > 1 ? amend : undefined} chosen={amended} />}
    {amended && <Amendment key={amended.id} study={id} site={amended} numbers={numbers} changed={reload} />}
    {data && manages && <Approvals id={id} />}
    {data && manages && <Organisation id={id} />}
    {numbers.length > 1 && <Differences study={id} numbers={numbers} />}
    {data && numbers.length === 1 && <Empty icon="branch" title={t('versions.one')}>{t('versions.oneDo')}</Empty>}
  </Shell>
}

const Hash = ({ hash }: { hash: string }) => <span class="mono xs" title={hash}>{hash.slice(0, 12)}</span>

/** Drafts on their way, and below them what is published, newest first. */
function List({ study, data, changed }: { study: string; data: Versions; changed: () => void }) {
  const [fault, setFault] = useState<Problem>()
  const move = async (d: Draft) => {
    setFault(undefined)
    try {
      const step = d.state === 'validated' ? 'publish' : 'validate'
      await call('POST', at(study, `/drafts/${seg(d.oid)}/${step}`), { body: step === 'publish' ? { hash: d.hash } : { hash: d.hash, waivers: [] } })
      if (step === 'publish') announced.value = t('versions.published', { oid: d.oid })
      changed()
    } catch (e) { if (!(e instanceof Problem)) throw e; setFault(e) }
  }
  return <section class="card"><header><h2 class="grow">{t('versions.all')}</h2></header>
    {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)}{fault.place && <span class="xs"> {fault.place}</span>}</span></p>}
    {!data.drafts.length && !data.versions.length ? <Empty icon="branch" title={t('versions.none')}>{t('versions.noneDo')}</Empty> : <div class="scroll" tabIndex={0} role="region" aria-label={t('versions.all')}><table class="tbl">
      <thead><tr><th scope="col">{t('versions.version')}</th><th scope="col">{t('versions.state')}</th><th scope="col">OID</th><th scope="col">{t('versions.hash')}</th><th scope="col">{t('versions.changed')}</th><th scope="col" class="fill">{t('versions.by')}</th></tr></thead>
      <tbody>
        {data.drafts.map(d => <tr key={d.oid}><th scope="row">–</th><td><Tag tone={d.state === 'validated' ? 'inf' : ''} icon={d.state === 'validated' ? 'half' : 'pen'}>{word('draft', d.state)}</Tag></td>
          <td>{d.oid}</td><td><Hash hash={d.hash} /></td><td class="sub">{moment(d.changedAt, zone.value)}</td>
          <td class="fill"><span class="row">{d.changedBy}<button type="button" class="btn s" onClick={() => void move(d)}>{t(d.state === 'validated' ? 'versions.publish' : 'versions.validate')}<span class="sr"> {d.oid}</span></button></span></td></tr>)}
        {data.versions.map((v, i) => <tr key={v.number}><th scope="row"><b>{v.number}</b>{i === 0 && <span class="xs dim"> {t('versions.newest')}</span>}</th><td><Tag tone="ok" icon="check">{word('draft', 'published')}</Tag></td>
          <td>{v.oid}</td><td><Hash hash={v.hash} /></td><td class="sub">{moment(v.publishedAt, zone.value)}</td><td class="fill"><span class="row wrap">{v.publishedBy}{v.origin && <OriginTag origin={v.origin} />}</span></td></tr>)}
      </tbody></table></div>}</section>
}

function Sites({ sites, newest, plan, chosen }: { sites: Site[]; newest: number; plan: ((site: Site) => void) | undefined; chosen: Site | undefined }) {
  return <section class="card"><header><h2 class="grow">{t('versions.sites')}</h2></header>
    {!sites.length ? <Empty icon="flag" title={t('versions.noSite')}>{t('versions.noSiteDo')}</Empty> : <div class="scroll" tabIndex={0} role="region" aria-label={t('versions.sites')}><table class="tbl">
      <thead><tr><th scope="col">{t('matrix.site')}</th><th scope="col">{t('versions.works')}</th><th scope="col" class="fill">{t('versions.since')}</th></tr></thead>
      <tbody>{sites.map(s => <tr key={s.id}><th scope="row"><b>{s.id}</b> {say(s.name)}</th>
        <td>{(s.version ?? newest) < newest ? <Tag tone="warn" icon="clock">{s.version} {t('versions.behind')}</Tag> : <Tag tone="ok" icon="check">{s.version ?? newest}</Tag>}</td>
        <td class="fill"><span class="row">{s.since ? moment(s.since, zone.value) : '–'}{plan && <button type="button" class="btn s" aria-pressed={chosen?.id === s.id} onClick={() => plan(s)}>{t('versions.plan')}<span class="sr"> {s.id}</span></button>}</span></td></tr>)}</tbody></table></div>}</section>
}

/** What of a definition differs, in words: "checks[2].message" in Chinese is "Check 2 · message · 中文". */
function memberOf({ field, lang }: Change) {
  const [, name = '', key = '', part = ''] = /^(\w+)(?:\[(.*)\])?(?:\.(\w+))?$/s.exec(field ?? '') ?? []
  const said = [name && `${word('member', name)}${key && ` ${key}`}`, part && word('member', part), lang && word('langOf', lang)]
  return said.filter(Boolean).join(' · ')
}

const isRule = ({ field = '' }: Change) => /^checks(\[\d+\](\.rule)?)?$|^expressions$|^variables$/.test(field)

/** One side of a difference: a rule by its source, yes and no in words, all else as it is written. */
function Side({ as: As, c, text }: { as: 'ins' | 'del'; c: Change; text: string | undefined }) {
  if (!text) return null
  return <As>{isRule(c) ? <code class="rule">{text}</code> : text === 'true' ? t('versions.yes') : text}</As>
}

function Differences({ study, numbers }: { study: string; numbers: number[] }) {
  const [from, setFrom] = useState(numbers[1]!), [to, setTo] = useState(numbers[0]!), [impact, setImpact] = useState('')
  const { data, problem, reload } = useLoad(`${study} diff ${from} ${to}`, signal => call<{ changes: Change[] }>('GET', at(study, `/versions/diff?from=${from}&to=${to}`), { signal }))
  const choices = numbers.map(n => ({ value: String(n), text: String(n) })), shown = data?.changes.filter(c => !impact || c.impact?.includes(impact)) ?? []
  return <section class="card"><header><h2 class="grow">{t('versions.diff')}</h2>
    <Chip name={t('versions.from')} value={String(from)} choices={choices} onChange={v => setFrom(Number(v))} /><Chip name={t('versions.to')} value={String(to)} choices={choices} onChange={v => setTo(Number(v))} />
    <Chip name={t('versions.impact')} icon="filter" value={impact} onChange={setImpact} choices={[{ value: '', text: t('versions.any') }, ...impacts.map(i => ({ value: i, text: `${word('impact', i)} (${data?.changes.filter(c => c.impact?.includes(i)).length ?? 0})` }))]} /></header>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.changes.length && <Empty icon="check" title={t('versions.same')} />}
    {shown.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('versions.diff')}><table class="tbl diff">
      <thead><tr><th scope="col"><span class="sr">{t('versions.state')}</span></th><th scope="col">{t('versions.what')}</th><th scope="col">{t('versions.field')}</th><th scope="col" class="about">{t('versions.was')}</th><th scope="col" class="about">{t('versions.is')}</th><th scope="col" class="fill">{t('versions.impact')}</th></tr></thead>
      <tbody>{shown.map((c, i) => <tr key={i}>
        <td><Tag tone={c.kind === 'added' ? 'ok' : c.kind === 'removed' ? 'bad' : 'inf'} icon={c.kind === 'added' ? 'plus' : c.kind === 'removed' ? 'dash' : 'pen'}>{word('change', c.kind)}</Tag></td>
        <th scope="row">{c.oid ? <>{say(c.name, c.oid)}<br /><span class="xs dim">{word('what', c.what)} {c.oid}</span></> : word('what', c.what)}</th><td>{memberOf(c)}</td><td class="about wrap-any"><Side as="del" c={c} text={c.was} /></td><td class="about wrap-any"><Side as="ins" c={c} text={c.is} /></td>
        <td class="fill"><span class="row wrap">{c.impact?.map(x => { const [tone, icon] = graveness(x); return <Tag key={x} tone={tone} icon={icon}>{word('impact', x)}</Tag> })}</span></td></tr>)}</tbody></table></div>}
    {data && <p class="body xs dim" role="status">{t('versions.changes', { n: shown.length })}</p>}
  </section>
}

type Way = { all: number; told?: Moved[]; done: number; state: 'tried' | 'going' | 'stopped' | 'done'; before: number; from: number }

/** What another version would do to a site's casebooks, and the same done: both batch by batch, so that it can be watched, stopped and gone on with. */
function Amendment({ study, site, numbers, changed }: { study: string; site: Site; numbers: number[]; changed: () => void }) {
  const [to, setTo] = useState(numbers.find(n => n !== site.version) ?? numbers[0]!), [reason, setReason] = useState('')
  const [way, setWay] = useState<Way>(), [fault, setFault] = useState<Problem>(), [tries, setTries] = useState(1)
  const going = useRef(false), turn = useRef(0)
  const path = at(study, `/sites/${seg(site.id)}/amendment`)
  const standing = () => call<{ version: number; before?: number; casebooks: number; behind: number }>('GET', `${path}?to=${to}`)
  const guarded = async (work: () => Promise<void>) => { setFault(undefined); try { await work() } catch (e) { if (!(e instanceof Problem)) throw e; setFault(e); setWay(w => w?.state === 'going' ? { ...w, state: 'stopped' } : w) } finally { going.current = false } }
  useEffect(() => {
    const mine = ++turn.current
    void guarded(async () => {
      const now = await standing(), told: Moved[] = []
      for (let after = ''; turn.current === mine;) {
        const { casebooks } = await call<{ casebooks: Moved[] }>('POST', `${path}/trial`, { body: { to, after } })
        told.push(...casebooks)
        if (turn.current === mine) setWay({ all: now.behind, told: [...told], done: told.length, state: 'tried', before: now.before ?? 0, from: now.version })
        if (!casebooks.length) return
        after = casebooks.at(-1)!.subject
      }
    })
    return () => { turn.current++ }
  }, [to, tries])
  const apply = () => guarded(async () => {
    const told = way!.told, from = way!.from
    going.current = true
    for (let done = way!.state === 'stopped' ? way!.done : 0; ;) {
      const { casebooks } = await call<{ casebooks: Moved[] }>('POST', `${path}/steps`, { body: { to, expect: from, reason: reason.trim() } })
      done += casebooks.length
      const state = !casebooks.length ? 'done' : going.current ? 'going' : 'stopped'
      setWay(w => ({ ...w!, told: told ?? [], done, all: Math.max(w!.all, done), state }))
      if (state === 'going') continue
      if (state === 'done') announced.value = t('amend.done', { site: site.id, to })
      changed()
      return
    }
  })
  const told = way?.told ?? [], ready = way && way.state === 'tried' && way.done >= way.all
  const label = way && t(way.state === 'tried' ? 'amend.tried' : way.state === 'stopped' ? 'amend.stopped' : 'amend.moved', { done: way.done, all: way.all })
  return <section class="card amend"><header><h2 class="grow">{t('amend.title', { site: site.id, from: way?.from ?? '…', to })}</h2>
    <Chip name={t('amend.to')} value={String(to)} onChange={v => { setWay(undefined); setTo(Number(v)) }} choices={numbers.map(n => ({ value: String(n), text: n === way?.before ? t('amend.back', { n }) : String(n) }))} /></header>
    <div class="body stack-1">
      {fault && (way && way.state !== 'tried' ? <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)}</span></p> : <Trouble problem={fault} retry={() => setTries(tries + 1)} />)}
      {!way && !fault && <Waiting />}
      {way && way.all > 0 && <><progress max={way.all} value={way.done} aria-label={label} /><p class="sub" role="status">{label}</p></>}
      {way && way.all === 0 && <Empty icon="check" title={t('amend.none')}>{t('amend.noneDo')}</Empty>}
      {told.length > 0 && <dl class="counts">{classes.map(c => <div key={c} data-class={c} data-some={count(told, c) > 0}><dt>{t(heads[c])}</dt><dd>{count(told, c)}</dd></div>)}</dl>}
    </div>
    {told.length > 0 && <Casebooks told={told} />}
    {way?.state === 'done' ? <p class="note ok" role="status"><Icon name="check" /><span>{t('amend.done', { site: site.id, to })}</span></p>
      : (ready || way?.state === 'going' || way?.state === 'stopped') && way.from !== to && <form class="body row wrap" onSubmit={e => { e.preventDefault(); void apply() }}>
        <label class="f grow"><span class="lab">{t('amend.reason')} <span class="req" aria-hidden="true">*</span></span><span class="in"><input value={reason} required autocomplete="off" disabled={way.state === 'going'} onInput={e => setReason(e.currentTarget.value)} /></span></label>
        {way.state === 'going' ? <button type="button" class="btn" onClick={() => { going.current = false }}>{t('amend.stop')}</button>
          : <button class="btn primary" disabled={!reason.trim()}>{way.state === 'stopped' ? t('amend.on') : t('amend.apply', { site: site.id })}</button>}</form>}
  </section>
}

/** One line for each casebook of which something becomes; the places open below it. */
function Casebooks({ told }: { told: Moved[] }) {
  const [open, setOpen] = useState('')
  const named = classes.filter(c => count(told, c) > 0)
  return <div class="scroll" tabIndex={0} role="region" aria-label={t('amend.details')}><table class="tbl">
    <thead><tr><th scope="col">{t('amend.subject')}</th><th scope="col" class="num">{t('amend.forms')}</th>{named.map(c => <th scope="col" class="num" key={c}>{t(heads[c])}</th>)}</tr></thead>
    <tbody>{told.map(m => <Fragment key={m.subject}>
      <tr><th scope="row"><button type="button" class="link" aria-expanded={open === m.subject} onClick={() => setOpen(open === m.subject ? '' : m.subject)}>{m.subject}</button></th>
        <td class="num">{m.forms}</td>{named.map(c => <td class="num" key={c}>{m[c]?.length ?? <span class="dim">0</span>}</td>)}</tr>
      {open === m.subject && <tr><td colSpan={named.length + 2}><Places moved={m} /></td></tr>}</Fragment>)}</tbody>
    <tfoot><tr><th scope="row">{t('amend.total')}</th><td class="num">{told.reduce((n, m) => n + m.forms, 0)}</td>{named.map(c => <td class="num" key={c}>{count(told, c)}</td>)}</tr></tfoot></table></div>
}

/** Where a form stands, as people call it. */
function where(ref: string): string {
  const [event = '', repeat = '', form = ''] = ref.split('/')
  const e = index.value?.events.get(event)
  return [e ? say(e.description, e.name) + (repeat !== '1' ? ` ${repeat}` : '') : event, form && say(index.value?.forms.get(form)?.description, form)].filter(Boolean).join(' · ')
}
const item = (oid: string) => index.value?.itemLabel(oid) ?? oid
const value = (s: Spot) => index.value?.valueLabel(s.item, s.value ?? '') ?? s.value ?? ''

function Places({ moved: m }: { moved: Moved }) {
  const lines: Record<typeof classes[number], string[]> = {
    lost: (m.lost ?? []).map(s => `${where(s.ref)} · ${item(s.item)}: ${value(s)}`), shown: (m.shown ?? []).map(s => `${where(s.ref)} · ${item(s.item)}: ${value(s)}`),
    marks: (m.marks ?? []).map(s => `${where(s.ref)} · ${item(s.item)}: ${value(s)}`), opened: (m.opened ?? []).map(a => `${where(a.ref)} · ${item(a.place.item)}: ${value(a.place)} (${a.rule})`),
    closed: (m.closed ?? []).map(a => `${where(a.ref)} · ${item(a.place.item)}: ${value(a.place)} (${a.rule})`),
    computed: (m.computed ?? []).map(c => `${where(c.ref)} · ${item(c.new.item)}: ${c.old.value || '–'} → ${c.new.value || '–'}`),
    signatures: m.signatures ?? [], reopened: (m.reopened ?? []).map(p => where(p) || p), unfinished: (m.unfinished ?? []).map(where), visits: (m.visits ?? []).map(v => v),
  }
  return <>{classes.filter(c => lines[c].length).map(c => <details key={c} open={lines[c].length < 12}><summary>{t(heads[c])} <span class="xs dim">{lines[c].length}</span></summary><ul class="places">{lines[c].map((line, i) => <li key={i}>{line}</li>)}</ul></details>)}</>
}
