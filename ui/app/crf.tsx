// The page of one form: the tree of visits at the left, the form, and its history in the drawer.
import { effect, useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Index, label } from '../form/definition.ts'
import { FormView } from '../form/form.tsx'
import { ActivityDialog } from '../form/aside.tsx'
import { control, HostContext, type Host } from '../form/host.ts'
import { Live } from '../form/live.ts'
import type { FormModel } from '../form/model.ts'
import { Icon } from '../look/icon.tsx'
import { Menu, percent, Ring, Trouble, Waiting } from '../look/parts.tsx'
import { api, formPath } from '../wire/api.ts'
import type { Closure, FormAt, Part, Place } from '../wire/types.ts'
import { clock, say, t, when, word } from '../words/words.ts'
import { Attachments } from './attachments.tsx'
import { AuditPanel } from './audit.tsx'
import { formLook, formTitle, nthTitle, visitTitle } from './casebook.tsx'
import { retryNow, take } from './desk.ts'
import { content, open } from './drawer.tsx'
import { DoubleEntry } from './entries.tsx'
import { useLoad } from './load.ts'
import { FormQueries } from './queries.tsx'
import { go, to } from './route.ts'
import { announced, session } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index, mayWrite, newest, zone } from './study.ts'
import { share, strands, whole, type Strand } from './visits.ts'

const crfDrawerFrom = 1360 // px of window width from which the history is open beside the form

export function Crf({ at }: { at: FormAt }) {
  const path = formPath(at)
  const subject = useLoad(`${at.study} ${at.subject}`, signal => api.subject(at.study, at.subject, signal))
  const data = useLoad(path, signal => api.form(at, signal))
  const definition = useDefinition(at.study, data.data?.definition)
  const form = useMemo(() => data.data && definition ? take(at, definition.sections(at.form, data.data.computed), data.data, Live) : undefined, [data.data, definition])
  const place = useSignal<Partial<Place> | undefined>(undefined)
  const switching = useSignal<{ part: Part; active: boolean } | undefined>(undefined)
  useEffect(() => { place.value = undefined; if (innerWidth >= crfDrawerFrom && open.peek() === undefined) open.value = 'audit' }, [path])
  useDrawer(at, form, place, data.data?.site ?? '', data.reload)
  useEffect(() => form && follow(form, subject.reload), [form])

  const standings = useLoad(`${path} standings`, signal => api.standings(at.study, at.subject, signal))
  const closed = standings.data && stageAt(standings.data.stages, at)
  const host = useMemo<Host>(() => ({
    zone: zone.value, readOnly: !!closed || !!data.data && !mayWrite(data.data.site),
    focused: field => { place.value = field.place },
    history: field => { place.value = field.place; open.value = 'audit' },
    query: () => { open.value = 'queries' },
    ...(data.data && mayWrite(data.data.site) && !closed ? { activity: (_, part, active) => { switching.value = { part, active } } } : {}),
  }), [zone.value, data.data?.site, closed])

  const all = useMemo(() => subject.data ? strands(subject.data) : [], [subject.data])
  const { event, title, previous, next } = around(at, all)
  useFormKeys(previous, next)
  const name = definition?.forms.get(at.form)
  const asked = index.value?.forms.get(at.form), log = !!asked?.repeating && !asked.doubleEntry
  const double = data.data?.double
  const formName = title ?? (name ? label(name) : at.form)
  return <Shell mini title={`${at.subject} · ${formName}`} crumbs={[
    { text: t('nav.subjects'), href: to.subjects(at.study) }, { text: at.subject, href: to.casebook(at.study, at.subject) }, { text: formName }]}>
    <Head title={<>{at.subject}{event && ` · ${event}`}<span class="sr"> · {formName}</span></>} lead={formName}>
      {closed && <span class="mark warn big"><Icon name="key" />{word('stage', closed)}</span>}
      {closed || double ? null : host.readOnly ? <span class="mark dim big"><Icon name="info" />{t('crf.readOnly')}</span> : form && <SaveState form={form} />}
      <div class="row">
        {log && <a class="btn" href={to.log(at.study, at.subject, at.event, at.eventRepeat, at.form)}><Icon name="rows" />{t('log.open')}</a>}
        {host.activity && form && form.version.value > 0 && form.state.value !== 'inactive' && <Menu label={t('aside.menu')} items={[{ text: t('aside.make'), icon: 'dash', run: () => { switching.value = { part: {}, active: false } } }]} button={<Icon name="more" />} />}
        {previous ? <a class="btn" href={previous}><Icon name="left" />{t('do.previous')}</a> : <button class="btn" type="button" disabled><Icon name="left" />{t('do.previous')}</button>}
        <a class="btn primary" href={next ?? to.casebook(at.study, at.subject)}>{next ? t('do.next') : t('casebook.title')}<Icon name="right" /></a>
      </div>
    </Head>
    <div class="crf">
      <Tree at={at} all={all} />
      <HostContext.Provider value={host}>
        <div class="stack" key={path}>
          {data.problem && <Trouble problem={data.problem} retry={data.reload} />}
          {!form && !data.problem && <Waiting />}
          {form && (double ? <DoubleEntry key={`${double.state} ${session.value?.user.id}`} at={at} data={data.data!} sections={form.sections} closed={!!closed} done={() => { data.reload(); subject.reload() }} /> : <FormView form={form} />)}
          {form && definition && form.version.value > 0 && <Attachments at={at} definition={definition} places={data.data?.items.filter(v => v.value) ?? []} write={!closed && form.state.value !== 'inactive' && mayWrite(data.data?.site ?? '')} />}
        </div>
      </HostContext.Provider>
    </div>
    {switching.value && form && <ActivityDialog active={switching.value.active} close={() => { switching.value = undefined }}
      submit={async reason => { const { part, active } = switching.value!; form.take(await api.activity(at, part, active, reason)); announced.value = t(active ? 'aside.isActive' : 'aside.isInactive'); data.reload(); subject.reload() }} />}
  </Shell>
}

