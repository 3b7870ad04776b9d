// The designer: a draft of the study's definition, edited in the middle, with what it consists of at the left, and at the right
// the form as people will fill it in, the test bench for rules, and what keeps the draft from being published.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import { moment, say, t, word } from '../words/words.ts'
import { Bench } from './designerbench.tsx'
import { blankDefinition, find, merge, Past, spotOf, type Definition, type Found, type Merged, type Spot } from './designerdraft.ts'
import { Editor } from './designeredit.tsx'
import { Outline } from './designeroutline.tsx'
import { DeskContext, titleAt, type Desk, type RuleSite } from './designerparts.tsx'
import { Preview, type Tried } from './designerpreview.tsx'
import { scopeOf } from './designerrules.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { loadStudies, loadStudy, mayDo, newest, zone } from './study.ts'

type Kept = { oid: string; hash: string; state: string; changedAt: string; changedBy: string; problems: Found[]; definition: Definition }
type Listed = { drafts: { oid: string; hash: string; state: string }[] }

const seg = encodeURIComponent
const drafts = (study: string, ...path: string[]) => `/studies/${seg(study)}/drafts${path.map(p => '/' + seg(p)).join('')}`

export function Designer({ id }: { id: string }) {
  const asked = new URLSearchParams(location.search).get('draft') ?? ''
  const [chosen, choose] = useState(asked), [begun, begin] = useState<Definition>()
  const list = useLoad(`${id} drafts`, signal => call<Listed>('GET', drafts(id), { signal }))
  const oid = chosen || (list.data?.drafts.length === 1 ? list.data.drafts[0]!.oid : '')
  const crumbs = [{ text: t('versions.all'), href: to.versions(id) }, { text: t('design.title_') }]
  const fresh = (d: Definition) => { begin(d); choose('') }
  if (!mayDo('study.manage')) return <Shell title={t('design.title_')} crumbs={crumbs}><Head title={t('design.title_')} /><Empty icon="shield" title={t('design.notYours')}>{t('design.notYoursDo')}</Empty></Shell>
  return <Shell title={t('design.title_')} crumbs={crumbs} mini>
    {list.problem && <><Head title={t('design.title_')} /><Trouble problem={list.problem} retry={list.reload} /></>}
    {begun ? <Board key={begun.oid} study={id} kept={{ oid: begun.oid, hash: '', state: 'draft', changedAt: '', changedBy: '', problems: [], definition: begun }} />
      : oid ? <Opened key={oid} study={id} oid={oid} />
      : list.data ? <Beginning study={id} listed={list.data.drafts.map(d => d.oid)} open={choose} begin={fresh} /> : !list.problem && <><Head title={t('design.title_')} /><Waiting /></>}
  </Shell>
}

/** No draft yet, or several: where to begin. */
function Beginning({ study, listed, open, begin }: { study: string; listed: string[]; open: (oid: string) => void; begin: (d: Definition) => void }) {
  const [oid, setOid] = useState(`${study}.${newest.value + 1}`), [fault, setFault] = useState<Problem>()
  const copy = async () => {
    try { const { definition } = await call<{ definition: Definition }>('GET', `/studies/${seg(study)}/definition`); begin({ ...definition, oid: oid.trim(), name: oid.trim() }) }
    catch (e) { if (!(e instanceof Problem)) throw e; setFault(e) }
  }
  return <><Head title={t('design.title_')} lead={t('design.lead')} />
    {fault && <Trouble problem={fault} />}
    {listed.length > 0 && <section class="card"><header><h2>{t('design.drafts')}</h2></header><ul class="list">{listed.map(d => <li key={d}><button type="button" class="link" onClick={() => open(d)}>{d}</button></li>)}</ul></section>}
    <Empty icon="form" title={t(newest.value ? 'design.beginNext' : 'design.beginFirst')}>{t('design.beginDo')}
      <form class="row wrap" onSubmit={e => { e.preventDefault(); if (oid.trim()) begin(blankDefinition(oid.trim())) }}>
        <label class="in"><span class="u">OID</span><input class="mono" value={oid} aria-label={t('design.draftOid')} autocomplete="off" onInput={e => setOid(e.currentTarget.value)} /></label>
        {newest.value > 0 && <button type="button" class="btn primary tall" disabled={!oid.trim()} onClick={() => void copy()}>{t('design.fromVersion', { n: newest.value })}</button>}
        <button class={newest.value ? 'btn tall' : 'btn primary tall'} disabled={!oid.trim()}>{t('design.fromNothing')}</button></form></Empty></>
}

