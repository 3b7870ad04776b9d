// Queries: the list of a study by keyboard, one query with what was said, and those of a form or subject for the drawer.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { FormAt, ListedQuery, Place, QueryAction } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { content, open } from './drawer.tsx'
import { useLoad } from './load.ts'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index, mayDo, ownSites, zone } from './study.ts'
import { filterOf, queryOf, Views, withQuery } from './views.tsx'

const queryStates = ['standing', 'Candidate', 'Open', 'Answered', 'Resolved', 'Closed', 'Cancelled']
const ages = ['7', '14', '30', '60']
const tones: Record<string, string> = { Candidate: '', Open: 'bad', Answered: 'inf', Resolved: 'sign', Closed: 'ok', Cancelled: '' }
export const QueryTag = ({ state }: { state: string }) => <Tag tone={tones[state] ?? ''} icon={state === 'Closed' ? 'check' : state === 'Cancelled' ? 'x' : 'query'}>{word('query', state)}</Tag>
const href = (s: string, q: ListedQuery) => to.form(s, q.subject, q.event, q.eventRepeat || '1', q.form, q.formRepeat || '1')
const speaks: QueryAction[] = ['answer', 'requery', 'cancel']

type Filter = { state: string; site: string; assignee: string; age: string }

const anything: Filter = { state: 'standing', site: '', assignee: '', age: '' }

export function Queries({ id }: { id: string }) {
  const [filter, setFilter] = useState(() => filterOf(anything))
  const [after, setAfter] = useState<string[]>([''])
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [at, setAt] = useState(0)
  const sites = ownSites.value
  const { data, problem, reload } = useLoad(`${id} ${JSON.stringify(filter)} ${after}`, async signal => {
    const pages = await Promise.all(after.map(cursor => api.queries(id, { ...filter, after: cursor }, signal)))
    return { queries: pages.flatMap(p => p.queries), next: pages.at(-1)?.next }
  })
  const list = data?.queries ?? [], here = list[Math.min(at, list.length - 1)]
  const show = (next: Filter) => { setFilter(next); go(withQuery(to.queries(id), queryOf(anything, next)), true); setAfter(['']); setPicked(new Set()); setAt(0) }
  const set = (name: keyof Filter) => (v: string) => show({ ...filter, [name]: v })
  const pick = (q: string) => { const next = new Set(picked); if (!next.delete(q)) next.add(q); setPicked(next) }
  useEffect(() => {
    content.value = here ? { queries: () => <QueryCard key={here.id + here.state} study={id} query={here} done={reload} link />, count: list.length } : {}
    return () => { content.value = {} }
  }, [here, data])
  useKeys(list, Math.min(at, list.length - 1), setAt, pick, q => go(href(id, q)))
  const chosen = list.filter(q => picked.has(q.id))
  return <Shell title={t('queries.title')} crumbs={[{ text: t('queries.title') }]}>
    <Head title={t('queries.title')} lead={data ? <>{t('queries.listed', { n: list.length })} · <span class="dim">{t('queries.keys')}</span></> : ' '}>
      <div class="row wrap">
        <Views study={id} page="queries" query={queryOf(anything, filter)} open={query => show(filterOf(anything, query))} />
        <Chip name={t('queries.state')} icon="filter" value={filter.state} onChange={set('state')} choices={[{ value: '', text: t('do.all') }, ...queryStates.map(s => ({ value: s, text: word('query', s) }))]} />
        {sites.length > 1 && <Chip name={t('queries.site')} value={filter.site} onChange={set('site')} choices={[{ value: '', text: t('matrix.allSites') }, ...sites.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))]} />}
        <Chip name={t('queries.assignee')} value={filter.assignee} onChange={set('assignee')} choices={[{ value: '', text: t('do.all') }, { value: 'me', text: t('queries.mine') }]} />
        <Chip name={t('queries.age')} value={filter.age} onChange={set('age')} choices={[{ value: '', text: t('do.all') }, ...ages.map(a => ({ value: a, text: t('queries.older', { n: a }) }))]} />
        {mayDo('export') && <a class="btn" href={api.queryExport(id, filter)} download><Icon name="down" />CSV</a>}
      </div>
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !list.length && <Empty icon="query" title={t('queries.none')}>{t('queries.noneDo')}</Empty>}
    {chosen.length > 0 && <Bulk study={id} chosen={chosen} done={() => { setPicked(new Set()); reload() }} />}
    {list.length > 0 && <section class="card">
      <h2 class="sr">{t('queries.title')}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('queries.title')}>
        <table class="tbl">
          <thead><tr><th scope="col"><span class="sr">{t('do.choose')}</span></th><th scope="col">{t('queries.subject')}</th><th scope="col">{t('queries.field')}</th><th scope="col" class="fill">{t('queries.text')}</th><th scope="col" class="num">{t('queries.age')}</th><th scope="col">{t('queries.source')}</th><th scope="col">{t('queries.assignee')}</th><th scope="col">{t('queries.state')}</th></tr></thead>
          <tbody>{list.map((q, i) => <tr key={q.id} class={q === here ? 'at' : ''} aria-current={q === here ? 'true' : undefined} onClick={() => setAt(i)}>
            <td><input type="checkbox" aria-label={`${q.subject} ${index.value?.itemLabel(q.item) ?? ''}`} checked={picked.has(q.id)} onChange={() => pick(q.id)} /></td>
            <th scope="row"><a href={href(id, q)}><b>{q.subject}</b></a></th>
            <td class="about">{index.value?.itemLabel(q.item)}</td>
            <td class="fill">{say(q.text)}{!!q.thread?.length && <span class="sub xs"> {q.thread.at(-1)!.byName}: {q.thread.at(-1)!.text}</span>}</td>
            <td class="num">{q.ageDays === undefined ? '–' : t('queries.days', { n: q.ageDays })}</td>
            <td class="sub">{word('source', q.source)}</td><td class="sub">{q.assigneeName}</td><td><QueryTag state={q.state} /></td>
          </tr>)}</tbody>
        </table>
      </div>
      {data?.next && <div class="body"><button type="button" class="btn" onClick={() => setAfter([...after, data.next!])}>{t('queries.more')}</button></div>}
    </section>}
  </Shell>
}

