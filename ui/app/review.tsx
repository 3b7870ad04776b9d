// The work list of verification and review: forms that wait, ticked by keyboard or many at once.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, formPath, Problem } from '../wire/api.ts'
import type { FormAt, Mark, ReviewKind, Work } from '../wire/types.ts'
import { say, t, when, word } from '../words/words.ts'
import { show } from '../form/value.ts'
import { useLoad } from './load.ts'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index, ownSites, zone } from './study.ts'
import { filterOf, queryOf, Views, withQuery } from './views.tsx'

const kinds: ReviewKind[] = ['sdv', 'medical', 'data']
const addressOf = (study: string, w: Work): FormAt => ({ study, subject: w.subject, event: w.event, eventRepeat: w.eventRepeat, form: w.form, formRepeat: w.formRepeat })

type Filter = { kind: ReviewKind; site: string }

/** What the address asks for; without a word, verification at all sites. */
const plain: Filter = { kind: 'sdv', site: '' }
function fromAddress(query?: string): Filter {
  const said = filterOf(plain, query)
  return kinds.includes(said.kind) ? said : { ...said, kind: plain.kind }
}

export function WorkList({ id }: { id: string }) {
  const [{ kind, site }, setFilter] = useState<Filter>(() => fromAddress())
  const [after, setAfter] = useState<string[]>([''])
  const [at, setAt] = useState(0)
  const [problem, setProblem] = useState<Problem>()
  const { data, problem: trouble, reload } = useLoad(`${id} ${kind} ${site} ${after}`, async signal => {
    const pages = await Promise.all(after.map(cursor => api.work(id, { kind, site, after: cursor }, signal)))
    return { work: pages.flatMap(p => p.work), next: pages.at(-1)?.next }
  })
  const list = data?.work ?? [], here = list[Math.min(at, list.length - 1)]
  const tick = async (some: Work[]) => {
    try {
      for (const w of some) await api.review(addressOf(id, w), { kind, version: w.version })
      announced.value = t('review.ticked', { n: some.length })
      setProblem(undefined)
    } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
    reload()
  }
  const keys = useRef({ list, at, tick }); keys.current = { list, at: Math.min(at, list.length - 1), tick }
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.target instanceof HTMLElement && e.target.closest('input:not([type=checkbox]),select,textarea,dialog')) return
      const { list, at, tick } = keys.current, step = { j: 1, k: -1 }[e.key]
      if (step && list.length) setAt(Math.max(0, Math.min(list.length - 1, at + step)))
      else if (e.key === 'v' && list[at]?.may) void tick([list[at]!])
      else return
      e.preventDefault()
    }
    document.addEventListener('keydown', key)
    return () => document.removeEventListener('keydown', key)
  }, [])
  const show = (next: Filter) => { setFilter(next); go(withQuery(to.review(id), queryOf(plain, next)), true); setAfter(['']); setAt(0) }
  const mine = list.filter(w => w.may)
  return <Shell title={t('review.title')} crumbs={[{ text: t('review.title') }]}>
    <Head title={t('review.title')} lead={<>{t('review.lead', { n: list.length })} · <span class="dim">{t('review.keys')}</span></>}>
      <div class="row wrap">
        <Views study={id} page="review" query={queryOf(plain, { kind, site })} open={query => show(fromAddress(query))} />
        <Chip name={t('review.kind')} icon="filter" value={kind} onChange={v => show({ kind: v as ReviewKind, site })} choices={kinds.map(k => ({ value: k, text: word('kind', k) }))} />
        {kind === 'sdv' && <a class="btn" href={to.sdvplan(id)}><Icon name="tool" />{t('plan.title')}</a>}
        {ownSites.value.length > 1 && <Chip name={t('queries.site')} value={site} onChange={site => show({ kind, site })} choices={[{ value: '', text: t('matrix.allSites') }, ...ownSites.value.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))]} />}
      </div>
    </Head>
    {(trouble || problem) && <Trouble problem={(trouble || problem)!} retry={reload} />}
    {!data && !trouble && <Waiting />}
    {data && !list.length && <Empty icon="check" title={t('review.none')}>{t('review.noneDo')}</Empty>}
    {list.length > 0 && <div class="two-col">
      <section class="card"><header><h2 class="grow">{t('review.waiting')}</h2></header>
        <div class="scroll" tabIndex={0} role="region" aria-label={t('review.waiting')}><table class="tbl">
          <thead><tr><th scope="col">{t('queries.subject')}</th><th scope="col" class="fill">{t('review.form')}</th><th scope="col" class="num">{t('review.need')}</th><th scope="col">{t('review.changed')}</th></tr></thead>
          <tbody>{list.map((w, i) => <tr key={formPath(addressOf(id, w))} class={w === here ? 'at' : ''} aria-current={w === here ? 'true' : undefined} onClick={() => setAt(i)}>
            <th scope="row"><a href={to.form(id, w.subject, w.event, w.eventRepeat, w.form, w.formRepeat)}><b>{w.subject}</b></a></th>
            <td class="fill">{say(w.visit)} · {say(w.title)}</td><td class="num">{w.need}/{w.required}</td>
            <td>{w.changed > 0 ? <Tag tone="warn" icon="history">{t('review.since', { n: w.changed })}</Tag> : <span class="dim">–</span>}</td>
          </tr>)}</tbody>
        </table></div>
        {data?.next && <div class="body"><button type="button" class="btn" onClick={() => setAfter([...after, data.next!])}>{t('queries.more')}</button></div>}
      </section>
      {here && <Marks key={formPath(addressOf(id, here)) + kind} at={addressOf(id, here)} work={here} kind={kind} done={reload} />}
    </div>}
    {mine.length > 1 && <p><button type="button" class="btn" onClick={() => void tick(mine)}><Icon name="check" />{t('review.all', { n: mine.length })}</button></p>}
  </Shell>
}