function Opened({ study, oid }: { study: string; oid: string }) {
  const { data, problem, reload } = useLoad(`${study} draft ${oid}`, signal => call<Kept>('GET', drafts(study, oid), { signal }))
  if (problem) return <><Head title={oid} /><Trouble problem={problem} retry={reload} /></>
  return data ? <Board key={data.oid} study={study} kept={data} /> : <><Head title={oid} /><Waiting /></>
}

type Panel = 'preview' | 'bench' | 'problems'
type Clash = { theirs: Kept; merged: Merged }

/** Everything that can be done to one draft. */
function Board({ study, kept: first }: { study: string; kept: Kept }) {
  const [kept, keep] = useState(first), [d, setD] = useState(first.definition), [at, select] = useState<Spot | undefined>(first.definition.forms[0] && { kind: 'forms', oid: first.definition.forms[0].oid })
  const [panel, show] = useState<Panel>('preview'), [rule, test] = useState<RuleSite>(), [clash, setClash] = useState<Clash>(), [fault, setFault] = useState<Problem>(), [published, setPublished] = useState(0), [busy, setBusy] = useState(false)
  const now = useRef(d), past = useRef(new Past<Definition>()), tried = useRef<Tried>(new Map()).current
  const unsaved = d !== kept.definition
  const set = useCallback((next: Definition) => { now.current = next; setD(next) }, [])
  const edit = useCallback((change: (d: Definition) => Definition, key = '') => { const next = change(now.current); if (next === now.current) return; past.current.keep(now.current, key); set(next) }, [])
  const undo = useCallback((forward: boolean) => { const then = past.current[forward ? 'redo' : 'undo'](now.current); if (then) { set(then); announced.value = t(forward ? 'design.redone' : 'design.undone') } }, [])
  const scope = useMemo(() => scopeOf(d), [d.items, d.events])
  const form = useForm(d, at), rested = useRested(d)

  const guarded = async (work: () => Promise<void>) => { setBusy(true); try { setFault(undefined); await work() } catch (e) { if (!(e instanceof Problem)) throw e; setFault(e) } finally { setBusy(false) } }
  const save = () => guarded(async () => {
    const sent = now.current
    past.current.rest()
    try {
      const answer = await call<Omit<Kept, 'definition'>>('PUT', drafts(study, sent.oid), { body: sent, headers: kept.hash ? { 'If-Match': `"${kept.hash}"` } : { 'If-None-Match': '*' } })
      keep({ ...answer, definition: sent })
      announced.value = t('design.saved', { n: answer.problems.length })
    } catch (e) {
      if (!(e instanceof Problem) || e.code !== 'trial.draft_changed') throw e
      const theirs = await call<Kept>('GET', drafts(study, sent.oid))
      setClash({ theirs, merged: merge(kept.hash ? kept.definition : blankDefinition(sent.oid), sent, theirs.definition) })
    }
  })
  const settle = (next: Definition) => { const { theirs } = clash!; past.current.keep(now.current, ''); keep(theirs); set(next); setClash(undefined) }
  const advance = (waivers: { name: string; reason: string }[]) => guarded(async () => {
    if (kept.state !== 'validated') {
      const answer = await call<Kept>('POST', drafts(study, d.oid, 'validate'), { body: { hash: kept.hash, waivers } })
      keep({ ...kept, ...answer, problems: kept.problems, definition: kept.definition })
      announced.value = t('design.validated')
      return
    }
    const { number } = await call<{ number: number }>('POST', drafts(study, d.oid, 'publish'), { body: { hash: kept.hash } })
    setPublished(number)
    announced.value = t('versions.published', { oid: d.oid })
    await Promise.all([loadStudy(study), loadStudies()])
  })

  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || published) return
      const letter = e.key.toLowerCase()
      if (letter === 's') { e.preventDefault(); void save() }
      if (letter === 'z' || letter === 'y') { e.preventDefault(); undo(letter === 'y' || e.shiftKey) }
    }
    const leave = (e: BeforeUnloadEvent) => { if (unsaved && !published) e.preventDefault() }
    document.addEventListener('keydown', key)
    addEventListener('beforeunload', leave)
    return () => { document.removeEventListener('keydown', key); removeEventListener('beforeunload', leave) }
  })

  if (published) return <><Head title={d.oid} /><Empty icon="check" title={t('design.published', { n: published })}>{t('design.publishedDo')}<span class="row"><a class="btn primary tall" href={to.versions(study)}>{t('versions.all')}</a><a class="btn tall" href={to.subjects(study)}>{t('nav.subjects')}</a></span></Empty></>
  const open = (site: RuleSite) => { test(site); show('bench') }
  // The bench follows the rule that it was opened on as it is written elsewhere.
  const desk: Desk = { study, d, scope, edit, at, select, problems: kept.problems, test: open }
  const can = past.current.can, standing = rule && followed(rule, desk)
  return <DeskContext.Provider value={desk}>
    <Head title={d.oid} lead={kept.changedAt ? t('design.keptBy', { who: kept.changedBy, at: moment(kept.changedAt, zone.value) }) : t('design.neverKept')}>
      <Tag tone={unsaved ? 'warn' : kept.state === 'validated' ? 'inf' : ''} icon={unsaved ? 'cloud' : kept.state === 'validated' ? 'half' : 'pen'}>{unsaved ? t('design.unsaved') : word('draft', kept.state)}</Tag>
      <button type="button" class="ico" disabled={!can.undo} aria-label={t('design.undo')} title={t('design.undo')} onClick={() => undo(false)}><Icon name="left" /></button>
      <button type="button" class="ico" disabled={!can.redo} aria-label={t('design.redo')} title={t('design.redo')} onClick={() => undo(true)}><Icon name="right" /></button>
      <button type="button" class={unsaved || !kept.hash ? 'btn primary' : 'btn'} disabled={busy || !unsaved && !!kept.hash} onClick={() => void save()}>{t('do.save')} <kbd>Ctrl S</kbd></button>
      {kept.hash && !unsaved && <button type="button" class="btn primary" disabled={busy} onClick={() => void advance([])}>{t(kept.state === 'validated' ? 'versions.publish' : 'versions.validate')}</button>}
    </Head>
    {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)}{fault.place && <span class="xs"> {fault.place}</span>}</span></p>}
    {clash && <Conflict clash={clash} both={() => settle(clash.merged.definition)} theirs={() => settle(clash.theirs.definition)} close={() => setClash(undefined)} d={d} />}
    <div class="designer">
      <Outline />
      <div class="stack">{at ? <Editor spot={at} /> : <Empty icon="pen" title={t('design.nothing')}>{t('design.nothingDo')}</Empty>}</div>
      <div class="stack aside">
        <div class="seg" role="group" aria-label={t('design.panels')}>{(['preview', 'bench', 'problems'] as const).map(p => <button key={p} type="button" aria-pressed={panel === p} onClick={() => show(p)}>{t(`design.panel.${p}`)}{p === 'problems' && kept.problems.length > 0 && <span class="n"> {kept.problems.length}</span>}</button>)}</div>
        {panel === 'preview' && <Preview d={rested} form={find(rested, 'forms', form) && form} tried={tried} />}
        {panel === 'bench' && <Bench site={standing} />}
        {panel === 'problems' && <ProblemList kept={kept} unsaved={unsaved} advance={advance} open={spot => select(spot)} />}
      </div>
    </div>
  </DeskContext.Provider>
}