/** j and k walk, x picks, Enter opens the form, o the panel. */
function useKeys(list: ListedQuery[], at: number, setAt: (n: number) => void, pick: (id: string) => void, enter: (q: ListedQuery) => void) {
  const row = useRef(at)
  row.current = at
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      const typing = e.target instanceof HTMLElement && e.target.closest('input:not([type=checkbox]),textarea,select,button,a,[role=tablist],dialog')
      if (typing || e.ctrlKey || e.metaKey || e.altKey || !list.length) return
      const step = { j: 1, k: -1 }[e.key], q = list[row.current]!
      if (step) {
        const next = Math.max(0, Math.min(list.length - 1, row.current + step))
        setAt(next)
        document.querySelectorAll('.tbl tbody tr')[next]?.scrollIntoView({ block: 'nearest' })
        announced.value = `${list[next]!.subject} ${say(list[next]!.text)}`
      } else if (e.key === 'x') pick(q.id)
      else if (e.key === 'o') open.value = 'queries'
      else if (e.key === 'Enter') enter(q)
      else return
      e.preventDefault()
    }
    document.addEventListener('keydown', key)
    return () => document.removeEventListener('keydown', key)
  }, [list])
}

function Bulk({ study, chosen, done }: { study: string; chosen: ListedQuery[]; done: () => void }) {
  const actions = (chosen[0]!.actions ?? []).filter(a => a !== 'assign' && chosen.every(q => q.actions?.includes(a)))
  return <section class="card"><div class="body row wrap"><b class="grow">{t('queries.chosen', { n: chosen.length })}</b>
    {!actions.length && <span class="sub">{t('queries.nothingCommon')}</span>}
    <Steps study={study} queries={chosen} actions={actions} done={done} /></div></section>
}

/** The buttons of what may be done; what must say something asks for it first. */
function Steps({ study, queries, actions, done }: { study: string; queries: { subject?: string; id: string }[]; actions: QueryAction[]; done: () => void }) {
  const [saying, setSaying] = useState<QueryAction | ''>('')
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const take = async (action: QueryAction) => {
    try {
      await api.stepQueries(study, action, text.trim(), queries.map(q => ({ subject: q.subject!, id: q.id })))
      setSaying(''); setText(''); setProblem(undefined)
      announced.value = t('queries.done', { n: queries.length })
      done()
    } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <div class="stack-1 grow">
    {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
    {saying ? <form class="stack-1" onSubmit={e => { e.preventDefault(); void take(saying) }}>
      <div class="in long"><textarea autofocus rows={3} aria-label={word('step', saying)} placeholder={word('step', saying)} value={text} onInput={e => setText(e.currentTarget.value)}
        onKeyDown={e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); void take(saying) } }} /></div>
      <div class="row"><button class="btn primary s" type="submit" disabled={!text.trim()}>{word('step', saying)}</button>
        <button class="btn quiet s" type="button" onClick={() => { setSaying(''); setProblem(undefined) }}>{t('do.cancel')}</button></div>
    </form> : <div class="row wrap">{actions.map(a => <button key={a} type="button" class="btn s" onClick={() => speaks.includes(a) ? setSaying(a) : void take(a)}>{word('step', a)}</button>)}</div>}
  </div>
}