/** The values of one form with their marks. */
export function Marks({ at, work, kind, done }: { at: FormAt; work: Pick<Work, 'subject' | 'title' | 'visit'>; kind: ReviewKind; done: () => void }) {
  const { data, problem, reload } = useLoad(formPath(at) + kind, signal => api.reviews(at, signal))
  const [fault, setFault] = useState<Problem>()
  const review = data?.reviews.find(r => r.kind === kind)
  const mark = async (items: Mark[], undo = false) => {
    try {
      await api.review(at, { kind, version: data!.version, items: items.map(({ group, repeat, item }) => ({ group, repeat, item })), undo })
      setFault(undefined)
    } catch (e) { if (!(e instanceof Problem)) throw e; setFault(e) }
    reload(); done()
  }
  const look: Record<string, [string, 'check' | 'history' | 'ring']> = { verified: ['ok', 'check'], changed: ['warn', 'history'], none: ['', 'ring'] }
  return <section class="card"><header><h2 class="grow">{work.subject} · {say(work.title)}</h2>
    {review?.may && review.need > 0 && <button type="button" class="btn s" onClick={() => void mark([])}><Icon name="check" />{t('review.form.all')}</button>}</header>
    {problem && <Trouble problem={problem} retry={reload} />}
    {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)}</span></p>}
    <ul class="list">{review?.marks.map(m => <li key={`${m.group}/${m.repeat}/${m.item}`}>
      <label class="row grow"><input type="checkbox" disabled={!review.may} checked={m.state === 'verified'} onChange={() => void mark([m], m.state === 'verified')} />
        <span class="grow"><span class="sub sm">{index.value?.itemLabel(m.item)}</span> <b>{m.blank ? word('blank', m.blank) : show(index.value?.dataType(m.item) ?? 'text', index.value?.valueLabel(m.item, m.value))}</b></span></label>
      <Tag tone={look[m.state]![0]} icon={look[m.state]![1]}>{m.state === 'none' && !m.required ? t('review.notRequired') : word('mark', m.state)}{m.byName && ` · ${m.byName} ${when(m.at!, zone.value)}`}</Tag>
    </li>)}</ul>
  </section>
}
