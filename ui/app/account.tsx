// One's own account: second factor, password, sessions; and the page where a password is chosen by a one-time link.
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, QR, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import type { Session } from '../wire/types.ts'
import { lang, moment, t } from '../words/words.ts'
import { Code, Field, Recovery, useSend } from './accountparts.tsx'
import { Passkeys, type Passkey } from './accountpasskeys.tsx'
import { useLoad } from './load.ts'
import { Proof, proofLabel } from './proof.tsx'
import { go } from './route.ts'
import { announced, resume, session } from './session.ts'
import { Head, LanguageSwitch, Logo, Shell, ThemeSwitch } from './shell.tsx'

type Opened = { id: string; address: string; agent: string; since: string; seen: string; here: boolean }
type Rules = { length?: number; kinds?: number; days?: number; past?: number }
type Mine = { factor: boolean; recovery: number; passkeys: Passkey[]; passkey: boolean; sessions: Opened[]; rules: Rules }
type Offer = { secret: string; uri: string; qr: string[] }

export function Account() {
  const mine = useLoad('account', signal => call<Mine>('GET', '/account', { signal }))
  const [setting, set] = useState<'' | 'enrol' | 'remove'>('')
  const reload = () => { set(''); mine.reload(); void resume() }
  const [ending, end] = useState<Opened | 'others'>()
  return <Shell title={t('account.title')} crumbs={[{ text: t('account.title') }]}>
    <Head title={t('account.title')} lead={t('account.lead')} />
    {session.value?.unproven && <p class="note warn" role="status"><Icon name="shield" /><span>{t('account.must')}</span></p>}
    {session.value?.stale && <p class="note warn" role="status"><Icon name="clock" /><span>{t('account.stale')}</span></p>}
    {mine.problem && <Trouble problem={mine.problem} retry={mine.reload} />}
    {!mine.data && !mine.problem && <Waiting />}
    {mine.data && <>
      <section class="card"><div class="body row wrap"><div class="grow"><h2>{t('account.factor')}</h2><p class="sub">{t('account.factorLead')}</p></div>
        <Tag tone={mine.data.factor ? 'ok' : mine.data.passkeys.length ? '' : 'warn'} icon="shield">{mine.data.factor ? t('account.factorOn', { n: mine.data.recovery }) : t('account.factorOff')}</Tag>
        {mine.data.factor ? <button type="button" class="btn" onClick={() => set('remove')}>{t('account.factorRemove')}</button> : <button type="button" class="btn primary" onClick={() => set('enrol')}>{t('account.factorSet')}</button>}</div></section>
      <Passkeys passkeys={mine.data.passkeys} here={mine.data.passkey} factor={mine.data.factor} reload={reload} />
      <Password factor={mine.data.factor || mine.data.passkeys.length > 0} passkeys={mine.data.passkeys.length > 0} rules={mine.data.rules} done={reload} />
      <section class="card"><div class="body row wrap"><h2 class="grow">{t('account.devices')}</h2>
        {mine.data.sessions.length > 1 && <button type="button" class="btn" onClick={() => end('others')}>{t('account.endOthers')}</button>}</div>
        <div class="scroll" tabIndex={0} role="region" aria-label={t('account.devices')}><table class="tbl">
          <thead><tr><th scope="col" class="fill">{t('account.browser')}</th><th scope="col">{t('account.from')}</th><th scope="col">{t('account.since')}</th><th scope="col">{t('account.seen')}</th><th scope="col"><span class="sr">{t('account.end')}</span></th></tr></thead>
          <tbody>{mine.data.sessions.map(s => <tr key={s.id}><th scope="row" class="fill">{s.agent || '–'}</th><td>{s.address || '–'}</td><td>{moment(s.since)}</td><td>{moment(s.seen)}</td>
            <td>{s.here ? <Tag tone="ok" icon="check">{t('account.here')}</Tag> : <button type="button" class="btn s" onClick={() => end(s)}>{t('account.end')}</button>}</td></tr>)}</tbody></table></div></section>
    </>}
    {setting === 'enrol' && <Enrol close={reload} />}
    {ending && <End which={ending} close={() => end(undefined)} done={() => { end(undefined); announced.value = t('account.ended'); mine.reload() }} />}
    {setting === 'remove' && <Remove passkeys={mine.data?.passkeys.length !== 0} close={() => set('')} />}
  </Shell>
}

function End({ which, close, done }: { which: Opened | 'others'; close: () => void; done: () => void }) {
  const [password, setPassword] = useState('')
  const form = useSend(async () => { try { await call('DELETE', '/account/sessions' + (which === 'others' ? '' : '/' + which.id), { body: { password } }) } catch (e) { setPassword(''); throw e } done() })
  return <Dialog title={t(which === 'others' ? 'account.endOthers' : 'account.endOne')} close={close}><form onSubmit={form.submit}>
    <div class="body stack-1"><p class="sub">{which === 'others' ? t('account.endOthersLead') : t('account.endLead', { browser: which.agent || '–', address: which.address || '–', at: moment(which.seen) })}</p>{form.note}
      <div class="f"><div class="lab"><label for="end-password">{session.value?.proof ? proofLabel() : t('account.passwordNow')}</label></div><Proof id="end-password" value={password} set={setPassword} /></div></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary" disabled={form.busy || !password}>{t('account.end')}</button></footer>
  </form></Dialog>
}

