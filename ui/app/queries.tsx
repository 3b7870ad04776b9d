// Queries: the list of a study, and those of one subject or form for the drawer.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api } from '../wire/api.ts'
import type { ListedQuery, Place, Query } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { index, ownSites, zone } from './study.ts'

const queryStates = ['Open', 'Answered', 'Closed']
const tone = (state: string) => state === 'Open' ? 'bad' : state === 'Answered' ? 'inf' : 'ok'
export const QueryTag = ({ state }: { state: string }) => <Tag tone={tone(state)} icon={state === 'Closed' ? 'check' : 'query'}>{word('query', state)}</Tag>
const href = (s: string, q: ListedQuery) => to.form(s, q.subject, q.event, q.eventRepeat || '1', q.form, q.formRepeat || '1')

export function Queries({ id }: { id: string }) {
  const [state, setState] = useState('Open')
  const [site, setSite] = useState('')
  const [after, setAfter] = useState<string[]>([''])
  const sites = ownSites.value
  const { data, problem, reload } = useLoad(`${id} ${state} ${site} ${after}`, async signal => {
    const pages = await Promise.all(after.map(cursor => api.queries(id, { state, site, after: cursor }, signal)))
    return { queries: pages.flatMap(p => p.queries), next: pages.at(-1)?.next }
  })
  const filter = (set: (v: string) => void) => (v: string) => { set(v); setAfter(['']) }
  return <Shell title={t('queries.title')} crumbs={[{ text: t('queries.title') }]}>
    <Head title={t('queries.title')} lead={data ? t('queries.listed', { n: data.queries.length }) : ' '}>
      <div class="row wrap">
        <Chip name={t('queries.state')} icon="filter" value={state} onChange={filter(setState)} choices={[{ value: '', text: t('do.all') }, ...queryStates.map(s => ({ value: s, text: word('query', s) }))]} />
        {sites.length > 1 && <Chip name={t('queries.site')} value={site} onChange={filter(setSite)} choices={[{ value: '', text: t('matrix.allSites') }, ...sites.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))]} />}
      </div>
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.queries.length && <Empty icon="query" title={t('queries.none')}>{t('queries.noneDo')}</Empty>}
    {data && data.queries.length > 0 && <section class="card">
      <h2 class="sr">{t('queries.title')}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('queries.title')}>
        <table class="tbl">
          <thead><tr><th scope="col">{t('queries.subject')}</th><th scope="col">{t('queries.field')}</th><th scope="col" class="fill">{t('queries.text')}</th><th scope="col" class="num">{t('queries.age')}</th><th scope="col">{t('queries.source')}</th><th scope="col">{t('queries.state')}</th></tr></thead>
          <tbody>{data.queries.map(q => <tr key={q.id}>
            <th scope="row"><a href={href(id, q)}><b>{q.subject}</b></a></th>
            <td class="about">{index.value?.itemLabel(q.item)}</td><td class="fill">{say(q.text)}</td>
            <td class="num">{q.ageDays === undefined ? '–' : t('queries.days', { n: q.ageDays })}</td>
            <td class="sub">{word('source', q.source)}</td><td><QueryTag state={q.state} /></td>
          </tr>)}</tbody>
        </table>
      </div>
      {data.next && <div class="body"><button type="button" class="btn" onClick={() => setAfter([...after, data.next!])}>{t('queries.more')}</button></div>}
    </section>}
  </Shell>
}

/** The open queries of a subject, for the drawer. */
export function SubjectQueries({ study: id, subject, site }: { study: string; subject: string; site: string }) {
  const { data } = useLoad(`${id} ${subject}`, signal => api.queries(id, { state: 'Open', site }, signal))
  const own = data?.queries.filter(q => q.subject === subject) ?? []
  if (!own.length) return <p class="sub sm">{t('queries.nonePage')}</p>
  return <ul class="qlist">{own.map(q => <li key={q.id}><QueryTag state={q.state} /><p><b>{index.value?.itemLabel(q.item)}</b></p><p class="sub">{say(q.text)}</p>
    <a class="btn s" href={href(id, q)}>{t('do.open')}<Icon name="right" /></a></li>)}</ul>
}

/** The queries of a form, each with the way to its field. */
export function FormQueries({ queries, jump }: { queries: Query[]; jump: (place: Partial<Place>) => void }) {
  if (!queries.length) return <p class="sub sm">{t('queries.nonePage')}</p>
  return <ul class="qlist">{queries.map(q => <li key={q.id}>
    <div class="row between"><QueryTag state={q.state} /><span class="xs dim">{word('source', q.source)}{q.openedAt && ` · ${moment(q.openedAt, zone.value)}`}</span></div>
    <p><b>{index.value?.itemLabel(q.item)}</b></p><p class="sub">{say(q.text)}</p>
    <button type="button" class="btn s" onClick={() => jump(q)}>{t('do.open')}</button>
  </li>)}</ul>
}
