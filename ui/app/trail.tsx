// The audit trail of the study: search by who, what, where, when and value, export, and the review of it that is recorded.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Dialog, Empty, problemText, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem, type TrailFilter } from '../wire/api.ts'
import type { TrailChange, TrailEntry } from '../wire/types.ts'
import { verbWords } from '../words/verbs.ts'
import { lang, moment, say, t, word, type Key } from '../words/words.ts'
import { useLoad } from './load.ts'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index, mayDo, ownSites, zone } from './study.ts'
import { told } from './told.ts'
import { filterOf, queryOf, Views, withQuery } from './views.tsx'

/** What a search narrows to: beginnings of verbs. */
const verbs = ['record.item.saved', 'record.query.', 'record.signed', 'record.stage.changed', 'record.reviewed', 'record.visit.', 'patient.', 'report.', 'epro.', 'monitor.', 'trial.', 'edc.', 'export.', 'notice.', 'document.', 'site.', 'visit.', 'payment.', 'settings.', 'platform.', 'auth.']
const verb = (what: string) => { const said = verbWords[what]; return said ? said[lang.value === 'zh-CN' ? 0 : 1] : what }

/** How many answers in a row may find nothing before the reader is asked whether to look on. */
const looks = 10

/** A search for nothing in particular. */
const anything = { subject: '', who: '', where: '', value: '', from: '', until: '', what: '', site: '' }

export function Trail({ id }: { id: string }) {
  const [filter, setFilter] = useState(() => filterOf(anything))
  const [draft, setDraft] = useState(filter)
  const [after, setAfter] = useState<string[]>([''])
  const [signing, setSigning] = useState(false)
  const { data, problem, loading, reload } = useLoad(`${id} trail ${JSON.stringify(filter)} ${after}`, async signal => {
    const pages = await Promise.all(after.map(cursor => api.trail(id, { ...filter, after: cursor }, signal))), at = [...after]
    let last = pages.at(-1)!
    for (let n = 1; n < looks && last.next && !last.entries.length; n++) { // what is rare is looked for further back
      at[at.length - 1] = last.next
      last = await api.trail(id, { ...filter, after: last.next }, signal)
    }
    return { entries: [...pages.slice(0, -1), last].flatMap(p => p.entries), at, next: last.next, back: last.back }
  })
  const list = data?.entries ?? [], sites = ownSites.value
  const search = (f: typeof anything) => { setDraft(f); setFilter(f); go(withQuery(to.trail(id), queryOf(anything, f)), true); setAfter(['']) }
  const field = (name: keyof typeof anything, label: Key, type: 'text' | 'date' = 'text') => <div class="f"><div class="lab"><label for={`trail-${name}`}>{t(label)}</label></div>
    <div class="in"><input id={`trail-${name}`} {...(type === 'date' ? { type: 'date' as const } : { type: 'text' as const })} autocomplete="off" value={draft[name]} onInput={e => setDraft({ ...draft, [name]: e.currentTarget.value })} /></div></div>
  return <Shell title={t('trail.title')} crumbs={[{ text: t('trail.title') }]}>
    <Head title={t('trail.title')} lead={t('trail.lead')}>
      <div class="row wrap">
        <Views study={id} page="trail" query={queryOf(anything, filter)} open={query => search(filterOf(anything, query))} />
        {mayDo('form.review') && <button type="button" class="btn" onClick={() => setSigning(true)}><Icon name="pen" />{t('trail.sign')}</button>}
        {mayDo('export') && <a class="btn" href={api.trailExport(id, filter)} download><Icon name="down" />CSV</a>}
      </div>
    </Head>
    <section class="card"><h2 class="sr">{t('trail.go')}</h2><form class="body trail-ask" onSubmit={e => { e.preventDefault(); search(draft) }}>
      {field('subject', 'trail.subject')}{field('who', 'trail.who')}{field('where', 'trail.where')}{field('value', 'trail.value')}{field('from', 'trail.from', 'date')}{field('until', 'trail.until', 'date')}
      <div class="row wrap">
        <Chip name={t('trail.what')} icon="filter" value={filter.what} onChange={what => search({ ...draft, what })} choices={[{ value: '', text: t('trail.all') }, ...verbs.map(v => ({ value: v, text: word('verb', v) }))]} />
        {sites.length > 1 && <Chip name={t('matrix.site')} value={filter.site} onChange={site => search({ ...draft, site })} choices={[{ value: '', text: t('matrix.allSites') }, ...sites.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))]} />}
        <button type="submit" class="btn primary"><Icon name="search" />{t('trail.go')}</button>
        <button type="button" class="btn quiet" onClick={() => search(anything)}>{t('trail.clear')}</button>
      </div></form></section>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !list.length && <Empty icon="history" title={t('trail.none')}>{t('trail.noneDo')}</Empty>}
    {list.length > 0 && <section class="card"><h2 class="sr">{t('trail.title')}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('trail.title')}><table class="tbl">
        <thead><tr><th scope="col">{t('trail.when')}</th><th scope="col">{t('trail.who')}</th><th scope="col">{t('trail.subject')}</th><th scope="col">{t('trail.what')}</th><th scope="col" class="fill">{t('trail.change')}</th><th scope="col" class="about">{t('trail.why')}</th><th scope="col" class="num">{t('trail.entry')}</th></tr></thead>
        <tbody>{list.map(e => <tr key={e.id}>
          <td class="sub">{moment(e.at, zone.value)}</td><td>{e.byName}{e.role && <span class="xs sub"> {word('role', e.role)}</span>}</td>
          <th scope="row">{e.subject ? <a href={to.casebook(id, e.subject)}>{e.subject}</a> : '–'}</th>
          <td>{verb(e.what)}<br /><span class="xs dim">{place(e)}</span></td><td class="fill"><Changes entry={e} /></td><td class="about sub">{e.reason}</td><td class="num dim">{e.index < 0 ? '…' : e.index}</td>
        </tr>)}</tbody></table></div></section>}
    {data && <p class="row wrap"><span class="sub grow" role="status">{t('trail.found', { n: list.length })} · {data.next ? t('trail.back', { at: moment(data.back ?? '', zone.value) }) : t('trail.end')}</span>
      {data.next && <button type="button" class="btn" disabled={loading} onClick={() => setAfter([...data.at, data.next])}>{t('trail.on')}</button>}</p>}
    {signing && <ReviewDialog study={id} filter={Object.fromEntries(new URLSearchParams(queryOf(anything, filter)))} found={list.length} close={() => setSigning(false)} />}
  </Shell>
}

