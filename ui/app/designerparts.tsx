// What every part of the designer shares: the draft under edit, and fields that change it.
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useId } from 'preact/hooks'
import type { Scope, Type } from '../check/check.ts'
import { Icon } from '../look/icon.tsx'
import type { Text } from '../wire/types.ts'
import { say, t, word, type Key } from '../words/words.ts'
import { find, spotOf, type Definition, type Found, type Item, type Kind, type Spot } from './designerdraft.ts'

/** A rule at its place: how it is read and written, what it must give, and whose item it is about. */
export type RuleSite = { title: Key; name: string; source: string; write: (src: string) => void; want: Type | undefined }
export type Desk = {
  study: string
  d: Definition
  scope: Scope
  /** A change; those under one key, such as the letters of one field, are undone as one. */
  edit: (change: (d: Definition) => Definition, key?: string) => void
  at: Spot | undefined
  select: (spot: Spot | undefined) => void
  problems: Found[]
  /** Opens the test bench on a rule. */
  test: (rule: RuleSite) => void
}
export const DeskContext = createContext<Desk>(undefined as unknown as Desk)
export const useDesk = () => useContext(DeskContext)

/** What a definition is called by readers. */
export const titleOf = (def: { oid: string; name: string; question?: Text; description?: Text } | undefined, oid: string) =>
  def ? say(def.question) || say(def.description) || def.name || def.oid : oid
export const titleAt = (d: Definition, { kind, oid }: Spot) => titleOf(find(d, kind, oid) as Item | undefined, oid)

/** The problems that stand at a definition, or at one place of it. */
export const problemsAt = (d: Definition, problems: Found[], spot: Spot, place?: string) =>
  problems.filter(p => { const s = spotOf(d, p.name); return s?.kind === spot.kind && s.oid === spot.oid && (place === undefined || (place ? p.name.endsWith(place) : !/\/RangeCheck|\/CodeListItem/.test(p.name))) })

export function Problems({ of }: { of: Found[] }) {
  return <>{of.map((p, i) => <p key={i} class="note bad" role="alert"><Icon name="alert" /><span>{say(p.texts) || p.code || p.kind}{p.place && <span class="xs"> {p.place}</span>}</span></p>)}</>
}

export function Line({ label, children, wide, help }: { label: string; children: ComponentChildren; wide?: boolean; help?: string }) {
  return <label class={wide ? 'f w6' : 'f w3'}><span class="lab">{label}</span><span class="in">{children}</span>{help && <span class="xs dim">{help}</span>}</label>
}

export function TextLine({ label, value, set, wide, mono, help, lang }: { label: string; value: string | undefined; set: (v: string) => void; wide?: boolean; mono?: boolean; help?: string; lang?: string }) {
  return <Line label={label} {...wide ? { wide } : {}} {...help ? { help } : {}}><input value={value ?? ''} class={mono ? 'mono' : undefined} lang={lang} autocomplete="off" spellcheck={false} onInput={e => set(e.currentTarget.value)} /></Line>
}

/** A name that others refer to: it is given when the field is left, so that a half-written one never stands. */
export function OidLine({ value, set }: { value: string; set: (v: string) => void }) {
  return <Line label="OID"><input key={value} defaultValue={value} class="mono" autocomplete="off" autocapitalize="none" spellcheck={false} onChange={e => { const next = e.currentTarget.value.trim(); if (next) set(next); e.currentTarget.value = next || value }} /></Line>
}

export function NumberLine({ label, value, set }: { label: string; value: number | undefined; set: (v: number | undefined) => void }) {
  return <Line label={label}><input inputMode="numeric" value={value ?? ''} autocomplete="off" onInput={e => { const n = e.currentTarget.value.trim(); if (/^\d{0,4}$/.test(n)) set(n ? Number(n) : undefined) }} /></Line>
}

export function SelectLine({ label, value, choices, set }: { label: string; value: string | undefined; choices: [string, string][]; set: (v: string) => void }) {
  return <Line label={label}><select value={value ?? ''} onChange={e => set(e.currentTarget.value)}>{choices.map(([v, s]) => <option key={v} value={v}>{s}</option>)}</select><span class="u"><Icon name="chev" /></span></Line>
}

export function CheckLine({ label, value, set }: { label: string; value: boolean | undefined; set: (v: boolean) => void }) {
  return <label class={`opt ${value ? 'on' : ''}`}><input type="checkbox" checked={!!value} onChange={e => set(e.currentTarget.checked)} />{label}</label>
}

/** One sentence in both languages; others that it has stay. */
export function BothLanguages({ label, value, set }: { label: string; value: Text | undefined; set: (v: Text | undefined) => void }) {
  const id = useId()
  const change = (lang: string, s: string) => {
    const next = { ...value, [lang]: s }
    if (!s) delete next[lang]
    set(Object.keys(next).length ? next : undefined)
  }
  const zh = value && 'zh' in value && !('zh-CN' in value) ? 'zh' : 'zh-CN'
  return <fieldset class="f w6 both"><legend class="lab" id={id}>{label}</legend>
    {([[zh, t('design.zh'), 'zh-CN'], ['en', t('design.en'), 'en']] as const).map(([key, name, lang]) =>
      <label class="in" key={key}><span class="u">{name}</span><input lang={lang} aria-label={`${label}, ${name}`} value={value?.[key] ?? ''} autocomplete="off" onInput={e => change(key, e.currentTarget.value)} /></label>)}
  </fieldset>
}

export const kindWord = (kind: Kind) => word('designKind', kind)
