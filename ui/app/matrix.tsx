// The subjects of a study against its forms: one glance tells what is entered, missing and asked.
import { useMemo, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, percent, Ring, stateOf, StatusTag, subjectStatuses, Trouble, Waiting } from '../look/parts.tsx'
import { api } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import type { Cell, CellState, Column, Expected, Matrix, Row, VisitPlan } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { Enrol } from './enrol.tsx'
import { useLoad } from './load.ts'
import { go, to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { planLook, planText } from './schedule.tsx'
import { mayWrite, ownSites, siteName } from './study.ts'
import { filterOf, queryOf, Views, withQuery } from './views.tsx'

const limit = 50
const anybody = { site: '', status: '' }
const legend: CellState[] = ['complete', 'partial', 'query', 'empty']

export function Subjects({ id, enrolling }: { id: string; enrolling: boolean }) {
  const [{ site, status }, setFilter] = useState(() => filterOf(anybody))
  const [pages, setPages] = useState<string[]>([]) // cursors of the pages before and at this one
  const after = pages.at(-1) ?? ''
  const { data, problem, loading, reload } = useLoad(`${id} ${site} ${status} ${after}`, signal => api.matrix(id, { site, status, after, limit }, signal))
  const last = useRef<Matrix | undefined>(undefined)
  if (data) last.current = data
  const shown = data ?? (loading ? last.current : undefined)
  const show = (next: typeof anybody) => { setFilter(next); go(withQuery(to.subjects(id), queryOf(anybody, next)), true); setPages([]) }
  const sites = ownSites.value, enrols = sites.some(s => mayWrite(s.id))
  const rows = shown?.rows ?? []

  return <Shell title={t('matrix.title')} crumbs={[...(site ? [{ text: t('role.site', { site }) + ' ' + siteName(site) }] : []), { text: t('matrix.title') }]}>
    <Head title={t('matrix.title')} lead={shown ? t('matrix.total', { n: shown.total }) : ' '}>
      <div class="row wrap">
        <Views study={id} page="subjects" query={queryOf(anybody, { site, status })} open={query => show(filterOf(anybody, query))} />
        {sites.length > 1 && <Chip name={t('matrix.site')} icon="filter" value={site} onChange={site => show({ site, status })}
          choices={[{ value: '', text: t('matrix.allSites') }, ...sites.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))]} />}
        <Chip name={t('matrix.status')} value={status} onChange={status => show({ site, status })}
          choices={[{ value: '', text: t('do.all') }, ...subjectStatuses.map(s => ({ value: s, text: word('status', s) }))]} />
        {enrols && <a class="btn primary" href={to.enrol(id)}><Icon name="plus" />{t('enrol.do')}</a>}
      </div>
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!shown && !problem && <Waiting />}
    {shown && !rows.length && (site || status
      ? <Empty icon="filter" title={t('matrix.noMatch')}><p>{t('matrix.noMatchDo')}</p><button type="button" class="btn" onClick={() => show(anybody)}>{t('matrix.clear')}</button></Empty>
      : <Empty icon="people" title={t('matrix.none')}><p>{t('matrix.noneDo')}</p>{enrols && <a class="btn" href={to.enrol(id)}><Icon name="plus" />{t('enrol.do')}</a>}</Empty>)}
    {shown && rows.length > 0 && <section class="card">
      <h2 class="sr">{t('matrix.caption')}</h2>
      <MatrixGrid study={id} columns={shown.columns} rows={rows} />
      <div class="mx-foot">
        <ul class="legend" aria-label={t('matrix.legend')}>{legend.map(s => <li key={s}><span class={`c ${stateOf(s).cell}`}><Icon name={stateOf(s).icon} /></span>{word('state', s)}</li>)}
          {(['due', 'overdue', 'skipped'] as const).map(s => <li key={s}><span class={`c ${planLook(s).cell}`}><Icon name={planLook(s).icon} /></span>{word('visit', s)}</li>)}</ul>
        <Pager from={pages.length * limit + 1} count={rows.length} total={shown.total} next={shown.next}
          go={cursor => setPages(cursor === undefined ? pages.slice(0, -1) : [...pages, cursor])} />
      </div>
    </section>}
    {enrolling && <Enrol study={id} close={() => { go(to.subjects(id), true) }} />}
  </Shell>
}

function Pager({ from, count, total, next, go }: { from: number; count: number; total: number; next: string | undefined; go: (cursor?: string) => void }) {
  return <div class="row pager">
    <span class="xs dim">{t('matrix.range', { from, to: from + count - 1, total })}</span>
    <button type="button" class="btn s" disabled={from === 1} aria-label={t('matrix.previous')} onClick={() => go()}><Icon name="left" /></button>
    <button type="button" class="btn s" disabled={!next} aria-label={t('matrix.next')} onClick={() => go(next)}><Icon name="right" /></button>
  </div>
}

