// The definition browser: a published version as people read it, visit by form, with its code lists, units, rules and documents.
import { useMemo, useState } from 'preact/hooks'
import { label } from '../form/definition.ts'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, call } from '../wire/api.ts'
import type { Definition, EventDef, FormDef, Ref } from '../wire/types.ts'
import { moment, say, t, word, type Key } from '../words/words.ts'
import { Book, days, type Rule } from './definition.ts'
import { CodeLists, Documents, RuleList, RulePage, Units } from './definitionparts.tsx'
import { FormPage, ItemPage } from './definitionform.tsx'
import { useLoad } from './load.ts'
import { tabs, type Part } from './parts.ts'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, study, zone } from './study.ts'

const seg = encodeURIComponent
type Loaded = Definition & { book: Book; number: number }

const names: Partial<Record<Part, Key>> = { events: 'def.events', codelists: 'def.codelists', units: 'def.units', rules: 'def.rules', documents: 'def.documents' }

export function DefinitionPage({ id, part, oid }: { id: string; part: Part; oid: string }) {
  const [number, setNumber] = useState(0), [asked, ask] = useState('')
  const { data, problem, reload } = useLoad(`${id} definition ${number} ${study.value?.version}`, async (signal): Promise<Loaded> => {
    const definition = await api.definition(id, number || undefined, signal)
    const { rules } = await call<{ rules: Rule[] }>('GET', `/studies/${seg(id)}/definition/rules?version=${definition.version}`, { signal })
    return { ...definition, number: definition.version, book: new Book(definition.definition, rules) }
  })
  const book = data?.book, newest = study.value?.version ?? 0
  const title = book && oid ? titleOf(book, part, oid) : ''
  const crumbs = [{ text: t('def.title'), href: to.definition(id) }, ...(oid ? [{ text: title || oid }] : [])]
  return <Shell title={title || t('def.title')} crumbs={crumbs}>
    <Head title={title || t('def.title')} lead={data ? <>{t('def.lead', { n: data.number, oid: data.definition.oid, at: moment(data.publishedAt ?? '', zone.value) })} <span class="mono xs">{data.hash?.slice(0, 12)}</span></> : ' '}>
      {newest > 1 && <Chip name={t('def.version')} value={String(number || newest)} onChange={v => setNumber(Number(v))}
        choices={Array.from({ length: newest }, (_, i) => ({ value: String(newest - i), text: String(newest - i) }))} />}
      {mayDo('study.manage') && <a class="btn" href={to.importing(id)}><Icon name="up" />{t('def.import')}</a>}
    </Head>
    <div class="row wrap defbar">
      <nav aria-label={t('def.parts')}><ul class="deftabs">{tabs.map(p => <li key={p}><a href={to.definition(id, p)} aria-current={(p === part || p === 'events' && (part === 'forms' || part === 'items')) && !asked ? 'page' : undefined}>{t(names[p]!)}</a></li>)}</ul></nav>
      <label class="in search"><Icon name="search" /><input type="search" value={asked} placeholder={t('def.search')} aria-label={t('def.search')} onInput={e => ask(e.currentTarget.value)} /></label>
    </div>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && book && (asked.trim() ? <Found id={id} book={book} asked={asked} chosen={() => ask('')} /> : <Shown key={`${part} ${oid}`} id={id} data={data} part={part} oid={oid} />)}
  </Shell>
}

function titleOf(book: Book, part: Part, oid: string): string {
  const def = part === 'forms' ? book.forms.get(oid) : part === 'items' ? book.items.get(oid) : part === 'events' ? book.events.get(oid) : undefined
  return def ? label(def) : part === 'rules' ? book.rules.get(oid)?.id ?? oid : part === 'codelists' ? book.codeLists.get(oid)?.name ?? oid : oid
}

function Shown({ id, data, part, oid }: { id: string; data: Loaded; part: Part; oid: string }) {
  const { book } = data
  const form = book.forms.get(oid), item = book.items.get(oid), rule = book.rules.get(oid)
  if (part === 'forms' && form) return <FormPage id={id} book={book} form={form} />
  if (part === 'items' && item) return <ItemPage id={id} book={book} item={item} />
  if (part === 'rules' && rule) return <RulePage id={id} book={book} rule={rule} />
  if (part === 'codelists') return <CodeLists id={id} book={book} at={oid} />
  if (part === 'units') return <Units id={id} book={book} />
  if (part === 'rules' && !oid) return <RuleList id={id} book={book} rules={[...book.rules.values()]} />
  if (part === 'documents') return <Documents id={id} data={data} />
  if (oid && part !== 'events') return <Empty icon="search" title={t('def.nothing')}>{t('def.nothingDo')}</Empty>
  return <Schedule id={id} book={book} />
}

const shownHits = 200 // more are counted, and found by another word