/** How far a form is closed, by itself or by what it lies in; undefined while it is open. */
function stageAt(stages: Closure[], at: FormAt): string | undefined {
  const ref = [at.event, at.eventRepeat, at.form, at.formRepeat].map(s => s.replace(/%/g, '%25').replace(/\//g, '%2F')).join('/')
  const over = stages.filter(s => s.stage !== 'open' && (!s.scope || `${ref}/`.startsWith(`${s.scope}/`)))
  return over.find(s => s.stage === 'locked')?.stage ?? over[0]?.stage
}

/** The definition that a form is read by: the newest, or an older one that the site still works by. */
export function useDefinition(study: string, version: number | undefined): Index | undefined {
  const older = version !== undefined && !!newest.value && version !== newest.value
  const loaded = useLoad(`${study} ${older ? version : ''}`, async signal => older ? new Index((await api.definition(study, version, signal)).definition) : undefined)
  return older ? loaded.data : index.value
}

/** Gives the drawer this form's queries and the history of the field in focus. */
function useDrawer(at: FormAt, form: FormModel | undefined, place: { value: Partial<Place> | undefined }, site: string, reload: () => void) {
  useEffect(() => effect(() => {
    const queries = form?.queries.value.filter(q => q.state !== 'Closed' && q.state !== 'Cancelled').map(q => ({ ...at, site, ...q })) ?? []
    const version = form?.version.value ?? 0
    const jump = (q: Partial<Place>) => form && q.group && control(form.field(q.group, q.repeat ?? '1', q.item ?? ''))?.focus()
    content.value = {
      queries: () => <FormQueries at={at} queries={queries} place={place.value} site={site} jump={jump} done={reload} />, count: queries.length,
      audit: () => <AuditPanel at={at} place={place.value} version={version} whole={() => { place.value = undefined }} />,
    }
  }), [formPath(at), form, site])
  useEffect(() => () => { content.value = {} }, [])
}

/** Says aloud what was saved and what waits, and refreshes the tree when the state of the form changes. */
function follow(form: FormModel, reloadTree: () => void) {
  let state = form.state.peek()
  const stopSaved = effect(() => {
    const field = form.lastSaved.value
    if (field) announced.value = t('crf.savedLive', { item: label(field.question.item), time: clock(field.kept.peek()?.at ?? new Date(), zone.peek()) })
    if (form.state.value !== state) { state = form.state.peek(); reloadTree() }
  })
  return stopSaved
}

function SaveState({ form }: { form: FormModel }) {
  const n = form.unsaved.value
  if (n) {
    return <span class="mark warn big" role="status"><Icon name="cloud" />{t('crf.unsavedCount', { n })}
      <button type="button" class="btn s" onClick={retryNow}>{t('crf.retryNow')}</button></span>
  }
  return form.savedAt.value ? <span class="mark ok big"><Icon name="check" />{t('crf.allSaved')} {when(form.savedAt.value, zone.value)}</span> : null
}

function around(at: FormAt, strands: Strand[]) {
  const all = strands.flatMap(s => s.visits.flatMap(v => v.forms.map(f => ({ v, f, href: to.form(at.study, at.subject, v.event, v.repeat, f.form, f.repeat) }))))
  const here = all.findIndex(({ v, f }) => v.event === at.event && v.repeat === at.eventRepeat && f.form === at.form && f.repeat === at.formRepeat)
  const found = all[here], fresh = index.value?.events.get(at.event) // a repeat that nobody has saved yet is in no list
  return {
    event: found ? visitTitle(found.v) : fresh && label(fresh), title: found && formTitle(found.f),
    previous: all[here - 1]?.href, next: here < 0 ? undefined : all[here + 1]?.href,
  }
}

function useFormKeys(previous: string | undefined, next: string | undefined) {
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      const target = e.altKey && (e.key === 'PageDown' ? next : e.key === 'PageUp' ? previous : undefined)
      if (target) { e.preventDefault(); (document.activeElement as HTMLElement | null)?.blur(); go(target) }
    }
    document.addEventListener('keydown', key)
    return () => document.removeEventListener('keydown', key)
  }, [previous, next])
}

