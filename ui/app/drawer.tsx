// The drawer at the right, the same on every page: queries, audit, help. Pages say what it is about.
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { t, type Key } from '../words/words.ts'

type Tab = 'queries' | 'audit' | 'help'
export const open = signal<Tab | undefined>(undefined)
/** What the page in view gives the drawer to show; a tab without content says what to do. */
export const content = signal<{ queries?: () => ComponentChildren; count?: number; audit?: () => ComponentChildren }>({})

const tabs: { tab: Tab; icon: IconName; title: Key }[] = [
  { tab: 'queries', icon: 'query', title: 'queries.tab' }, { tab: 'audit', icon: 'history', title: 'audit.tab' }, { tab: 'help', icon: 'help', title: 'help.tab' },
]

export function Drawer() {
  const list = useRef<HTMLDivElement>(null)
  const now = open.value
  const key = (e: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key]
    if (!step) return
    e.preventDefault()
    const all = [...list.current!.querySelectorAll('button')]
    const to = (all.indexOf(document.activeElement as HTMLButtonElement) + step + all.length) % all.length
    all[to]!.focus()
    if (now) open.value = tabs[to]!.tab
  }
  return <aside class="drawer" aria-label={t('app.side')} onKeyDown={e => { if (e.key === 'Escape') open.value = undefined }}>
    <div class="dtabs" role="tablist" aria-label={t('app.sideTabs')} ref={list} onKeyDown={key}>
      {tabs.map(({ tab, icon, title }, i) => <button key={tab} type="button" role="tab" id={`tab-${tab}`} aria-selected={now === tab}
        aria-controls={now === tab ? 'drawer-panel' : undefined} tabIndex={now ? (now === tab ? 0 : -1) : i ? -1 : 0} title={t(title)} onClick={() => { open.value = tab }}>
        <Icon name={icon} /><span class="tx">{t(title)}</span>{tab === 'queries' && !!content.value.count && <em class="n">{content.value.count}</em>}
      </button>)}
    </div>
    {now && <button type="button" class="ico dclose" aria-label={t('do.close')} onClick={() => { open.value = undefined }}><Icon name="x" /></button>}
    {now && <div class="dbody" role="tabpanel" id="drawer-panel" aria-labelledby={`tab-${now}`} tabIndex={0}>
      {now === 'queries' && (content.value.queries?.() ?? <p class="sub sm">{t('queries.nonePage')}</p>)}
      {now === 'audit' && (content.value.audit?.() ?? <p class="sub sm">{t('audit.pick')}</p>)}
      {now === 'help' && <Help />}
    </div>}
  </aside>
}

const keys: [string, Key][] = [
  ['Ctrl K', 'help.command'], ['← ↑ ↓ →', 'help.arrows'], ['Enter', 'help.enter'], ['Alt B', 'help.blank'], ['Alt H', 'help.history'],
  ['Alt PgDn / PgUp', 'help.nextForm'], ['Ctrl D', 'help.copy'], ['Esc', 'help.esc'],
]

function Help() {
  return <div class="stack">
    <h2 class="dh">{t('help.title')}</h2>
    <dl class="keylist">{keys.map(([k, what]) => <div key={k}><dt><kbd>{k}</kbd></dt><dd>{t(what)}</dd></div>)}</dl>
    {(['help.partial', 'help.reason', 'help.offline'] as const).map(k => <p key={k} class="note"><Icon name="info" /><span>{t(k)}</span></p>)}
  </div>
}
