// The editor of the consent document: a draft in both languages, saved as often as one likes, published once.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { moment, t } from '../words/words.ts'
import { Text_, type Document, type Option } from './consent.tsx'
import { at } from './epro.tsx'
import { useLoad } from './load.ts'
import { zone } from './study.ts'

type Draft = { revision: number; savedAt?: string; savedBy?: string; document?: Document }
type Question = NonNullable<Document['questions']>[number]
const blank = (): Document => ({ format: 'casebook-consent/1', title: {}, sections: [{ title: {}, text: {} }], questions: [], statement: {} })
const question = (): Question => ({ text: {}, options: [{ text: {}, right: true }, { text: {} }], why: {} })

export function ConsentEditor({ id, now, close }: { id: string; now?: Document | undefined; close: () => void }) {
  const { data, problem } = useLoad(`${id} epro consent draft`, signal => call<Draft>('GET', at(id, '/consent/draft'), { signal }))
  if (problem) return <Trouble problem={problem} />
  return data ? <Editing id={id} draft={data} first={data.document ?? now ?? blank()} close={close} /> : <Waiting />
}

function Editing({ id, draft, first, close }: { id: string; draft: Draft; first: Document; close: () => void }) {
  const [d, write] = useState(first), [saved, note] = useState(draft), [dirty, soil] = useState(!draft.document), [fault, setFault] = useState<Problem>(), [ask, open] = useState(false)
  const page = useRef<HTMLDivElement>(null)
  const change = (more: Partial<Document>) => { write({ ...d, ...more }); soil(true) }
  const tell = (e: unknown) => { if (!(e instanceof Problem)) throw e; open(false); setFault(e) }
  // What the server refuses has its place, and there the cursor goes.
  useEffect(() => { if (fault?.place) page.current?.querySelector(`[data-place="${CSS.escape(fault.place)}"]`)?.querySelector<HTMLElement>('input, textarea')?.focus() }, [fault])
  const save = async () => {
    const got = await call<Draft>('PUT', at(id, '/consent/draft'), { body: { revision: saved.revision, document: d } })
    note(got)
    soil(false)
    setFault(undefined)
  }
  const publish = async () => { if (dirty) await save(); await call('PUT', at(id, '/consent'), { body: d }); close() }
  const drop = async () => { if (saved.document || saved.savedAt) await call('DELETE', at(id, '/consent/draft')); close() }
  const choose = async (file?: File) => {
    if (!file) return
    try { change({ ...blank(), ...JSON.parse(await file.text()) as Document }) } catch { setFault(new Problem(400, { detail: t('epro.notJSON') })) }
  }
  return <div ref={page} class="stack-1 agree"><section class="card"><header><h2 class="grow">{t('epro.draft')}</h2><span class="sub sm" role="status">{dirty ? t('epro.draftDirty') : saved.savedAt && t('epro.draftBy', { who: saved.savedBy ?? '', at: moment(saved.savedAt, zone.value) })}</span></header>
    <div class="body stack-1"><p class="sub">{t('epro.draftLead')}</p><div class="row wrap">
      <button type="button" class="btn primary" data-do="save" disabled={!dirty} onClick={() => void save().catch(tell)}>{t('epro.draftSave')}</button>
      <button type="button" class="btn" data-do="publish" onClick={() => open(true)}>{t('epro.publish')}</button>
      <button type="button" class="btn" onClick={() => void drop().catch(tell)}>{t('epro.draftDrop')}</button><button type="button" class="btn" onClick={close}>{t('epro.draftLeave')}</button>
      <label class="btn">{t('epro.publishFile')}<input type="file" class="sr" accept=".json" onChange={e => void choose(e.currentTarget.files?.[0])} /></label>
      <a class="btn" href={'data:application/json;charset=utf-8,' + encodeURIComponent(JSON.stringify(d, null, '\t'))} download="consent.json">{t('epro.template')}</a></div>
      {fault && <Trouble problem={fault} />}</div></section>
    <section class="card"><header><h2 class="grow">{t('epro.whole')}</h2></header><div class="body stack-1">
      <Both place="/title" label={t('epro.titleOf')} value={d.title} set={title => change({ title })} />
      <div data-place="/approval"><label class="f"><span class="lab">{t('epro.approval')}</span><span class="in"><input value={d.approval ?? ''} onInput={e => change({ approval: e.currentTarget.value })} /></span></label></div>
      <div class="row wrap">{(['required', 'again'] as const).map(k => <label class={'opt' + (d[k] ? ' on' : '')} key={k}><input type="checkbox" checked={!!d[k]} onChange={e => change({ [k]: e.currentTarget.checked })} />{t(k === 'required' ? 'epro.required' : 'epro.again')}</label>)}</div></div></section>
    <Many name={t('epro.sections')} list={d.sections} make={() => ({ title: {}, text: {} })} set={sections => change({ sections })} add={t('epro.sectionAdd')}>{(s, i, put) => <>
      <Both place={`/sections/${i}/title`} label={t('epro.titleOf')} value={s.title} set={title => put({ ...s, title })} /><Both long place={`/sections/${i}/text`} label={t('epro.text')} value={s.text} set={text => put({ ...s, text })} /></>}</Many>
    <Many name={t('epro.questions')} list={d.questions ?? []} make={question} set={questions => change({ questions })} add={t('epro.questionAdd')}>{(q, i, put) => <>
      <Both place={`/questions/${i}/text`} label={t('epro.question')} value={q.text} set={text => put({ ...q, text })} /><Options place={`/questions/${i}/options`} list={q.options} set={options => put({ ...q, options })} />
      <Both long place={`/questions/${i}/why`} label={t('epro.explains')} value={q.why} set={why => put({ ...q, why })} /></>}</Many>
    <section class="card"><header><h2 class="grow">{t('epro.statement')}</h2></header><div class="body"><Both long place="/statement" label={t('epro.statement')} value={d.statement} set={statement => change({ statement })} /></div></section>
    {ask && <Dialog title={t('epro.publish')} close={() => open(false)}><div class="body stack-1"><p class="note warn"><Icon name="warn" /><span>{t('epro.publishLead')}</span></p><Text_ d={d} />
      <div class="row"><button type="button" class="btn primary" data-do="publish-now" onClick={() => void publish().catch(tell)}>{t('epro.publishGo')}</button></div></div></Dialog>}</div>
}

