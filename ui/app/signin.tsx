// Sign in, and the list of one's studies.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, problemText, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { half, lang, t, word } from '../words/words.ts'
import { lazy } from './lazy.tsx'
import { hasPasskeys } from './passkey.ts'
import { providerSays } from './proof.tsx'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { ended, mayRun, session, signIn, signInByPasskey } from './session.ts'
import { Head, LanguageSwitch, Logo, Shell, ThemeSwitch } from './shell.tsx'
import { entrance, loadStudies, studies, studyProblem } from './study.ts'

const NewStudy = lazy(() => import('./designernew.tsx'), m => m.NewStudy)

/** Why the identity provider's answer opened nothing, as the address tells. */
const refused = () => providerSays(new URLSearchParams(location.search).get('problem') ?? '')

export function SignIn() {
  const ways = useLoad('ways', signal => call<{ provider: string; passkey: boolean }>('GET', '/session/ways', { signal }))
  const [problem, setProblem] = useState<string | undefined>(refused)
  const [busy, setBusy] = useState(false)
  const [wants, setWants] = useState(false)
  const code = useRef<HTMLInputElement>(null)
  useEffect(() => { if (wants) code.current?.focus() }, [wants])
  const user = useRef<HTMLInputElement>(null), password = useRef<HTMLInputElement>(null)
  useEffect(() => { document.title = `${t('signin.title')} · casebook` }, [lang.value])
  useEffect(() => user.current?.focus(), [])
  const submit = async (e: Event) => {
    e.preventDefault()
    if (!user.current?.value || !password.current?.value) { setProblem(t('signin.missing')); return }
    setBusy(true)
    try { await signIn(user.current.value.trim(), password.current.value, code.current?.value) } catch (e) {
      if (!(e instanceof Problem)) throw e
      if (e.code === 'auth.second_factor') { setProblem(undefined); setWants(true); return }
      setProblem(problemText(e))
      password.current?.select()
    } finally { setBusy(false) }
  }
  const byPasskey = async () => {
    setProblem(undefined)
    try { await signInByPasskey() } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(problemText(e)) }
  }
  return <main id="main" class="door">
    <div class="door-top"><LanguageSwitch /><ThemeSwitch /></div>
    <form class="card door-card" onSubmit={submit} noValidate>
      <div class="brand"><Logo /><b>casebook</b></div>
      <div><h1>{t('signin.title')}</h1><p class="sub">{t('signin.lead')}</p></div>
      {ended.value && !problem && <p class="note warn" role="status"><Icon name="clock" /><span>{t('signin.ended')}</span></p>}
      {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problem}</span></p>}
      <div class="f"><div class="lab"><label for="user">{t('signin.user')}</label></div>
        <div class="in"><input id="user" ref={user} autocomplete="username" autocapitalize="none" spellcheck={false} required /></div></div>
      <div class="f"><div class="lab"><label for="password">{t('signin.password')}</label></div>
        <div class="in"><input id="password" ref={password} type="password" autocomplete="current-password" required /></div></div>
      {wants && <div class="f"><div class="lab"><label for="code">{t('signin.code')}</label></div>
        <div class="in"><input id="code" ref={code} autocomplete="one-time-code" autocapitalize="none" spellcheck={false} aria-describedby="code-help" /></div>
        <p class="xs sub" id="code-help">{t('signin.codeHelp')}</p></div>}
      <button class="btn primary tall" type="submit" disabled={busy}>{t('signin.go')}</button>
      {ways.data?.passkey && hasPasskeys() && <button class="btn tall" type="button" onClick={() => void byPasskey()}><Icon name="key" />{t('signin.passkey')}</button>}
      {ways.data?.provider && <><p class="sub xs">{t('signin.provider.or')}</p>
        <a class="btn tall" href="/api/v1/session/provider" target="_self"><Icon name="shield" />{t('signin.provider.go', { name: ways.data.provider })}</a></>}
    </form>
  </main>
}

export function Studies() {
  const list = studies.value
  return <Shell title={t('studies.title')} crumbs={[{ text: t('studies.title') }]}>
    <Head title={t('studies.title')} lead={list?.length ? t('studies.lead') : ' '}>{mayRun('operator') && <NewStudy />}</Head>
    {studyProblem.value && !list && <Trouble problem={studyProblem.value} retry={() => void loadStudies()} />}
    {!list && !studyProblem.value && <Waiting />}
    {list?.length === 0 && (session.value?.platform?.length ? <Empty icon="shield" title={t('studies.admin')}>{t('studies.adminDo')}</Empty> : <Empty icon="form" title={t('studies.none')}>{t('studies.noneDo')}</Empty>)}
    <ul class="studies">{list?.map(s => <li key={s.id}><a class="card" href={!s.version && s.roles.some(r => ['datamanager', 'projectmanager'].includes(typeof r === 'string' ? r : r.role)) ? to.design(s.id) : entrance(s)}>
      <div class="row"><b class="grow">{s.name}</b>
        <span class={`env ${s.environment === 'PRODUCTION' ? 'prod' : ''}`}><Icon name={s.environment === 'PRODUCTION' ? 'shield' : 'tool'} />{word('env', s.environment)}</span></div>
      <p class="sub">{half(s.description)}</p>
      <p class="xs dim">{t('studies.count', { subjects: s.subjects, sites: s.sites })} · {t('studies.version', { n: s.version })} · {[...new Set(s.roles.map(r => word('role', typeof r === 'string' ? r : r.role)))].join(lang.value === 'en' ? ', ' : '、')}</p>
    </a></li>)}</ul>
  </Shell>
}
