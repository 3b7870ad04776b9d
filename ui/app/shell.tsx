// The frame around every page: the rail at the left, the bar on top, the drawer at the right.
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { unsavedFields } from './desk.ts'
import { Icon, type IconName } from '../look/icon.tsx'
import { Menu } from '../look/parts.tsx'
import type { Role } from '../wire/types.ts'
import { clock, half, lang, say, t, word, type Key } from '../words/words.ts'
import { commanding, Commands } from './command.tsx'
import { IdleWarning } from './idle.tsx'
import { Drawer, open } from './drawer.tsx'
import { go, route, to } from './route.ts'
import { announced, chooseDensity, chooseLang, chooseTheme, density, mayRun, session, signOut, theme, type Theme } from './session.ts'
import { waiting } from './waiting.ts'
import { codes, entrance, homeSite, index, mayDo, signals, studies, study, unblinded, watches, zone } from './study.ts'

export type Crumb = { text: string; href?: string }

/** A page in its frame. mini makes the rail narrow, for pages that need the width. */
export function Shell({ title, crumbs = [], mini, children }: { title: string; crumbs?: Crumb[]; mini?: boolean; children: ComponentChildren }) {
  useEffect(() => { document.title = `${title} · casebook` }, [title, lang.value])
  return <>
    <a class="skip" href="#main">{t('app.skip')}</a>
    <div class="app" data-rail={mini ? 'mini' : 'full'} data-drawer={open.value ? 'open' : 'closed'}>
      <Rail />
      <div class="col">
        <Bar crumbs={[...(study.value ? [{ text: study.value.name, href: entrance(study.value) }] : []), ...crumbs]} />
        {study.value && study.value.environment !== 'PRODUCTION' && <p class="purpose"><Icon name="tool" />{word('purpose', study.value.environment)}</p>}
        <main id="main" tabIndex={-1}>{children}</main>
      </div>
      <Drawer />
    </div>
    <p class="sr" aria-live="polite">{announced.value}</p>
    {commanding.value && <Commands />}
    <IdleWarning />
  </>
}

let arrived = '', focused: EventTarget | null = null
addEventListener('focusin', e => { focused = e.target })
const focusWent = () => document.activeElement === document.body && focused instanceof Node && !focused.isConnected