/** One query: what is asked, about which value, what was said, and what this reader may do. */
export function QueryCard({ study, query: q, done, link, jump }: { study: string; query: ListedQuery; done: () => void; link?: boolean; jump?: () => void }) {
  return <div class="stack-1 sm qcard">
    <div class="row between"><QueryTag state={q.state} /><span class="xs dim">{word('source', q.source)}{q.openedAt && ` · ${moment(q.openedAt, zone.value)}`}</span></div>
    <p><b>{q.subject} · {index.value?.itemLabel(q.item)}</b>{q.value && <span class="sub"> {q.value}</span>}</p>
    <p>{q.byName && <b>{q.byName}: </b>}{say(q.text)}</p>
    {!!q.thread?.length && <ol>{q.thread.map((turn, i) => <li class="ev" key={i}><span class={`dot ${tones[turn.state] ?? ''}`}><Icon name={turn.state === 'Closed' ? 'check' : 'query'} /></span>
      <div><p><b>{turn.byName}</b> {word('query', turn.state)}</p>{turn.text && <p>{turn.text}</p>}<p class="xs dim">{moment(turn.at, zone.value)} · {word('role', turn.role)}</p></div></li>)}</ol>}
    <Steps study={study} queries={[q]} actions={(q.actions ?? []).filter(a => a !== 'assign')} done={done} />
    {link && <a class="btn s" href={href(study, q)}>{t('do.open')}<Icon name="right" /></a>}
    {jump && <button type="button" class="btn quiet s" onClick={jump}>{t('queries.toField')}</button>}
  </div>
}

/** The standing queries of a subject, for the drawer. */
export function SubjectQueries({ study: id, subject }: { study: string; subject: string }) {
  const { data, reload } = useLoad(`${id} ${subject}`, signal => api.queries(id, { state: 'standing', subject }, signal))
  if (!data?.queries.length) return <p class="sub sm">{t('queries.nonePage')}</p>
  return <ul class="qlist">{data.queries.map(q => <li key={q.id + q.state}><QueryCard study={id} query={q} done={reload} link /></li>)}</ul>
}

/** The queries of a form, each with the way to its field, and a new one about the field in focus. */
export function FormQueries({ at, queries, place, site, jump, done }: {
  at: FormAt; queries: ListedQuery[]; place: Partial<Place> | undefined; site: string; jump: (place: Partial<Place>) => void; done: () => void
}) {
  return <div class="stack">
    {mayDo('query.open', site) && <Ask key={JSON.stringify(place)} at={at} place={place} done={done} />}
    {!queries.length && <p class="sub sm">{t('queries.nonePage')}</p>}
    <ul class="qlist">{queries.map(q => <li key={q.id + q.state + q.thread?.length}><QueryCard study={at.study} query={q} done={done} jump={() => jump(q)} /></li>)}</ul>
  </div>
}

function Ask({ at, place, done }: { at: FormAt; place: Partial<Place> | undefined; done: () => void }) {
  const [text, setText] = useState(''), [template, setTemplate] = useState('')
  const [candidate, setCandidate] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const { data } = useLoad(`templates ${at.study}`, signal => api.queryTemplates(at.study, signal))
  if (!place?.item) return <p class="note"><Icon name="info" /><span>{t('queries.askPick')}</span></p>
  const ask = async (e: Event) => {
    e.preventDefault()
    try {
      const { study, ...form } = at
      await api.raiseQuery(study, { ...form, group: place.group!, repeat: place.repeat!, item: place.item!, candidate, ...(text.trim() ? { text: text.trim() } : { template }) })
      setText(''); setTemplate(''); setProblem(undefined)
      announced.value = t('queries.done', { n: 1 })
      done()
    } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <form class="why sm" onSubmit={ask}>
    <b>{t('queries.ask', { item: index.value?.itemLabel(place.item) ?? '' })}</b>
    {problem && <p class="t-bad" role="alert">{problemText(problem)}</p>}
    <div class="in s"><select aria-label={t('queries.template')} value={template} onChange={e => setTemplate(e.currentTarget.value)}>
      <option value="">{t('queries.template')}</option>{data?.templates.map(x => <option key={x.id} value={x.id}>{say(x.text)}</option>)}</select></div>
    <div class="in long"><textarea rows={2} aria-label={t('queries.text')} placeholder={t('queries.own')} value={text} onInput={e => setText(e.currentTarget.value)} /></div>
    <label class="row"><input type="checkbox" checked={candidate} onChange={e => setCandidate(e.currentTarget.checked)} />{t('queries.candidate')}</label>
    <button class="btn s" type="submit" disabled={!text.trim() && !template}>{t('queries.askGo')}</button>
  </form>
}