/** The grid: one stop of the Tab key, arrows move inside, Enter opens (WAI-ARIA grid pattern). */
function MatrixGrid({ study, columns, rows }: { study: string; columns: Column[]; rows: Row[] }) {
  const [at, setAt] = useState<[row: number, column: number]>([0, 0])
  const body = useRef<HTMLTableSectionElement>(null)
  const cells = useMemo(() => columns.flatMap(c => c.forms.map((f, i) => ({ ...f, event: c.event, eventName: c.name, repeating: c.repeating, first: i === 0 }))), [columns])
  const r = Math.min(at[0], rows.length - 1), c = Math.min(at[1], cells.length)
  const key = (e: KeyboardEvent) => {
    const moves: Record<string, [number, number]> = {
      ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
      Home: [e.ctrlKey ? 0 : r, 0], End: [e.ctrlKey ? rows.length - 1 : r, cells.length], PageUp: [r - 10, c], PageDown: [r + 10, c],
    }
    const move = moves[e.key]
    if (!move || e.altKey) return
    e.preventDefault()
    const row = Math.max(0, Math.min(rows.length - 1, move[0])), column = Math.max(0, Math.min(cells.length, move[1]))
    setAt([row, column])
    body.current?.querySelector<HTMLElement>(`[data-at="${row}:${column}"]`)?.focus()
  }
  const place = (row: number, column: number) => ({ 'data-at': `${row}:${column}`, tabIndex: row === r && column === c ? 0 : -1, onFocus: () => setAt([row, column]) })
  return <div class="mx">
    <table role="grid" aria-label={t('matrix.caption')} aria-description={t('matrix.hint')} aria-rowcount={rows.length + 2}>
      <thead>
        <tr>
          <th rowSpan={2} scope="col" class="stick">{t('matrix.subject')}</th><th rowSpan={2} scope="col" class="ta">{t('matrix.status')}</th><th rowSpan={2} scope="col" class="ta">{t('matrix.progress')}</th>
          {columns.filter(col => col.forms.length).map(col => <th key={col.event} colSpan={col.forms.length} scope="colgroup" class="v l">{say(col.name, col.event)}</th>)}
        </tr>
        <tr>{cells.map(f => <th key={`${f.event}/${f.form}`} scope="col" class={f.first ? 'l' : ''}><abbr title={say(f.name, f.form)}>{f.short || say(f.name, f.form)}</abbr></th>)}</tr>
      </thead>
      <tbody ref={body} onKeyDown={key}>{rows.map((row, i) => <tr key={row.subject} class={i === r ? 'cur' : ''}>
        <th scope="row" class="stick"><a href={to.casebook(study, row.subject)} {...place(i, 0)}><b>{row.subject}</b></a></th>
        <td class="ta"><StatusTag status={row.status} /></td>
        <td class="ta"><span class="row"><Ring share={row.progress} /><span class="sm">{percent(row.progress)}</span></span></td>
        {cells.map((f, j) => <td key={`${f.event}/${f.form}`} class={f.first ? 'l' : ''}>
          <MatrixCell cell={row.cells[`${f.event}/${f.form}`]} plan={entry(row.visits, f.event)} expected={row.expected?.[`${f.event}/${f.form}`]} first={f.first} href={f.repeating ? to.casebook(study, row.subject) : to.form(study, row.subject, f.event, '1', f.form, '1')}
            event={say(f.eventName, f.event)} form={say(f.name, f.form)} place={place(i, j + 1)} />
        </td>)}
      </tr>)}</tbody>
    </table>
  </div>
}

/** An empty cell looks as its visit stands; where a visit was held outside its window, its first cell says so. */
function MatrixCell({ cell, plan, expected, first, href, event, form, place }: { cell: Cell | undefined; plan: VisitPlan | undefined; expected: Expected | undefined; first: boolean; href: string; event: string; form: string; place: object }) {
  const { state = 'empty', queries = 0, count = 1 } = cell ?? {}
  const waits = state !== 'empty' ? undefined : expected === 'released' ? planLook('not_expected') : plan && planLook(plan.state), off = first && !!cell && (plan?.state === 'early' || plan?.state === 'late')
  const look = waits?.cell ? { cell: waits.cell, icon: waits.icon } : stateOf(state)
  const label = [t('matrix.cell', { event, form, state: word('state', state) }), expected && word('expected', expected), plan && (first || state === 'empty') && planText(plan), queries && t('matrix.queries', { n: queries }), count > 1 && t('matrix.copies', { n: count })].filter(Boolean).join(' · ')
  return <a class={`c ${look.cell}`} href={href} aria-label={label} title={label} {...place}><Icon name={look.icon} />
    {queries > 0 ? <sup aria-hidden="true">{queries}</sup> : count > 1 ? <sup class="many" aria-hidden="true">{count}</sup> : off && <sup class="off" aria-hidden="true">{plan.state === 'early' ? '−' : '+'}</sup>}</a>
}
