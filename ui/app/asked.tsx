// Questions that people make as rows, in both languages, and the definition of a form that they become: what a notice asks back,
// what is looked at in a monitoring visit.
import { Icon } from '../look/icon.tsx'
import type { Ref, Text, Version } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'

/** A question; the type judged is answered with yes, no or not applicable, and says what was found where it is no. */
export type Asked = { oid?: string; type: string; zh: string; en: string; must: boolean; codes: string }

const both = (zh: string, en: string): Text => ({ 'zh-CN': zh, en })
const judged = 'CL.SAYS'

/** Codes are lines: Chinese / English. */
function codesOf(text: string) {
  return text.split('\n').map(l => l.trim()).filter(Boolean).map((l, i) => { const [zh = '', en = ''] = l.split('/').map(x => x.trim()); return { code: String(i + 1), decode: both(zh, en) } })
}

/** The questions as a definition with one form of that name. */
export function formOf(asked: Asked[], name: Text) {
  const taken = new Set(asked.map(q => q.oid)), named = asked.map((q, i) => { let oid = q.oid ?? `Q${i + 1}`; while (!q.oid && taken.has(oid)) oid += 'A'; taken.add(oid); return { ...q, oid } })
  const form = named.some(q => q.type === 'judged') ? [{ oid: judged, name: 'says', dataType: 'text', items: [{ code: 'yes', decode: both('是', 'Yes') }, { code: 'no', decode: both('否', 'No') }, { code: 'na', decode: both('不适用', 'Not applicable') }] }] : []
  return {
    oid: 'ASKED', name: say(name), eventRefs: [], events: [], forms: [{ oid: 'F', name: name['en'] ?? '', description: name, groups: [{ oid: 'G', mandatory: true }] }],
    groups: [{ oid: 'G', name: name['en'] ?? '', description: name, items: named.flatMap((q): Ref[] => [{ oid: q.oid, mandatory: q.must }, ...(q.type === 'judged' ? [{ oid: q.oid + '.NOTE', mandatory: true, hidden: q.oid + '.FINE' }] : [])]) }],
    items: named.flatMap(q => [{ oid: q.oid, name: q.oid, dataType: ['choice', 'judged'].includes(q.type) ? 'text' : q.type, question: both(q.zh, q.en), ...(q.type === 'choice' ? { codeList: 'CL.' + q.oid } : q.type === 'judged' ? { codeList: judged } : {}) },
      ...(q.type === 'judged' ? [{ oid: q.oid + '.NOTE', name: q.oid + '.NOTE', dataType: 'text', length: 2000, question: both('发现了什么', 'What was found') }] : [])]),
    codeLists: [...form, ...named.flatMap(q => q.type === 'choice' ? [{ oid: 'CL.' + q.oid, name: q.oid, dataType: 'text', items: codesOf(q.codes) }] : [])],
    conditions: named.flatMap(q => q.type === 'judged' ? [{ oid: q.oid + '.FINE', name: q.oid + '.FINE', description: both('回答为“否”时', 'Where the answer is no'), expressions: [{ context: 'casebook', code: `${q.oid} != 'no'` }] }] : []),
  }
}

/** A form as rows; undefined when it says more than rows can. */
export function askedOf(v: Version): Asked[] | undefined {
  const [group] = v.groups, refs = group?.items ?? [], items = new Map(v.items.map(i => [i.oid, i]))
  const notes = new Set(refs.filter(r => r.oid.endsWith('.NOTE') && r.hidden === r.oid.replace(/NOTE$/, 'FINE')).map(r => r.oid))
  const plain = v.groups.length === 1 && !group!.repeating && !v.methods?.length && v.items.every(i => !i.checks?.length && !i.units?.length && !i.multiple) && refs.every(r => !r.mandatoryWhen && (!r.hidden || notes.has(r.oid)))
  if (!plain) return undefined
  return refs.filter(r => !notes.has(r.oid)).map(r => {
    const item = items.get(r.oid)!, codes = v.codeLists?.find(l => l.oid === item.codeList)?.items ?? []
    return { oid: r.oid, type: item.codeList === judged ? 'judged' : item.codeList ? 'choice' : item.dataType, zh: item.question?.['zh-CN'] ?? '', en: item.question?.['en'] ?? '', must: !!r.mandatory,
      codes: item.codeList === judged ? '' : codes.map(c => `${c.decode?.['zh-CN'] ?? ''} / ${c.decode?.['en'] ?? ''}`).join('\n') }
  })
}

/** The rows of questions of these types. */
export function Questions({ asked, set, types }: { asked: Asked[]; set: (asked: Asked[]) => void; types: string[] }) {
  return <Rows name={t('compose.questions')} rows={asked} set={set} fresh={{ type: types[0]!, zh: '', en: '', must: true, codes: '' }} each={(q, set, k) => <>
    <Choice name={t('compose.type')} n={k} value={q.type} all={types} text={x => word('type', x)} set={type => set({ ...q, type })} />
    <label class="row sm"><input type="checkbox" checked={q.must} onChange={e => set({ ...q, must: e.currentTarget.checked })} />{t('compose.must')}</label>
    <div class="wide stack-1"><Line name={t('compose.zh')} n={k} value={q.zh} set={zh => set({ ...q, zh })} /><Line name={t('compose.en')} n={k} value={q.en} set={en => set({ ...q, en })} /></div>
    {q.type === 'choice' && <div class="in long wide"><textarea rows={3} aria-label={`${t('compose.codes')} ${k}`} placeholder={t('compose.codes')} value={q.codes} onInput={e => set({ ...q, codes: e.currentTarget.value })} /></div>}</>} />
}

export function Rows<R>({ name, rows, set, fresh, each }: { name: string; rows: R[]; set: (rows: R[]) => void; fresh: R; each: (row: R, set: (row: R) => void, n: number) => preact.ComponentChildren }) {
  return <fieldset class="stack-1"><legend class="lab">{name}</legend>
    {rows.map((r, i) => <div key={i} class="maker">{each(r, row => set(rows.map((x, k) => k === i ? row : x)), i + 1)}
      <button type="button" class="ico" aria-label={`${t('compose.remove')} ${i + 1}`} onClick={() => set(rows.filter((_, k) => k !== i))}><Icon name="x" /></button></div>)}
    <div><button type="button" class="btn s" onClick={() => set([...rows, fresh])}><Icon name="plus" />{t('do.add')}<span class="sr"> {name}</span></button></div></fieldset>
}

export function Line({ name, n, value, set }: { name: string; n: number; value: string; set: (v: string) => void }) {
  return <div class="in s"><input aria-label={`${name} ${n}`} placeholder={name} value={value} onInput={e => set(e.currentTarget.value)} /></div>
}

export function Choice({ name, n, value, all, text, set, labelled }: { name: string; n?: number; value: string; all: string[]; text: (x: string) => string; set: (v: string) => void; labelled?: boolean }) {
  const list = <select aria-label={n ? `${name} ${n}` : name} value={value} onChange={e => set(e.currentTarget.value)}>{all.map(x => <option key={x} value={x}>{text(x)}</option>)}</select>
  return labelled ? <div class="f"><div class="lab" aria-hidden="true">{name}</div><div class="in">{list}</div></div> : <div class="in s">{list}</div>
}