function Found({ id, book, asked, chosen }: { id: string; book: Book; asked: string; chosen: () => void }) {
  const hits = useMemo(() => book.find(asked), [book, asked])
  return <section class="card"><header><h2 class="grow">{t('def.found', { n: hits.length })}</h2></header>
    {hits.length ? <ul class="list">{hits.slice(0, shownHits).map(h => <li key={h.part + h.oid}>
      <Tag icon={h.part === 'rules' ? 'branch' : h.part === 'events' ? 'flag' : 'form'}>{word('kindOf', h.part)}</Tag>
      <a class="grow" href={to.definition(id, h.part, h.oid)} onClick={chosen}>{say(h.title, h.oid)}</a><span class="mono xs dim">{h.part === 'rules' ? book.rules.get(h.oid)!.id : h.oid}</span></li>)}</ul>
      : <Empty icon="search" title={t('def.nothing')}>{t('def.nothingDo')}</Empty>}
  </section>
}

/** When an event should take place, in days: day 28 −3/+3. */
function windowOf({ window: w }: EventDef): string {
  const target = days(w?.target)
  if (!w) return ''
  const [before, after] = [days(w.before) ?? w.before ?? 0, days(w.after) ?? w.after ?? 0]
  return t('def.day', { n: target ?? w.target }) + (before || after ? ` −${before}/+${after}` : '')
}

function Schedule({ id, book }: { id: string; book: Book }) {
  const events = book.schedule(), v = book.version
  const asked = useMemo(() => new Map(events.map(({ event }) => [event.oid, new Map(event.forms.map(r => [r.oid, r]))])), [book])
  if (!v.forms.length) return <Empty icon="form" title={t('def.none')}>{t('def.noneDo')}</Empty>
  const forms = [...v.forms].sort((a, b) => first(a) - first(b))
  function first(f: FormDef) { const i = events.findIndex(e => asked.get(e.event.oid)!.has(f.oid)); return i < 0 ? events.length : i }
  return <section class="card"><h2 class="sr">{t('def.events')}</h2>
    <div class="mx defmx" tabIndex={0} role="region" aria-label={t('def.events')}><table>
      <thead>
        <tr><th scope="col" class="stick">{t('def.form')}</th><th scope="col" class="num">{t('def.items')}</th><th scope="col" class="num">{t('def.rules')}</th>
          {events.map(({ event, ref }) => <th key={event.oid} scope="col" class="l v" title={event.oid}>{label(event)}
            <span class="xs dim">{windowOf(event) || (event.type === 'Scheduled' ? '' : t('def.anyTime'))}{event.window?.anchor && <span class="sr"> {t('def.anchor', { event: label(book.events.get(event.window.anchor) ?? { name: event.window.anchor }) })}</span>}
              {event.repeating && <Mark icon="history" text={t('def.repeats')} />}{ref.hidden && <Mark icon="branch" text={t('def.conditional')} />}</span></th>)}</tr>
      </thead>
      <tbody>{forms.map(f => <tr key={f.oid}>
        <th scope="row" class="stick"><a href={to.definition(id, 'forms', f.oid)}>{label(f)}</a> <span class="xs dim mono">{f.oid}</span>{f.repeating && <Mark icon="history" text={t('def.repeats')} />}</th>
        <td class="num">{book.itemsOf(f).length}</td><td class="num">{book.rulesOf(f).length}</td>
        {events.map(({ event }) => <td key={event.oid} class="l"><At id={id} form={f} event={event} ref_={asked.get(event.oid)!.get(f.oid)} /></td>)}</tr>)}</tbody>
    </table></div>
    <div class="mx-foot"><p class="sub">{t('def.counts', { events: events.length, forms: v.forms.length, items: v.items.length, rules: book.rules.size })}</p>
      <ul class="legend"><li><span class="c f-ok"><Icon name="check" /></span>{t('def.mandatory')}</li><li><span class="c f-due"><Icon name="ring" /></span>{t('def.optional')}</li><li><Icon name="branch" />{t('def.conditional')}</li><li><Icon name="history" />{t('def.repeats')}</li></ul></div>
  </section>
}

const Mark = ({ icon, text }: { icon: 'history' | 'branch'; text: string }) => <span class="defmark" title={text}><Icon name={icon} /><span class="sr">{text}</span></span>

function At({ id, form, event, ref_ }: { id: string; form: FormDef; event: EventDef; ref_: Ref | undefined }) {
  if (!ref_) return <><span class="dim" aria-hidden="true">·</span><span class="sr">{t('def.notAt')}</span></>
  return <a class={`c ${ref_.mandatory ? 'f-ok' : 'f-due'}`} href={to.definition(id, 'forms', form.oid)} title={t('def.at', { form: label(form), event: label(event) })}>
    <Icon name={ref_.hidden ? 'branch' : ref_.mandatory ? 'check' : 'ring'} /><span class="sr">{t('def.at', { form: label(form), event: label(event) })}</span></a>
}