/** A text in both languages; others that it has stay. */
function Both({ label, value, set, place, long }: { label: string; value: Text; set: (text: Text) => void; place: string; long?: boolean }) {
  const change = (l: string, s: string) => { const next = { ...value, [l]: s }; if (!s) delete next[l]; set(next) }
  return <fieldset class="both" data-place={place}><legend class="lab sub sm">{label}</legend>{([['zh-CN', t('design.zh')], ['en', t('design.en')]] as const).map(([l, name]) =>
    <label class={'in' + (long ? ' tall' : '')} key={l}><span class="u">{name}</span>{long ? <textarea rows={3} lang={l} aria-label={`${label}, ${name}`} value={value[l] ?? ''} onInput={e => change(l, e.currentTarget.value)} />
      : <input lang={l} aria-label={`${label}, ${name}`} value={value[l] ?? ''} autocomplete="off" onInput={e => change(l, e.currentTarget.value)} />}</label>)}</fieldset>
}

/** Parts of the document, in their order. */
function Many<T>({ name, list, make, set, add, children }: { name: string; list: T[]; make: () => T; set: (list: T[]) => void; add: string; children: (one: T, i: number, put: (one: T) => void) => preact.ComponentChildren }) {
  const swap = (i: number) => { const next = [...list]; next.splice(i - 1, 2, list[i]!, list[i - 1]!); set(next) }
  return <section class="card"><header><h2 class="grow">{name}</h2></header>{list.map((one, i) => <div class="body stack-1 part" role="group" aria-label={`${name} ${i + 1}`} key={i}>
    <div class="row"><b class="grow">{i + 1}</b>{i > 0 && <button type="button" class="btn s" onClick={() => swap(i)}>{t('epro.moveUp')}<span class="sr"> {i + 1}</span></button>}
      <button type="button" class="btn s" onClick={() => set(list.filter((_, k) => k !== i))}>{t('epro.remove')}<span class="sr"> {i + 1}</span></button></div>
    {children(one, i, next => set(list.map((x, k) => k === i ? next : x)))}</div>)}
    <div class="body"><button type="button" class="btn" onClick={() => set([...list, make()])}><Icon name="plus" />{add}</button></div></section>
}

/** The answers that a question offers: exactly one is right. */
function Options({ place, list, set }: { place: string; list: Option[]; set: (list: Option[]) => void }) {
  const right = (i: number) => set(list.map(({ text }, k) => k === i ? { text, right: true } : { text }))
  return <div class="stack-1" data-place={place}>{list.map((o, i) => <div class="row wrap choice" key={i}>
    <div class="grow"><Both place={`${place}/${i}/text`} label={`${t('epro.option')} ${i + 1}`} value={o.text} set={text => set(list.map((x, k) => k === i ? { ...x, text } : x))} /></div>
    <label class={'opt' + (o.right ? ' on' : '')}><input type="radio" name={place} checked={!!o.right} onChange={() => right(i)} />{t('epro.right')}<span class="sr"> {i + 1}</span></label>
    {list.length > 2 && <button type="button" class="btn s" onClick={() => set(list.filter((_, k) => k !== i))}>{t('epro.remove')}<span class="sr"> {i + 1}</span></button>}</div>)}
    {list.length < 8 && <button type="button" class="btn s" onClick={() => set([...list, { text: {} }])}><Icon name="plus" />{t('epro.optionAdd')}</button>}</div>
}
