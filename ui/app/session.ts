// Who is here and how they like it: the session, the choice of language, theme and density, and what is announced.
import { effect, signal } from '@preact/signals'
import { api, call, onSignedOut, Problem, speak } from '../wire/api.ts'
import type { Session } from '../wire/types.ts'
import { lang, learn, type Lang } from '../words/words.ts'
import { askPasskey } from './passkey.ts'
import { go, route } from './route.ts'

/** undefined: not known yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined)
/** Whether this person has one of the installation's duties, or the role that has all of them. */
export const mayRun = (duty: 'operator' | 'security' | 'auditor') => !!session.value?.platform?.some(r => r === 'admin' || r === duty)
/** The session ended while somebody was at work. */
export const ended = signal(false)
export const bootProblem = signal<Problem | undefined>(undefined)

export type Theme = 'light' | 'dark' | 'system'
export const theme = signal<Theme>('system')
export const density = signal<'comfortable' | 'compact'>('comfortable')
/** The last thing a screen reader should hear. */
export const announced = signal('')

const stored = {
  get(key: string) { try { return localStorage.getItem('casebook.' + key) } catch { return null } },
  set(key: string, value: string) { try { localStorage.setItem('casebook.' + key, value) } catch { /* private windows may refuse; the choice then lasts for this page */ } },
  drop(key: string) { try { localStorage.removeItem('casebook.' + key) } catch { /* as above */ } },
}

export function chooseLang(to: Lang) { lang.value = to; stored.set('lang', to) }
export function chooseTheme(to: Theme) { theme.value = to; stored.set('theme', to) }
export function chooseDensity(to: 'comfortable' | 'compact') { density.value = to; stored.set('density', to) }

export function applyChoices() {
  const language = stored.get('lang') ?? navigator.language
  lang.value = language.startsWith('zh') ? 'zh-CN' : 'en'
  theme.value = (stored.get('theme') ?? 'system') as Theme
  density.value = stored.get('density') === 'compact' ? 'compact' : 'comfortable'
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const systemDark = signal(dark.matches)
  dark.addEventListener('change', () => { systemDark.value = dark.matches })
  const root = document.documentElement
  effect(() => { root.lang = lang.value; speak(lang.value); void learn(lang.value) })
  effect(() => { root.dataset['theme'] = theme.value === 'system' ? (systemDark.value ? 'dark' : 'light') : theme.value })
  effect(() => { root.dataset['density'] = density.value })
}

/** Asks the server who is here; pages wait for the answer. */
export async function resume() {
  onSignedOut(() => { ended.value = true; leave() })
  try {
    bootProblem.value = undefined
    if (stored.get(leaving)) await end()
    welcome(await api.session())
  } catch (e) {
    if (!(e instanceof Problem)) throw e
    if (e.status === 401) leave()
    else bootProblem.value = e
  }
}

export const signIn = async (user: string, password: string, code = '') => { await told; enter(await api.signIn(user, password, code)) }
export const signInByPasskey = async () => { await told; enter(await call<Session>('POST', '/session/passkey', { body: { passkey: await askPasskey('/session/passkey') } })) }

function enter(who: Session) {
  stored.drop(leaving)
  welcome(who)
  ended.value = false
  const next = new URLSearchParams(location.search).get('next')
  const only = session.value?.studies.length === 1 ? `/s/${encodeURIComponent(session.value.studies[0]!.id)}/subjects` : '/'
  go(next?.startsWith('/') && !next.startsWith('//') ? next : only, true)
}

/** Stands while somebody has signed out and the server does not know it yet. */
const leaving = 'leaving'

/** Leaves at once, whether or not the server can be told: it is told the next time that a page opens here. */
export async function signOut() {
  stored.set(leaving, '1')
  session.value = null
  go('/login')
  told = end().catch(e => { if (!(e instanceof Problem)) throw e })
  await told
}

let told = Promise.resolve()

async function end() {
  await api.signOut()
  stored.drop(leaving)
}

function welcome(who: Session) {
  session.value = who
  const wish = who.user.locale
  if (wish && !stored.get('lang')) lang.value = wish.startsWith('zh') ? 'zh-CN' : 'en'
}

function leave() {
  session.value = null
  if (route.value.page === 'login' || route.value.page === 'welcome' || route.value.page === 'proved') return
  const here = location.pathname + location.search
  go('/login' + (here === '/' ? '' : '?next=' + encodeURIComponent(here)), true)
}