function Enrol({ close }: { close: () => void }) {
  const offer = useLoad('offer', () => call<Offer>('POST', '/account/factor/offer', { body: {} }))
  const [password, setPassword] = useState(''), [code, setCode] = useState(''), [codes, setCodes] = useState<string[]>()
  const form = useSend(async () => { setCodes((await call<{ recovery: string[] }>('POST', '/account/factor', { body: { password, code, secret: offer.data!.secret } })).recovery) })
  if (codes) return <Recovery codes={codes} close={close} />
  return <Dialog title={t('account.factor')} close={close}><form onSubmit={form.submit}>
    <div class="body stack-1">{form.note}{offer.problem && <Trouble problem={offer.problem} />}
      {offer.data && <div class="invite"><QR rows={offer.data.qr} /><p>{t('account.factorScan')}</p><p class="mono">{offer.data.secret.replace(/(.{4})/g, '$1 ')}</p></div>}
      <Field id="factor-code" label={t('account.factorCode')} value={code} complete="one-time-code" onInput={setCode} />
      <Field id="factor-password" label={t('account.passwordNow')} type="password" value={password} complete="current-password" onInput={setPassword} /></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary" disabled={form.busy || !offer.data || !code || !password}>{t('account.factorSet')}</button></footer>
  </form></Dialog>
}

function Remove({ passkeys, close }: { passkeys: boolean; close: () => void }) {
  const [password, setPassword] = useState(''), [code, setCode] = useState('')
  const form = useSend(async () => { await call('DELETE', '/account/factor', { body: { password, code } }); void resume() })
  return <Dialog title={t('account.factorRemove')} close={close}><form onSubmit={form.submit}>
    <div class="body stack-1"><p class="sub">{t(passkeys ? 'passkey.removeLead' : 'account.factorRemoveLead')}</p>{form.note}
      <Code id="remove-code" value={code} passkeys={passkeys} onInput={setCode} />
      <Field id="remove-password" label={t('account.passwordNow')} type="password" value={password} complete="current-password" onInput={setPassword} /></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary" disabled={form.busy || !code || !password}>{t('account.factorRemove')}</button></footer>
  </form></Dialog>
}

function Password({ factor, passkeys, rules, done }: { factor: boolean; passkeys: boolean; rules: Rules; done: () => void }) {
  const asked = [t('account.passwordLead', { n: rules.length ?? 12 }), rules.kinds && t('account.kinds', { n: rules.kinds }), rules.past && t('account.past', { n: rules.past }), rules.days && t('account.days', { n: rules.days })]
  const [now, setNow] = useState(''), [next, setNext] = useState(''), [code, setCode] = useState('')
  const form = useSend(async () => {
    session.value = await call<Session>('PUT', '/account/password', { body: { password: now, code, new: next } })
    setNow(''); setNext(''); setCode('')
    announced.value = t('account.done')
    done()
  })
  return <section class="card"><form class="body stack-1" onSubmit={form.submit}><div><h2>{t('account.password')}</h2><p class="sub">{asked.filter(Boolean).join(lang.value === 'en' ? ' ' : '')}</p></div>{form.note}
    <Field id="now" label={t('account.passwordNow')} type="password" value={now} complete="current-password" onInput={setNow} />
    <Field id="next" label={t('account.passwordNew')} type="password" value={next} complete="new-password" onInput={setNext} />
    {factor && <Code id="now-code" value={code} passkeys={passkeys} onInput={setCode} />}
    <div class="row"><button class="btn primary" disabled={form.busy || !now || !next}>{t('account.passwordSet')}</button></div></form></section>
}

/** Who comes here by a link chooses a password; on a server without accounts, also who they are. */
export function Welcome() {
  const [token] = useState(() => location.hash.slice(1))
  const whose = useLoad('welcome', signal => call<{ user: string; first: boolean }>('POST', '/invitation', { body: { token }, signal }))
  const [user, setUser] = useState(''), [name, setName] = useState(''), [nameZh, setNameZh] = useState(''), [password, setPassword] = useState(''), [done, finish] = useState(false)
  useEffect(() => { document.title = `${t('welcome.title')} · casebook`; history.replaceState(null, '', '/welcome') }, [lang.value])
  const first = whose.data?.first
  const form = useSend(async () => { await call('PUT', '/invitation', { body: first ? { token, user, name, nameZh, locale: lang.value, password } : { token, password } }); finish(true) })
  return <main id="main" class="door"><div class="door-top"><LanguageSwitch /><ThemeSwitch /></div>
    <form class="card door-card" onSubmit={form.submit} noValidate>
      <div class="brand"><Logo /><b>casebook</b></div><h1>{t('welcome.title')}</h1>
      {whose.problem && <Trouble problem={whose.problem} />}
      {!whose.data && !whose.problem && <Waiting />}
      {done && <><p class="note" role="status"><Icon name="check" /><span>{t('welcome.done')}</span></p><button type="button" class="btn primary tall" onClick={() => { session.value = null; go('/login') }}>{t('signin.go')}</button></>}
      {whose.data && !done && <><p class="sub">{first ? t('welcome.first') : t('welcome.lead', { user: whose.data.user })}</p>{form.note}
        {first && <><Field id="user" label={t('signin.user')} value={user} complete="username" onInput={setUser} />
          <Field id="name" label={t('welcome.name')} value={name} complete="name" onInput={setName} /><Field id="name-zh" label={t('welcome.nameZh')} value={nameZh} complete="off" onInput={setNameZh} /></>}
        <Field id="password" label={t('account.passwordNew')} type="password" value={password} complete="new-password" onInput={setPassword} />
        <button class="btn primary tall" disabled={form.busy || !password || first && (!user || !name)}>{t('welcome.go')}</button></>}
    </form></main>
}
