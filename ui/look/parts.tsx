// Small parts of every page: tags, rings, chips, problems, dialogs, menus. They know no page and no address.
import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { say, t, word } from '../words/words.ts'
import type { Key } from '../words/words.ts'
import { Problem } from '../wire/api.ts'
import type { CellState } from '../wire/types.ts'
import { Icon, type IconName } from './icon.tsx'

/** How a state looks: class of the matrix cell, icon, tone of the tag. */
export const states: Record<CellState, { cell: string; icon: IconName; tone: string }> = {
  complete: { cell: 'f-ok', icon: 'check', tone: 'ok' },
  partial: { cell: 'f-part', icon: 'half', tone: 'inf' },
  empty: { cell: 'f-due', icon: 'ring', tone: '' },
  query: { cell: 'f-q', icon: 'query', tone: 'bad' },
  inactive: { cell: 'f-skip', icon: 'dash', tone: '' },
  first: { cell: 'f-part', icon: 'half', tone: 'inf' },
  differs: { cell: 'f-q', icon: 'alert', tone: 'warn' },
}
export const stateOf = (state: string) => states[state as CellState] ?? states.empty

export function Tag({ tone = '', icon, children }: { tone?: string; icon: IconName; children: ComponentChildren }) {
  return <span class={`tag ${tone}`}><Icon name={icon} />{children}</span>
}

export function StateTag({ state, more }: { state: CellState; more?: string }) {
  const look = stateOf(state)
  return <Tag tone={look.tone} icon={look.icon}>{word('state', state)}{more ? ' ' + more : ''}</Tag>
}

const statuses: Record<string, [string, IconName]> = {
  screening: ['', 'ring'], enrolled: ['inf', 'half'], completed: ['ok', 'check'], screen_failed: ['', 'x'], withdrawn: ['warn', 'out'], inactive: ['', 'dash'],
}
export const subjectStatuses = ['screening', 'enrolled', 'completed', 'screen_failed', 'withdrawn', 'inactive']

export function StatusTag({ status }: { status: string }) {
  const [tone, icon] = statuses[status] ?? ['', 'ring']
  return <Tag tone={tone} icon={icon}>{word('status', status)}</Tag>
}

/** A ring that fills with share (0 to 1). */
export function Ring({ share }: { share: number }) {
  const around = 2 * Math.PI * 8
  const part = Math.max(0, Math.min(1, share)) * around
  return <svg class="ringp" viewBox="0 0 20 20" aria-hidden="true">
    <circle cx="10" cy="10" r="8" /><circle class="done" cx="10" cy="10" r="8" stroke-dasharray={`${part} ${around}`} transform="rotate(-90 10 10)" />
  </svg>
}

export const percent = (share: number) => `${Math.floor(share * 100 + 1e-9)}%`

/** Chooses files, with a button that speaks the page's language (a browser's own speaks the browser's), and says what was chosen. */
export function Files({ accept, many, disabled, chosen, choose }: { accept?: string; many?: boolean; disabled?: boolean; chosen?: readonly File[]; choose: (files: File[]) => void }) {
  const take = (e: { currentTarget: HTMLInputElement }) => { const files = [...e.currentTarget.files ?? []]; e.currentTarget.value = ''; if (files.length) choose(files) }
  return <span class="pick"><input type="file" class="sr" accept={accept} multiple={many} disabled={disabled} onChange={take} />
    <span class="btn s" aria-hidden="true"><Icon name="up" />{t(many ? 'do.files' : 'do.file')}</span>{chosen && <span class="sub wrap-any" role="status">{chosen.map(f => f.name).join(', ') || t('do.noFile')}</span>}</span>
}