/** The heading of a page. Whoever arrives stands on it, and again when what had the focus is there no more. */
export function Head({ title, lead, children }: { title: ComponentChildren; lead?: ComponentChildren; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const path = location.pathname
  useEffect(() => {
    if (arrived === path && !focusWent()) return
    arrived = path
    heading.current?.focus({ preventScroll: true })
  })
  return <div class="head"><div class="grow"><h1 ref={heading} tabIndex={-1}>{title}</h1>{lead && <p>{lead}</p>}</div>{children}</div>
}

function Rail() {
  const here = study.value
  return <nav class="rail" aria-label={t('app.main')}>
    <a class="brand" href="/"><Logo /><b>casebook</b></a>
    {here && <StudySwitch />}
    {!here && route.value.page === 'projects' && <><h2>{t('nav.office')}</h2><ul class="nav"><NavLink href={to.projects} icon="rows" text="office.register" on={['projects']} /></ul>
      <h2>{t('app.allStudies')}</h2><ul class="nav">{studies.value?.map(s => <li key={s.id}><a href={to.today(s.id)}><Icon name="form" /><span>{s.name}</span></a></li>)}</ul></>}
    {here && unblinded.value && <ul class="nav"><NavLink href={to.allocation(here.id)} icon="branch" text="nav.allocation" on={['allocation']} />{mayDo('safety.read') && <NavLink href={to.safety(here.id)} icon="alert" text="safety.nav" on={['safety', 'safetycase']} />}</ul>}
    {here && codes.value && <ul class="nav"><NavLink href={to.coding(here.id)} icon="rows" text="coding.title" on={['coding']} /></ul>}
    {here && !unblinded.value && !codes.value && <>
      <h2>{t('nav.work')}</h2>
      <ul class="nav">
        <NavLink href={to.today(here.id)} icon="clock" text="nav.today" on={['today']} />
        <NavLink href={to.subjects(here.id)} icon="people" text="nav.subjects" on={['subjects', 'casebook', 'form', 'log', 'past', 'enrol']} count={here.roles.some(r => !r.site) ? studies.value?.find(s => s.id === here.id)?.subjects : undefined} />
        <NavLink href={to.visits(here.id)} icon="flag" text="visits.title" on={['visits']} />
        <NavLink href={to.daily(here.id)} icon="rows" text="daily.title" on={['daily']} />
        <NavLink href={to.queries(here.id)} icon="query" text="nav.queries" on={['queries']} />
        {index.value?.doubled && <NavLink href={to.entries(here.id)} icon="form" text="double.title" on={['entries']} />}
        {mayDo('term.code') && <NavLink href={to.coding(here.id)} icon="rows" text="coding.title" on={['coding', 'codesetup']} />}
        <NavLink href={to.allocation(here.id)} icon="branch" text="nav.allocation" on={['allocation']} />
        <NavLink href={to.safety(here.id)} icon="alert" text="safety.nav" on={['safety', 'safetycase']} />
        <NavLink href={to.labs(here.id)} icon="flask" text="labs.title" on={['labs', 'ranges']} />
        <NavLink href={to.inbox(here.id)} icon="mail" text="nav.inbox" on={['inbox']} count={waiting.value.study === here.id && waiting.value.open ? waiting.value.open : undefined} />
        <NavLink href={to.epro(here.id)} icon="pulse" text="nav.epro" on={['epro']} />
        <NavLink href={to.trail(here.id)} icon="history" text="trail.title" on={['trail']} />
        {(mayDo('form.write') || mayDo('export')) && <NavLink href={to.uploads(here.id)} icon="up" text="up.title" on={['uploads']} />}
        {mayDo('export') && <NavLink href={to.exports(here.id)} icon="down" text="exports.title" on={['exports']} />}
        {(mayDo('form.verify') || mayDo('form.review')) && <NavLink href={to.review(here.id)} icon="check" text="nav.review" on={['review', 'sdvplan']} />}
        {mayDo('form.sign') && <NavLink href={to.sign(here.id)} icon="pen" text="nav.sign" on={['sign']} />}
        {mayDo('form.freeze') && <NavLink href={to.locks(here.id)} icon="key" text="nav.locks" on={['locks']} />}
      </ul>
      <h2>{t('nav.office')}</h2>
      <ul class="nav">
        <NavLink href={to.startup(here.id)} icon="flag" text="office.startup" on={['startup']} />
        <NavLink href={to.enrolment(here.id)} icon="people" text="office.enrolment" on={['enrolment']} />
        {homeSite.value && <NavLink href={to.team(here.id, homeSite.value.id)} icon="key" text="office.people" on={['team']} />}
        <NavLink href={to.documents(here.id)} icon="form" text="doc.title" on={['documents']} />
        <NavLink href={to.siteVisits(here.id)} icon="pen" text="mv.title" on={['sitevisits', 'sitevisit', 'checklists']} />
        <NavLink href={to.goods(here.id)} icon="flask" text="goods.title" on={['goods']} />
        {mayDo('payment.read') && <NavLink href={to.payments(here.id)} icon="rows" text="pay.title" on={['payments']} />}
        <NavLink href={to.issues(here.id)} icon="alert" text="office.issues" on={['issues']} />
        {mayDo('request.handle') && <NavLink href={to.dataRequests(here.id)} icon="shield" text="dsr.title" on={['datarequests']} />}
        <NavLink href={to.definition(here.id)} icon="form" text="def.title" on={['definition', 'import']} />
        <NavLink href={to.versions(here.id)} icon="branch" text="versions.all" on={['versions']} />
        {mayDo('study.manage') && <NavLink href={to.design(here.id)} icon="pen" text="design.title_" on={['design']} />}
        <NavLink href={to.projects} icon="rows" text="office.register" on={['projects']} />
      </ul>
      {watches.value && <>
        <h2>{t('nav.watch')}</h2>
        <ul class="nav">
          <NavLink href={to.monitoring(here.id)} icon="pulse" text="nav.monitoring" on={['monitoring', 'oversight', 'scatter', 'power']} />
          <NavLink href={to.indicators(here.id)} icon="rows" text="kri.title" on={['indicators', 'indicator']} />
          {mayDo('study.manage') && <NavLink href={to.notices(here.id)} icon="branch" text="nav.notices" on={['notices', 'notice', 'compose']} />}
          <NavLink href={to.signals(here.id)} icon="flag" text="nav.signals" on={['signals']} count={signals.value?.filter(s => s.state !== 'closed').length} />
        </ul>
      </>}
    </>}
    {session.value?.platform?.length || mayDo('study.manage') ? <><h2>{t('nav.platform')}</h2><ul class="nav">
      {mayRun('security') && <><NavLink href="/people" icon="people" text="people.title" on={['people']} /><NavLink href="/clients" icon="key" text="clients.title" on={['clients', 'requests']} /></>}
      {mayRun('operator') && <NavLink href="/settings" icon="tool" text="set.title" on={['settings']} />}
      {(mayRun('operator') || mayRun('auditor')) && <NavLink href="/holds" icon="shield" text="hold.title" on={['holds']} />}
      {mayRun('auditor') && <NavLink href="/audit" icon="history" text="set.did" on={['audit']} />}
      {here && mayDo('study.manage') && <NavLink href={to.webhooks(here.id)} icon="out" text="hooks.title" on={['webhooks']} />}
      <NavLink href="/console" icon="branch" text="console.title" on={['console']} /></ul></> : null}
    <Me />
  </nav>
}

export const Logo = () => <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" class="logo">
  <rect width="24" height="24" rx="6" /><path d="M7 6.5h7.5a2.5 2.5 0 0 1 2.5 2.5v8.5H9A2 2 0 0 1 7 15.5zM10 11.8l1.6 1.6 2.9-3.3" />
</svg>

function NavLink({ href, icon, text, on, count }: { href: string; icon: IconName; text: Key; on: string[]; count?: number | undefined }) {
  return <li><a href={href} aria-current={on.includes(route.value.page) ? 'page' : undefined} title={t(text)}>
    <Icon name={icon} /><span>{t(text)}</span>{count !== undefined && <span class="n">{count}</span>}</a></li>
}

const initials = (name: string) => /[\u2e80-\uffff]/.test(name) ? name.slice(0, 1) : name.split(/[\s.-]+/).map(p => p.charAt(0)).slice(0, 2).join('').toUpperCase()

function StudySwitch() {
  const here = study.value!
  const items = (studies.value ?? []).map(s => ({ text: s.name, checked: s.id === here.id, run: () => go(entrance(s)) }))
  return <Menu class="study" label={t('app.study')} items={[...items, { text: t('app.allStudies'), run: () => go('/') }]} button={<>
    <span class="study-k" aria-hidden="true">{here.name.replace(/[^\p{L}\p{N}]/gu, '').slice(0, 2).toUpperCase()}</span>
    <span class="grow"><b>{here.name}</b><span class="sub">{half(here.description)}</span></span><Icon name="chev" />
  </>} />
}

function Me() {
  const who = session.value?.user
  if (!who) return null
  const role = study.value?.roles[0] ?? (session.value!.platform?.[0] ? { role: session.value!.platform[0] } as Role : undefined)
  const sites = study.value?.roles.filter(r => r.role === role?.role).map(r => r.site).filter(Boolean).join(', ')
  const name = lang.value === 'zh-CN' && who.nameZh || who.name
  return <Menu class="me" label={t('app.me')} items={[{ text: t('account.title'), icon: 'shield', run: () => go('/account') }, { text: t('app.signOut'), icon: 'out', run: () => { if (!unsavedFields.peek() || confirm(t('app.leave', { n: unsavedFields.peek() }))) void signOut() } }]} button={<>
    <span class="av" aria-hidden="true">{initials(name)}</span>
    <span class="grow"><b>{name}</b>{role && <span class="xs sub">{word('role', role.role)}{role.site && ` · ${t('role.site', { site: sites ?? role.site })}`}</span>}</span>
  </>} />
}

function Bar({ crumbs }: { crumbs: Crumb[] }) {
  const environment = study.value?.environment
  return <header class="bar">
    <nav aria-label={t('app.where')} class="grow"><ol class="crumb">
      {crumbs.map((c, i) => <li key={i}>{i > 0 && <Icon name="right" />}
        {c.href && i < crumbs.length - 1 ? <a href={c.href}>{c.text}</a> : <span aria-current={i === crumbs.length - 1 ? 'page' : undefined}>{c.text}</span>}</li>)}
    </ol></nav>
    {unsavedFields.value > 0 && route.value.page !== 'form' && <span class="tag warn"><Icon name="cloud" />{t('app.unsaved', { n: unsavedFields.value })}</span>}
    {study.value && <button type="button" class="cmdk" onClick={() => { commanding.value = true }}><Icon name="search" /><span>{t('app.command')}</span><kbd>Ctrl K</kbd></button>}
    <LanguageSwitch />
    <div class="icons">
      <button type="button" class="ico" aria-label={t('app.density')} title={t('app.density')} aria-pressed={density.value === 'compact'}
        onClick={() => chooseDensity(density.value === 'compact' ? 'comfortable' : 'compact')}><Icon name="rows" /></button>
      <ThemeSwitch />
    </div>
    {environment && <span class={`env ${environment === 'PRODUCTION' ? 'prod' : ''}`}><Icon name={environment === 'PRODUCTION' ? 'shield' : 'tool'} />{word('env', environment)}</span>}
    {study.value && <Clock />}
  </header>
}

export function LanguageSwitch() {
  return <div class="seg" role="group" aria-label={t('app.language')}>
    <button type="button" lang="zh-CN" aria-pressed={lang.value === 'zh-CN'} onClick={() => chooseLang('zh-CN')}>中文</button>
    <button type="button" lang="en" aria-pressed={lang.value === 'en'} onClick={() => chooseLang('en')}>EN</button>
  </div>
}

const themes: [Theme, IconName][] = [['light', 'sun'], ['dark', 'moon'], ['system', 'screen']]

export function ThemeSwitch() {
  return <Menu label={t('app.theme')} button={<Icon name={themes.find(([name]) => name === theme.value)![1]} />}
    items={themes.map(([name, icon]) => ({ text: t(`theme.${name}`), icon, checked: theme.value === name, run: () => chooseTheme(name) }))} />
}

const now = signal(new Date())
setInterval(() => { now.value = new Date() }, 15_000)

function Clock() {
  const city = zone.value?.split('/').at(-1)
  return <div class="clock" title={say(homeSite.value?.name)}><b>{clock(now.value, zone.value)}</b>{placeName(city)} · {clock(now.value, 'UTC')} UTC</div>
}

const cities: Record<string, string> = { Shanghai: '上海', Urumqi: '乌鲁木齐', Hong_Kong: '香港', Taipei: '台北', Singapore: '新加坡', Tokyo: '东京', London: '伦敦', New_York: '纽约' }

/** The city of the zone as the reader calls it. */
function placeName(city: string | undefined): string {
  if (!city) return t('clock.here')
  return lang.value === 'zh-CN' ? cities[city] ?? city : city.replace(/_/g, ' ')
}