/** The definition as it was when nobody had typed for a moment: what is drawn from all of it need not follow each letter. */
function useRested(d: Definition): Definition {
  const [rested, rest] = useState(d)
  useEffect(() => { const timer = setTimeout(() => rest(d), 200); return () => clearTimeout(timer) }, [d])
  return rested
}

/** The form that is shown beside: the one that holds what is selected, else the last that was. */
function useForm(d: Definition, at: Spot | undefined): string | undefined {
  const last = useRef(d.forms[0]?.oid)
  const group = at?.kind === 'groups' ? at.oid : at?.kind === 'items' ? d.groups.find(g => g.items.some(r => r.oid === at.oid))?.oid : undefined
  const form = at?.kind === 'forms' ? at.oid : group && d.forms.find(f => f.groups.some(r => r.oid === group))?.oid
  if (form) last.current = form
  return find(d, 'forms', last.current) ? last.current : d.forms[0]?.oid
}

/** A rule under test as it stands now: it may have been written on, or gone. */
function followed(rule: RuleSite, { d }: Desk): RuleSite | undefined {
  const [oid = '', n] = rule.name.split(' ')
  const check = n ? find(d, 'items', oid)?.checks?.[Number(n) - 1] : undefined
  const holder = n ? check : find(d, 'conditions', oid) ?? find(d, 'methods', oid)
  return holder ? { ...rule, source: holder.expressions?.[0]?.code ?? '' } : undefined
}