/** What went wrong, in the server's words, and what to do. */
export function Trouble({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return <div class="note bad" role="alert">
    <Icon name="alert" />
    <div class="grow">
      <p><b>{problemText(problem)}</b></p>
      <p class="xs">{problem.code}{problem.place && ` · ${problem.place}`}{problem.traceId && ` · ${t('problem.trace', { id: problem.traceId })}`}</p>
    </div>
    {retry && <button type="button" class="btn s" onClick={retry}>{t('do.retry')}</button>}
  </div>
}

/** The server's sentence in the reader's language, or ours when nobody answered. */
export function problemText(problem: Problem): string {
  return say(problem.texts) || (problem.status === 0 ? t('problem.offline') : problem.message)
}

/** Nothing is here yet, and this is what to do next. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return <div class="empty"><span class="k"><Icon name={icon} /></span><h2>{title}</h2><div class="sub">{children}</div></div>
}

export function Waiting() {
  return <p class="waiting dim" role="status">{t('wait')}</p>
}

type Choice = { value: string; text: string }

/** A filter: a native list in the shape of a chip. */
export function Chip({ name, value, choices, icon, onChange }: {
  name: string; value: string; choices: Choice[]; icon?: IconName; onChange: (value: string) => void
}) {
  return <label class="chip">
    {icon && <Icon name={icon} />}<span class="dim">{name}</span>
    <select value={value} onChange={e => onChange(e.currentTarget.value)}>
      {choices.map(c => <option key={c.value} value={c.value}>{c.text}</option>)}
    </select><Icon name="chev" />
  </label>
}

/** Keeps a popup under (or above) its anchor while it is open; fixed, so that no scroller cuts it. */
export function usePopup(open: boolean, anchor: RefObject<HTMLElement | null>, popup: RefObject<HTMLElement | null>, close: () => void, wide = false) {
  useLayoutEffect(() => {
    const a = anchor.current, p = popup.current
    if (!open || !a || !p) return
    const box = a.getBoundingClientRect()
    if (wide) p.style.minWidth = `${box.width}px`
    const below = innerHeight - box.bottom - 12
    const height = Math.min(p.scrollHeight + 2, 288)
    const above = below < height && box.top > below
    p.style.maxHeight = `${Math.min(288, above ? box.top - 12 : below)}px`
    p.style.top = above ? `${box.top - Math.min(height, box.top - 12) - 4}px` : `${box.bottom + 4}px`
    p.style.left = `${Math.max(8, Math.min(wide ? box.left : box.right - p.offsetWidth, innerWidth - p.offsetWidth - 8))}px`
    const away = (e: Event) => { if (!(e.target instanceof Node && (p.contains(e.target) || a.contains(e.target)))) close() }
    // A scroll that leaves the anchor where it was does not close: another part of the page scrolled, or the news of a
    // scroll from before the click comes late.
    const moved = () => { const now = a.getBoundingClientRect(); if (now.top !== box.top || now.left !== box.left) close() }
    document.addEventListener('pointerdown', away)
    addEventListener('scroll', moved, true)
    return () => { document.removeEventListener('pointerdown', away); removeEventListener('scroll', moved, true) }
  })
}

export type MenuItem = { text: string; icon?: IconName; checked?: boolean; run: () => void }

/** A button with a menu: arrows move, Enter chooses, Escape returns to the button. */
export function Menu({ label, items, button, class: look = 'ico', quiet, handle }: {
  label: string; items: MenuItem[]; button: ComponentChildren; class?: string; quiet?: boolean
  /** Receives the function that opens the menu, for a key elsewhere. */
  handle?: (open: () => void) => void
}) {
  const [open, setOpen] = useState(false)
  const anchor = useRef<HTMLButtonElement>(null), popup = useRef<HTMLUListElement>(null)
  const close = () => setOpen(false)
  usePopup(open, anchor, popup, close)
  useLayoutEffect(() => { if (open) popup.current?.querySelector<HTMLElement>('[aria-checked=true],button')?.focus() }, [open]) // before the next key
  handle?.(() => setOpen(true))
  const key = (e: KeyboardEvent) => {
    const all = [...popup.current!.querySelectorAll<HTMLElement>('button')]
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[e.key]
    if (to !== undefined) { e.preventDefault(); all[to % all.length]?.focus() }
    if (e.key === 'Escape' || e.key === 'Tab') { e.stopPropagation(); close(); if (e.key === 'Escape') anchor.current?.focus() }
  }
  return <>
    <button ref={anchor} type="button" class={look} aria-haspopup="menu" aria-expanded={open} title={label}
      tabIndex={quiet ? -1 : 0} onClick={() => setOpen(!open)}><span class="sr">{label}</span>{button}</button>
    {open && <ul ref={popup} class="menu" role="menu" aria-label={label} onKeyDown={key}>
      {items.map(item => <li role="none" key={item.text}>
        <button type="button" role={item.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={item.checked} tabIndex={-1}
          onClick={() => { close(); anchor.current?.focus(); item.run() }}>
          {item.icon && <Icon name={item.icon} />}<span class="grow">{item.text}</span>{item.checked && <Icon name="check" class="t-acc" />}
        </button>
      </li>)}
    </ul>}
  </>
}

/** A dialog that holds the focus; Escape closes it. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => { const d = dialog.current!; d.showModal(); return () => d.close() }, [])
  return <dialog ref={dialog} class="dlg" aria-labelledby="dlg-title" onCancel={e => { e.preventDefault(); close() }}
    onClick={e => { if (e.target === dialog.current) close() }}>
    <div class="dlg-in">
      <header><h2 id="dlg-title" class="grow">{title}</h2>
        <button type="button" class="ico" aria-label={t('do.close')} onClick={close}><Icon name="x" /></button></header>
      {children}
    </div>
  </dialog>
}

/** The sentence of a fault found here, or the server's. */
export const faultText = (fault: Key | Problem) => fault instanceof Problem ? problemText(fault) : t(fault)

/** A QR code from its rows: 1 is dark. */
export function QR({ rows }: { rows: string[] }) {
  const path = rows.flatMap((row, y) => [...row].map((c, x) => c === '1' ? `M${x + 4} ${y + 4}h1v1h-1z` : '')).join('')
  return <svg viewBox={`0 0 ${rows.length + 8} ${rows.length + 8}`} width="224" height="224" role="img" aria-label="QR" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff" /><path d={path} fill="#000" /></svg>
}
