// The command box (Ctrl K): pages, a subject by number, language and theme.
import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { Dialog } from '../look/parts.tsx'
import { lang, t } from '../words/words.ts'
import { go, to } from './route.ts'
import { chooseLang, chooseTheme } from './session.ts'
import { codes, mayDo, study, watches } from './study.ts'

export const commanding = signal(false)

export function followCommandKey() {
  document.addEventListener('keydown', e => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k' && study.peek()) { e.preventDefault(); commanding.value = !commanding.value }
  })
}

type Command = { text: string; icon: IconName; run: () => void }

function commands(typed: string): Command[] {
  const id = study.value!.id
  const all: Command[] = [
    ...(codes.value ? [{ text: t('coding.title'), icon: 'rows' as const, run: () => go(to.coding(id)) }] : [
      { text: t('nav.today'), icon: 'clock' as const, run: () => go(to.today(id)) },
      { text: t('nav.subjects'), icon: 'people' as const, run: () => go(to.subjects(id)) },
      { text: t('enrol.do'), icon: 'plus' as const, run: () => go(to.enrol(id)) },
      { text: t('nav.queries'), icon: 'query' as const, run: () => go(to.queries(id)) },
      { text: t('nav.inbox'), icon: 'mail' as const, run: () => go(to.inbox(id)) },
    ]),
    ...(mayDo('study.manage') ? [{ text: t('nav.notices'), icon: 'branch' as const, run: () => go(to.notices(id)) }, { text: t('notices.new'), icon: 'plus' as const, run: () => go(to.compose(id)) }] : []),
    ...(mayDo('form.review') ? [{ text: t('nav.review'), icon: 'check' as const, run: () => go(to.review(id)) }, { text: t('nav.locks'), icon: 'key' as const, run: () => go(to.locks(id)) }] : []),
    ...(mayDo('form.sign') ? [{ text: t('nav.sign'), icon: 'pen' as const, run: () => go(to.sign(id)) }] : []),
    ...(watches.value ? [
      { text: t('nav.monitoring'), icon: 'pulse' as const, run: () => go(to.monitoring(id)) },
      { text: t('nav.signals'), icon: 'flag' as const, run: () => go(to.signals(id)) },
      { text: t('scatter.title'), icon: 'branch' as const, run: () => go(to.scatter(id)) },
      { text: t('power.title'), icon: 'check' as const, run: () => go(to.power(id)) },
      { text: t('portfolio.title'), icon: 'form' as const, run: () => go(to.portfolio) },
      { text: t('kri.title'), icon: 'rows' as const, run: () => go(to.indicators(id)) },
    ] : []),
    { text: lang.value === 'en' ? '切换到中文' : 'Switch to English', icon: 'screen', run: () => chooseLang(lang.value === 'en' ? 'zh-CN' : 'en') },
    { text: t('theme.light'), icon: 'sun', run: () => chooseTheme('light') },
    { text: t('theme.dark'), icon: 'moon', run: () => chooseTheme('dark') },
    { text: t('app.allStudies'), icon: 'form', run: () => go('/') },
  ]
  const found = all.filter(c => c.text.toLowerCase().includes(typed.toLowerCase()))
  return !codes.value && /\d/.test(typed) ? [{ text: t('app.openSubject', { id: typed }), icon: 'right', run: () => go(to.casebook(id, typed)) }, ...found] : found
}

export function Commands() {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const found = commands(typed.trim())
  const close = () => { commanding.value = false }
  const run = (c: Command | undefined) => { if (c) { close(); c.run() } }
  const key = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault()
      if (found.length) setAt((at + (e.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length)
    } else if (e.key === 'Enter') { e.preventDefault(); run(found[at]) }
  }
  return <Dialog title={t('app.command')} close={close}>
    <div class="body stack-1">
      <div class="in"><input autofocus role="combobox" aria-expanded="true" aria-controls="commands" aria-activedescendant={found[at] ? `cmd-${at}` : undefined}
        aria-label={t('app.commandHint')} placeholder={t('app.commandHint')} value={typed} autocomplete="off"
        onInput={e => { setTyped(e.currentTarget.value); setAt(0) }} onKeyDown={key} /></div>
      <ul id="commands" class="menu still" role="listbox" aria-label={t('app.command')}>
        {found.map((c, i) => <li key={c.text} id={`cmd-${i}`} role="option" aria-selected={i === at} class={i === at ? 'at' : ''} onClick={() => run(c)}>
          <Icon name={c.icon} /><span class="grow">{c.text}</span></li>)}
        {!found.length && <li class="dim" role="option" aria-disabled="true" aria-selected="false">{t('app.commandNone')}</li>}
      </ul>
    </div>
  </Dialog>
}
