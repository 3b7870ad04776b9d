// A log: the repeats of one form, adverse events or medications, as the rows of one grid. A cell is the same field as on the
// form, with the same saves, queries and history.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Asides, ActivityDialog } from '../form/aside.tsx'
import { Sheet, type Line } from '../form/grid.tsx'
import { HostContext, type Host } from '../form/host.ts'
import { Live } from '../form/live.ts'
import { label, type Section } from '../form/definition.ts'
import type { Field, FormModel } from '../form/model.ts'
import { Icon } from '../look/icon.tsx'
import { Trouble, Waiting } from '../look/parts.tsx'
import { api, formPath } from '../wire/api.ts'
import type { FormAt, FormData, Part } from '../wire/types.ts'
import { t } from '../words/words.ts'
import { AuditPanel } from './audit.tsx'
import { useDefinition } from './crf.tsx'
import { addTo, takeAll } from './desk.ts'
import { content, open } from './drawer.tsx'
import { useLoad } from './load.ts'
import { FormQueries } from './queries.tsx'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { mayWrite, zone } from './study.ts'

type Row = { at: FormAt; form: FormModel }

export function LogPage({ at }: { at: FormAt }) {
  const path = formPath(at)
  const data = useLoad(`log ${path}`, signal => api.log(at, signal))
  const first = data.data?.forms[0]
  const definition = useDefinition(at.study, first?.definition)
  const sections = useMemo(() => first && definition ? definition.sections(at.form, first.computed).filter(s => !s.group.repeating) : undefined, [first, definition])
  const rows = useSignal<Row[]>([])
  const touched = useSignal<Field | undefined>(undefined)
  const switching = useSignal<{ row: Row; part: Part; active: boolean } | undefined>(undefined)
  useEffect(() => { if (data.data && sections) rows.value = rowsOf(at, sections, data.data.forms) }, [data.data, sections])
  const writes = !!first && mayWrite(first.site)
  const find = (form: FormModel) => rows.peek().find(r => r.form === form)
  useDrawer(rows.value, touched, first?.site ?? '', data.reload)
  const host = useMemo<Host>(() => ({
    zone: zone.value, readOnly: !writes, focused: f => { touched.value = f },
    history: f => { touched.value = f; open.value = 'audit' }, query: () => { open.value = 'queries' },
    ...(writes ? { activity: (form, part, active) => { const row = find(form); if (row) switching.value = { row, part, active } } } : {}),
  }), [zone.value, writes])
  const add = async () => {
    const last = Math.max(0, ...rows.value.map(r => Number(r.at.formRepeat) || 0))
    const next = { ...at, formRepeat: String(last + 1) }
    const form = addTo(next, sections!, await api.form(next), Live)
    rows.value = [...rows.value, { at: next, form }]
  }
  const name = definition?.forms.get(at.form)
  const title = name ? label(name) : at.form
  const twice = !!name?.doubleEntry // each row by two people, on its own page
  const active = rows.value.filter(r => r.form.state.value !== 'inactive')
  return <Shell mini title={`${at.subject} · ${title}`} crumbs={[{ text: t('nav.subjects'), href: to.subjects(at.study) }, { text: at.subject, href: to.casebook(at.study, at.subject) }, { text: title }]}>
    <Head title={`${at.subject} · ${title}`} lead={t('log.lead', { name: t('log.rows', { n: active.length }) })}>
      <a class="btn" href={to.casebook(at.study, at.subject)}><Icon name="left" />{t('casebook.title')}</a>
    </Head>
    <HostContext.Provider value={host}><div class="stack" key={path}>
      {data.problem && <Trouble problem={data.problem} retry={data.reload} />}
      {!sections && !data.problem && <Waiting />}
      {sections && rows.value.length > 0 && <Sheet name={title} questions={sections.flatMap(s => s.questions)} lines={active.map(r => line(r, sections, host))} {...(writes && !twice ? { add } : {})} />}
      {twice && <p class="note"><Icon name="info" /><span>{t('double.log')}</span></p>}
      {rows.value.filter(r => r.form.inactive.value.length).map(r => <Asides key={r.at.formRepeat} form={r.form} title={t('log.form', { n: r.at.formRepeat })} />)}
    </div></HostContext.Provider>
    {switching.value && <ActivityDialog active={switching.value.active} close={() => { switching.value = undefined }} submit={async reason => {
      const { row, part, active } = switching.value!
      row.form.take(await api.activity(row.at, part, active, reason))
      announced.value = t(active ? 'aside.isActive' : 'aside.isInactive')
    }} />}
  </Shell>
}

function rowsOf(at: FormAt, sections: Section[], data: FormData[]): Row[] {
  const all = data.map(d => ({ ...at, formRepeat: d.formRepeat }))
  return takeAll(all, sections, data, Live).map((form, i) => ({ at: all[i]!, form }))
}

function line({ at, form }: Row, sections: Section[], host: Host): Line {
  const page = to.form(at.study, at.subject, at.event, at.eventRepeat, at.form, at.formRepeat)
  return {
    key: at.formRepeat, fields: sections.flatMap(s => s.questions.map(q => form.field(s.group.oid, '1', q.item.oid))),
    head: <a href={page} aria-label={t('log.form', { n: at.formRepeat })}>{at.formRepeat}</a>,
    menu: [{ text: t('casebook.continue'), icon: 'form', run: () => go(page) },
      ...(host.activity ? [{ text: t('aside.make'), icon: 'dash' as const, run: () => host.activity!(form, {}, false) }] : [])],
  }
}

/** Gives the drawer the queries of all rows, and the history of the field in focus. */
function useDrawer(rows: Row[], touched: { value: Field | undefined }, site: string, reload: () => void) {
  useEffect(() => {
    const queries = () => rows.flatMap(({ at, form }) => form.queries.value.filter(q => q.state !== 'Closed' && q.state !== 'Cancelled').map(q => ({ ...at, site, ...q })))
    const here = () => rows.find(r => r.form === touched.value?.form) ?? rows[0]
    content.value = {
      count: queries().length,
      queries: () => { const r = here(); return r ? <FormQueries at={r.at} queries={queries()} place={touched.value?.place} site={site} jump={() => {}} done={reload} /> : null },
      audit: () => { const r = here(); return r ? <AuditPanel at={r.at} place={touched.value?.place} version={r.form.version.value} whole={() => { touched.value = undefined }} /> : null },
    }
  }, [rows, site])
  useEffect(() => () => { content.value = {} }, [])
}
