// A code list of more than four: a combobox (ARIA 1.2) that narrows the list by typing a code or a text.
import { useRef, useState } from 'preact/hooks'
import type { CodeItem } from '../wire/types.ts'
import { usePopup } from '../look/parts.tsx'
import { Icon } from '../look/icon.tsx'
import { t } from '../words/words.ts'
import { codeLabel } from './definition.ts'

type Props = {
  id: string; codes: CodeItem[]; value: string; labelledBy: string; describedBy: string | undefined; invalid: boolean; required: boolean
  choose: (code: string) => void
  /** The field was left with text that is no code. */
  refuse: () => void
}

export function Combo({ id, codes, value, labelledBy, describedBy, invalid, required, choose, refuse }: Props) {
  const [typed, setTyped] = useState<string>() // undefined: not being typed in
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const anchor = useRef<HTMLDivElement>(null), popup = useRef<HTMLUListElement>(null)
  usePopup(open, anchor, popup, () => setOpen(false), true)

  const chosen = codes.find(c => c.code === value)
  const found = typed === undefined ? codes : codes.filter(c => matches(c, typed))
  const pick = (code: CodeItem) => { setTyped(undefined); setOpen(false); if (code.code !== value) choose(code.code) }
  const show = () => { setOpen(true); setAt(Math.max(0, codes.findIndex(c => c.code === value))) }

  const leave = () => {
    setOpen(false)
    if (typed === undefined) return
    setTyped(undefined)
    if (!typed.trim()) { if (value) choose(''); return }
    const exact = codes.find(c => c.code === typed.trim() || codeLabel(c).toLowerCase() === typed.trim().toLowerCase())
    const only = found.length === 1 ? found[0] : exact
    if (only) pick(only)
    else refuse()
  }
  const key = (e: KeyboardEvent) => {
    if (e.altKey && e.key !== 'ArrowDown') return
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault()
      if (!open) show()
      else if (found.length) move((at + (e.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length)
    } else if (e.key === 'Enter' && open) {
      e.preventDefault(); e.stopPropagation()
      if (found[at]) pick(found[at])
    } else if (e.key === 'Escape' && open) {
      e.stopPropagation(); setOpen(false); setTyped(undefined)
    }
  }
  const move = (to: number) => { setAt(to); popup.current?.children[to]?.scrollIntoView({ block: 'nearest' }) }

  return <div class={`in ${invalid ? 'is-warn' : ''}`} ref={anchor}>
    <input id={id} role="combobox" aria-expanded={open} aria-controls={`${id}-list`} aria-autocomplete="list" aria-required={required}
      aria-activedescendant={open && found[at] ? `${id}-${at}` : undefined} aria-describedby={describedBy} aria-invalid={invalid}
      autocomplete="off" spellcheck={false} placeholder={t('crf.choose')} value={typed ?? (chosen ? codeLabel(chosen) : value)}
      onInput={e => { setTyped(e.currentTarget.value); setOpen(true); setAt(0) }} onClick={show} onKeyDown={key} onBlur={leave} />
    <span class="u"><Icon name="chev" /></span>
    {open && <ul ref={popup} id={`${id}-list`} class="menu" role="listbox" aria-labelledby={labelledBy}>
      {found.map((c, i) => <li key={c.code} id={`${id}-${i}`} role="option" aria-selected={c.code === value} class={i === at ? 'at' : ''}
        onPointerDown={e => { e.preventDefault(); pick(c) }}>
        <span class="grow">{codeLabel(c)}</span>{c.code !== codeLabel(c) && <span class="dim xs">{c.code}</span>}{c.code === value && <Icon name="check" class="t-acc" />}
      </li>)}
      {!found.length && <li class="dim" role="option" aria-disabled="true" aria-selected="false">{t('combo.none')}</li>}
    </ul>}
  </div>
}

function matches(code: CodeItem, typed: string): boolean {
  const want = typed.trim().toLowerCase()
  return code.code.toLowerCase().startsWith(want) || codeLabel(code).toLowerCase().includes(want)
}
