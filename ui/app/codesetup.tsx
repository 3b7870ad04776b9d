// What a study codes: which items, by which version of which dictionary; and what another version would change, before it does.
import { useState } from 'preact/hooks'
import { label, type Index } from '../form/definition.ts'
import { Icon } from '../look/icon.tsx'
import { Empty, Menu, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import type { Level } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, num, seg, Table } from './officeparts.tsx'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index } from './study.ts'

type Item = { item: string; kind: string; context?: string[] }
type Setup = { items: Item[]; versions: Record<string, string> }
type Dictionary = { kind: string; version: string; language: string; terms: number }
type Shift = { fate: string; values: number; was: Level[]; is?: Level[] }

const kinds = ['meddra', 'whodrug']
const most = 6 // items beside a coded one

export function CodeSetup({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} code setup`, signal => call<Setup & { dictionaries: Dictionary[] }>('GET', at(id, '/coding/setup'), { signal }))
  return <Shell title={t('coding.setupTitle')} crumbs={[{ text: t('coding.title'), href: to.coding(id) }, { text: t('coding.setupTitle') }]}>
    {problem && <Trouble problem={problem} retry={reload} />}
    {(!data || !index.value) && !problem && <Waiting />}
    {data && !data.dictionaries.length && <Empty icon="rows" title={t('coding.noDictionary')}>{t('coding.noDictionaryDo')}</Empty>}
    {data && data.dictionaries.length > 0 && index.value && <Edit key={JSON.stringify(data)} id={id} was={{ items: data.items, versions: data.versions }} dictionaries={data.dictionaries} definition={index.value} done={reload} />}
  </Shell>
}

function Edit({ id, was, dictionaries, definition, done }: { id: string; was: Setup; dictionaries: Dictionary[]; definition: Index; done: () => void }) {
  const [is, set] = useState<Setup>(was), [saving, save] = useState(false)
  const texts = textsOf(definition), used = kinds.filter(k => is.versions[k])
  const put = (item: string, more: Partial<Item>) => set({ ...is, items: is.items.map(i => i.item === item ? { ...i, ...more } : i) })
  const use = (kind: string, version: string) => {
    const { [kind]: _, ...others } = is.versions
    set(version ? { ...is, versions: { ...others, [kind]: version } } : { items: is.items.filter(i => i.kind !== kind), versions: others })
  }
  return <>
    <Head title={t('coding.setupTitle')} lead={t('coding.setupLead')}><button type="button" class="btn primary" disabled={JSON.stringify(is) === JSON.stringify(was)} onClick={() => save(true)}>{t('do.save')}</button></Head>
    <section class="card"><header><h2 class="grow">{t('coding.dictionaries')}</h2></header><div class="body two-col even">{kinds.map(k => <Version key={k} kind={k} of={dictionaries.filter(d => d.kind === k)} value={is.versions[k] ?? ''} set={v => use(k, v)} />)}</div></section>
    {kinds.filter(k => was.versions[k] && is.versions[k] && was.versions[k] !== is.versions[k]).map(k => <Shifts key={k} id={id} kind={k} version={is.versions[k]!} />)}
    <Table name={t('coding.items')} heads={[t('coding.item'), t('coding.forms'), t('coding.dictionary'), t('coding.shown'), '']}>
      {!is.items.length && <tr><td colSpan={5} class="sub">{t('coding.noItems')}</td></tr>}
      {is.items.map(i => <tr key={i.item}><th scope="row">{definition.itemLabel(i.item)} <span class="xs dim mono">{i.item}</span></th><td class="sub">{texts.get(i.item)?.forms.join(' · ')}</td>
        <td><span class="in s"><select aria-label={`${t('coding.dictionary')}: ${definition.itemLabel(i.item)}`} value={i.kind} onChange={e => put(i.item, { kind: e.currentTarget.value })}>{used.map(k => <option key={k} value={k}>{word('codingKind', k)}</option>)}</select></span></td>
        <td><Beside of={i} definition={definition} others={texts.get(i.item)?.beside ?? []} set={context => put(i.item, { context })} /></td>
        <td><button type="button" class="btn s" onClick={() => set({ ...is, items: is.items.filter(x => x !== i) })}>{t('coding.removeItem')}<span class="sr"> {i.item}</span></button></td></tr>)}</Table>
    {used.length > 0 && <Choose label={t('coding.addItem')} value="" set={item => { if (item) set({ ...is, items: [...is.items, { item, kind: used[0]! }] }) }}
      choices={[{ value: '', text: t('coding.addItemHint') }, ...[...texts].filter(([oid]) => !is.items.some(i => i.item === oid)).map(([oid, { forms }]) => ({ value: oid, text: `${definition.itemLabel(oid)} · ${forms.join(' · ')} · ${oid}` }))]} />}
    {saving && <Save id={id} is={is} first={!was.items.length && !Object.keys(was.versions).length} close={() => save(false)} done={() => { save(false); announced.value = t('coding.setupSaved'); done() }} />}
  </>
}

/** Items that may be coded, with the forms that ask them and what else those ask. */
function textsOf(definition: Index) {
  const all = new Map<string, { forms: string[]; beside: string[] }>()
  for (const form of definition.forms.values()) {
    const questions = definition.sections(form.oid).flatMap(s => s.questions)
    for (const { item, codes } of questions) {
      if (codes || item.codeList || !['text', 'string'].includes(item.dataType)) continue
      const known = all.get(item.oid) ?? { forms: [], beside: [] }
      known.forms.push(label(form))
      known.beside.push(...questions.map(q => q.item.oid).filter(oid => oid !== item.oid && !known.beside.includes(oid)))
      all.set(item.oid, known)
    }
  }
  return all
}

function Version({ kind, of, value, set }: { kind: string; of: Dictionary[]; value: string; set: (version: string) => void }) {
  const versions = [...new Set(of.map(d => d.version))]
  const loaded = of.filter(d => d.version === value)
  return <div class="stack-1"><Choose label={word('codingKind', kind)} value={value} set={set} choices={[{ value: '', text: t('coding.unused') }, ...versions.map(v => ({ value: v, text: v }))]} />
    {loaded.length > 0 && <span class="xs dim">{t('coding.loaded', { languages: loaded.map(d => word('langOf', d.language)).join(', '), n: loaded[0]!.terms })}</span>}</div>
}

function Beside({ of, definition, others, set }: { of: Item; definition: Index; others: string[]; set: (context: string[]) => void }) {
  const context = of.context ?? [], full = context.length >= most
  const items = others.filter(oid => !full || context.includes(oid)).map(oid => ({ text: definition.itemLabel(oid), checked: context.includes(oid), run: () => set(context.includes(oid) ? context.filter(x => x !== oid) : [...context, oid]) }))
  return <Menu label={`${t('coding.shown')}: ${definition.itemLabel(of.item)}`} items={items} class="btn s" button={<>{context.length ? context.map(oid => definition.itemLabel(oid)).join(' · ') : '–'}<Icon name="chev" /></>} />
}

/** What another version would make of the terms in use. */
function Shifts({ id, kind, version }: { id: string; kind: string; version: string }) {
  const { data, problem, reload } = useLoad(`${id} upgrade ${kind} ${version}`, signal => call<{ terms: Shift[] }>('GET', at(id, `/coding/upgrade?dictionary=${seg(kind)}&version=${seg(version)}`), { signal }))
  const name = t('coding.would', { dictionary: word('codingKind', kind), version })
  if (problem) return <Trouble problem={problem} retry={reload} />
  if (!data) return <Waiting />
  const other = data.terms.filter(s => s.fate !== 'same'), count = (all: Shift[]) => all.reduce((n, s) => n + s.values, 0)
  const path = (levels: Level[] | undefined) => levels?.length ? <><span class="mono">{levels[0]!.code}</span> {levels.map(l => say(l.name)).join(' › ')}</> : '–'
  return <><Table name={name} heads={[t('coding.term'), t('coding.fate'), num(t('coding.values')), t('coding.then')]}>
    {!other.length && <tr><td colSpan={4} class="sub">{t('coding.wouldNothing')}</td></tr>}
    {other.map(s => <tr key={`${s.was[0]!.code} ${s.was.length}`}><th scope="row">{path(s.was)}</th><td><Tag tone={s.is?.length ? 'info' : 'warn'} icon={s.is?.length ? 'info' : 'warn'}>{word('codingFate', s.fate)}</Tag></td><td class="num">{s.values}</td><td>{path(s.is)}</td></tr>)}</Table>
    <p class="sub">{t('coding.wouldSums', { same: count(data.terms.filter(s => s.fate === 'same')), back: count(data.terms.filter(s => !s.is?.length)) })}</p></>
}

function Save({ id, is, first, close, done }: { id: string; is: Setup; first: boolean; close: () => void; done: () => void }) {
  const [reason, setReason] = useState('')
  return <Ask title={t('coding.setupTitle')} close={close} ready={first || !!reason.trim()} go={async () => { await call('PUT', at(id, '/coding/setup'), { body: { ...is, reason: reason.trim() } }); done() }}>
    {!first && <Field label={t('locks.reason')} value={reason} set={setReason} lines />}</Ask>
}