function Tree({ at, all }: { at: FormAt; all: Strand[] }) {
  const tree = useRef<HTMLElement>(null)
  useEffect(() => { tree.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }) }, [formPath(at), !all.length])
  return <nav class="tree" aria-label={t('crf.tree')} ref={tree}>
    <ul>{all.map(s => <Branch key={s.event} at={at} strand={s} />)}</ul>
  </nav>
}

/** One event of the tree; where the reader is, the forms of this visit. */
function Branch({ at, strand }: { at: FormAt; strand: Strand }) {
  const part = share(whole(strand)), name = say(strand.name, strand.event)
  const first = strand.visits.find(v => v.forms.length)
  const here = strand.visits.find(v => v.event === at.event && v.repeat === at.eventRepeat)
  const text = <><Ring share={part ?? 0} /><span class="grow">{name}</span><span class="xs dim">{part === undefined ? '–' : percent(part)}</span></>
  return <li>
    {first ? <a href={to.form(at.study, at.subject, first.event, first.repeat, first.forms[0]!.form, first.forms[0]!.repeat)}>{text}</a> : <span class="off dim">{text}</span>}
    {here && here.of > 1 && <p class="nth xs dim">{nthTitle(here)}</p>}
    {here && <ul>{here.forms.map(f => {
      const look = formLook(f)
      return <li key={`${f.form}/${f.repeat}`}>
        <a href={to.form(at.study, at.subject, here.event, here.repeat, f.form, f.repeat)} aria-current={f.form === at.form && f.repeat === at.formRepeat ? 'page' : undefined}>
          <span class="grow">{formTitle(f)}</span><span class={`t-${look.tone || 'mute'}`}><Icon name={look.icon} /></span><span class="sr">{word('state', f.queries ? 'query' : f.state)}</span></a></li>
    })}</ul>}
  </li>
}
