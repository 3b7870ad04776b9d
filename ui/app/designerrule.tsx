// A rule as it is written: where it is wrong is said under it at once, and the names that it may use are offered.
import { useId, useMemo, useRef, useState } from 'preact/hooks'
import { functionNames } from '../check/functions.ts'
import { Icon } from '../look/icon.tsx'
import { t, word } from '../words/words.ts'
import { quoted, type Definition } from './designerdraft.ts'
import { useDesk, titleOf, type RuleSite } from './designerparts.tsx'
import { faultOf, ofVisit, typeOf } from './designerrules.ts'

export type Name = { insert: string; text: string; about: string }

/** Items, names of the visit and functions whose name or question has what was typed; those that begin with it first. */
export function namesFor(d: Definition, typed: string, most = 8): Name[] {
  const want = typed.toLowerCase()
  const all: Name[] = [
    ...d.items.map(i => ({ insert: quoted(i.oid), text: titleOf(i, i.oid), about: word('ruleType', typeOf(i).replace('list of ', '')) })),
    ...[...ofVisit].map(([name, type]) => ({ insert: name, text: t('design.ofVisit'), about: word('ruleType', type) })),
    ...functionNames.map(name => ({ insert: name + '(', text: t('design.function'), about: '' })),
  ]
  const rank = (n: Name) => n.insert.toLowerCase().startsWith(want) ? 0 : n.insert.toLowerCase().includes(want) ? 1 : n.text.toLowerCase().includes(want) ? 2 : 3
  return all.filter(n => rank(n) < 3).sort((a, b) => rank(a) - rank(b)).slice(0, most)
}

/** Where the fault of a rule lies, as the server says it too: "column 5", "line 2, column 1". */
const placeText = (place: string) => place.replace(/line (\d+)/, (_, n: string) => t('design.line', { n })).replace(/column (\d+)/, (_, n: string) => t('design.column', { n })).replace(', ', t('design.comma'))

export function RuleField({ site, bench }: { site: RuleSite; bench?: boolean }) {
  const { d, scope, test } = useDesk()
  const id = useId(), area = useRef<HTMLTextAreaElement>(null)
  const [typed, setTyped] = useState<string>(), [at, setAt] = useState(0)
  const fault = useMemo(() => site.source.trim() ? faultOf(site.source, scope, site.want) : undefined, [site.source, scope, site.want])
  const offers = typed ? namesFor(d, typed) : []
  const wordBefore = (e: HTMLTextAreaElement) => /`?[\p{L}_][\p{L}\w.-]*$/u.exec(e.value.slice(0, e.selectionStart))?.[0]
  const take = (name: Name) => {
    const e = area.current!, end = e.selectionStart, start = end - (typed?.length ?? 0)
    const next = e.value.slice(0, start) + name.insert + e.value.slice(end)
    site.write(next)
    setTyped(undefined)
    requestAnimationFrame(() => { e.focus(); e.selectionStart = e.selectionEnd = start + name.insert.length })
  }
  const key = (e: KeyboardEvent) => {
    if (!offers.length) return
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); setAt((at + (e.key === 'ArrowDown' ? 1 : offers.length - 1)) % offers.length) }
    else if (e.key === 'Tab' && !e.shiftKey || e.key === 'Enter') { e.preventDefault(); take(offers[at]!) }
    else if (e.key === 'Escape') { e.stopPropagation(); setTyped(undefined) }
  }
  const open = offers.length > 0
  return <div class="f w6 rule">
    <div class="lab"><label for={id}>{t(site.title)}{bench && site.name && ` · ${site.name}`}</label>{!bench && <button type="button" class="btn quiet s push" onClick={() => test(site)}><Icon name="pulse" />{t('design.test')}<span class="sr"> {site.name}</span></button>}</div>
    <div class={fault ? 'in long is-q' : 'in long'}><textarea id={id} ref={area} class="mono" rows={Math.min(8, Math.max(2, site.source.split('\n').length))} spellcheck={false} value={site.source}
      aria-autocomplete="list" aria-controls={`${id}-o`} aria-activedescendant={open ? `${id}-${at}` : undefined} aria-invalid={!!fault} aria-describedby={`${id}-m`}
      onInput={e => { site.write(e.currentTarget.value); const w = wordBefore(e.currentTarget); setTyped(w && w.length > 1 ? w.replace(/^`/, '') : undefined); setAt(0) }}
      onKeyDown={key} onBlur={() => setTimeout(() => setTyped(undefined), 150)} /></div>
    <ul class="menu still offers" role="listbox" id={`${id}-o`} aria-label={t('design.names')} hidden={!open}>
      {offers.map((o, i) => <li key={o.insert} id={`${id}-${i}`} role="option" aria-selected={i === at} class={i === at ? 'at' : ''} onMouseDown={e => { e.preventDefault(); take(o) }}>
        <span class="mono">{o.insert}</span><span class="grow xs dim">{o.text}</span><span class="xs dim">{o.about}</span></li>)}</ul>
    <p id={`${id}-m`} class={fault ? 'xs t-bad' : 'xs dim'} role={fault ? 'alert' : undefined}>{fault ? `${word('ruleFault', fault.code.replace('rule.', ''))} (${placeText(fault.place)})` : site.source.trim() ? t('design.ruleOk') : t('design.ruleEmpty')}</p>
  </div>
}