/** The visit and form that a place names, as people call them. */
function place(e: TrailEntry): string {
  const [event = '', repeat = '', form = ''] = e.where.split('/')
  const at = index.value?.events.get(event)
  if (!at) return e.where
  return [say(at.description, at.name) + (repeat !== '1' && /^\d+$/.test(repeat) ? ` ${repeat}` : ''), form && say(index.value?.forms.get(form)?.description, form)].filter(Boolean).join(' · ')
}

function Changes({ entry: e }: { entry: TrailEntry }) {
  const shown = e.changes.slice(0, 6)
  if (!shown.length) return <span class="sub wrap-any">{told(e)}</span>
  return <>{shown.map(c => <div key={`${c.group}/${c.repeat}/${c.item}`}><span class="sub">{index.value?.itemLabel(c.item) ?? c.item}</span> {was(c)}<ins>{text(c.item, c.new, c.newBlank)}</ins></div>)}
    {e.changes.length > shown.length && <span class="xs dim">+{e.changes.length - shown.length}</span>}</>
}

const was = (c: TrailChange) => (c.old || c.oldBlank) && <><del>{text(c.item, c.old, c.oldBlank)}</del> → </>
const text = (item: string, value: string, blank: string) => blank ? word('blank', blank) : value ? index.value?.valueLabel(item, value) ?? value : t('audit.empty')

function ReviewDialog({ study, filter, found, close }: { study: string; filter: TrailFilter; found: number; close: () => void }) {
  const [note, setNote] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const send = async (e: Event) => {
    e.preventDefault()
    try { await api.reviewTrail(study, filter, found, note.trim()); announced.value = t('trail.signed'); close() } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <Dialog title={t('trail.sign')} close={close}><form onSubmit={send}>
    <div class="body stack-1"><p class="sub">{t('trail.signAbout', { n: found })}</p>
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
      <div class="f"><div class="lab"><label for="trail-note">{t('trail.note')}</label><span class="req" aria-hidden="true">*</span></div>
        <div class="in"><input id="trail-note" autofocus value={note} autocomplete="off" onInput={e => setNote(e.currentTarget.value)} /></div></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button type="submit" class="btn primary" disabled={!note.trim()}>{t('trail.sign')}</button></footer>
  </form></Dialog>
}