function Conflict({ clash: { theirs, merged }, both, theirs: take, close, d }: { clash: Clash; both: () => void; theirs: () => void; close: () => void; d: Definition }) {
  const names = (spots: Spot[], of: Definition) => spots.length ? spots.slice(0, 12).map(s => titleAt(of, s)).join(t('design.comma')) + (spots.length > 12 ? ' …' : '') : '–'
  return <section class="card conflict" role="alert"><header><Icon name="alert" class="t-bad" /><h2 class="grow">{t('design.clash', { who: theirs.changedBy, at: moment(theirs.changedAt, zone.value) })}</h2><button type="button" class="ico" aria-label={t('do.close')} onClick={close}><Icon name="x" /></button></header>
    <div class="body stack-1"><dl class="two"><div><dt>{t('design.onlyTheirs')}</dt><dd>{names(merged.theirs, theirs.definition)}</dd></div><div><dt>{t('design.onlyMine')}</dt><dd>{names(merged.mine, d)}</dd></div></dl>
      {merged.both.length > 0 && <p class="t-bad">{t('design.bothChanged', { names: names(merged.both, d) })}</p>}
      <div class="row wrap"><button type="button" class="btn primary" onClick={both}>{t('design.takeBoth')}</button><button type="button" class="btn" onClick={take}>{t('design.takeTheirs')}</button></div></div></section>
}

/** What keeps the draft from being published. A rule that does not run may be answered for, with a reason. */
function ProblemList({ kept, unsaved, advance, open }: { kept: Kept; unsaved: boolean; advance: (waivers: { name: string; reason: string }[]) => Promise<void>; open: (spot: Spot) => void }) {
  const [reasons, setReasons] = useState<Record<string, string>>({})
  const waived = Object.entries(reasons).filter(([name, reason]) => reason.trim() && kept.problems.some(p => p.name === name)).map(([name, reason]) => ({ name, reason: reason.trim() }))
  if (!kept.problems.length) return <Empty icon="check" title={t('design.noProblems')}>{t(unsaved || !kept.hash ? 'design.noProblemsSave' : 'design.noProblemsDo')}</Empty>
  return <section class="card"><header><h3 class="grow">{t('design.problemsN', { n: kept.problems.length })}</h3></header>
    {unsaved && <p class="note warn"><Icon name="clock" /><span>{t('design.stale')}</span></p>}
    <ul class="qlist body">{kept.problems.map((p, i) => { const spot = spotOf(kept.definition, p.name); return <li key={i}>
      <Tag tone={p.kind === 'kept' ? 'warn' : 'bad'} icon="alert">{word('problemKind', p.kind)}</Tag>
      <p>{say(p.texts) || p.code}{p.place && <span class="xs dim"> {p.place}</span>}</p>
      {spot && <button type="button" class="link" onClick={() => open(spot)}>{titleAt(kept.definition, spot)} <span class="xs dim mono">{p.name}</span></button>}
      {p.rule && <code class="mono xs">{p.rule}</code>}
      {p.kind === 'kept' && <label class="in s"><input aria-label={t('design.waive')} placeholder={t('design.waive')} value={entry(reasons, p.name) ?? ''} onInput={e => setReasons({ ...reasons, [p.name]: e.currentTarget.value })} /></label>}</li> })}</ul>
    {waived.length > 0 && !unsaved && <footer class="body"><button type="button" class="btn" onClick={() => void advance(waived)}>{t('design.validateWaived', { n: waived.length })}</button></footer>}
  </section>
}

