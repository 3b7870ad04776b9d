// Signing: the casebooks that wait for the investigator, what changed since the last signature, and the signature itself.
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Empty, problemText, StatusTag, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { Signature, ToSign } from '../wire/types.ts'
import { dated, moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { told } from './past.tsx'
import { Proof, proofLabel } from './proof.tsx'
import { to } from './route.ts'
import { announced, session } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { zone } from './study.ts'

const looks = { never: ['', 'pen'], void: ['bad', 'alert'], holds: ['ok', 'check'] } as const

export function Signing({ id }: { id: string }) {
  const [after, setAfter] = useState<string[]>([''])
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [signing, setSigning] = useState<ToSign[]>()
  const { data, problem, reload } = useLoad(`${id} ${after}`, async signal => {
    const pages = await Promise.all(after.map(a => api.signing(id, a, signal)))
    return { casebooks: pages.flatMap(p => p.casebooks), next: pages.at(-1)?.next }
  })
  const list = data?.casebooks.filter(c => c.forms > 0) ?? []
  const ready = (c: ToSign) => c.state !== 'holds' && !c.incomplete.length && c.stage !== 'locked'
  const chosen = list.filter(c => picked.has(c.subject))
  const pick = (s: string) => { const next = new Set(picked); if (!next.delete(s)) next.add(s); setPicked(next) }
  return <Shell title={t('sign.title')} crumbs={[{ text: t('sign.title') }]}>
    <Head title={t('sign.title')} lead={t('sign.lead', { n: list.filter(c => c.state !== 'holds').length, m: list.filter(c => c.state === 'void').length })}>
      <button type="button" class="btn primary" disabled={!chosen.length} onClick={() => setSigning(chosen)}><Icon name="pen" />{t('sign.many', { n: chosen.length })}</button>
    </Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !list.length && <Empty icon="pen" title={t('sign.none')}>{t('sign.noneDo')}</Empty>}
    {list.length > 0 && <section class="card"><h2 class="sr">{t('sign.title')}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('sign.title')}><table class="tbl">
        <thead><tr><th scope="col"><span class="sr">{t('do.choose')}</span></th><th scope="col">{t('queries.subject')}</th><th scope="col">{t('matrix.status')}</th><th scope="col" class="num">{t('sign.forms')}</th><th scope="col" class="fill">{t('sign.state')}</th><th scope="col"><span class="sr">{t('sign.go')}</span></th></tr></thead>
        <tbody>{list.map(c => <tr key={c.subject}>
          <td><input type="checkbox" aria-label={c.subject} disabled={!ready(c)} checked={picked.has(c.subject)} onChange={() => pick(c.subject)} /></td>
          <th scope="row"><a href={to.casebook(id, c.subject)}><b>{c.subject}</b></a></th><td><StatusTag status={c.status} /></td><td class="num">{c.forms}</td>
          <td class="fill"><Tag tone={looks[c.state][0]} icon={looks[c.state][1]}>{word('signed', c.state)}</Tag>
            {c.latest && <span class="sub xs"> {c.latest.name} · {dated(c.latest.at, c.latest.zone)}</span>}{c.incomplete.length > 0 && <span class="sub xs"> {t('sign.incomplete', { n: c.incomplete.length })}</span>}</td>
          <td>{ready(c) && <button type="button" class="btn s" onClick={() => setSigning([c])}>{t('sign.go')}</button>}</td>
        </tr>)}</tbody></table></div>
      {data?.next && <div class="body"><button type="button" class="btn" onClick={() => setAfter([...after, data.next!])}>{t('queries.more')}</button></div>}
    </section>}
    {signing && <SignDialog study={id} parts={signing} close={() => setSigning(undefined)} done={() => { setSigning(undefined); setPicked(new Set()); reload() }} />}
  </Shell>
}

/** Who has begun a series of signatures in this window: the first asks for both components, those after it for the password (21 CFR 11.200). */
let series = ''

function SignDialog({ study, parts, close, done }: { study: string; parts: ToSign[]; close: () => void; done: () => void }) {
  const [meaning, setMeaning] = useState<'approval' | 'review'>('approval')
  const [password, setPassword] = useState('')
  const me = session.value!.user
  const [user, setUser] = useState(series === me.id ? undefined : '')
  const [problem, setProblem] = useState<Problem>()
  const submit = async (e: Event) => {
    e.preventDefault()
    try {
      await api.sign(study, { user: user ?? '', password, meaning, zone: zone.value ?? 'UTC', parts: parts.map(p => ({ subject: p.subject, scope: '', expect: p.content })) })
      series = me.id
      announced.value = t('sign.done', { n: parts.length })
      done()
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      if (e.code === 'auth.sign.both') setUser(u => u ?? '') // the series has ended
      setProblem(e)
      setPassword('')
    }
  }
  const one = parts.length === 1 ? parts[0] : undefined
  return <Dialog title={one ? t('sign.one', { subject: one.subject }) : t('sign.many', { n: parts.length })} close={close}>
    <form onSubmit={submit}>
      <div class="body stack-1">
        {one?.latest ? <Since study={study} subject={one.subject} signature={one.latest} /> : <p class="sub">{t('sign.first', { n: parts.reduce((s, p) => s + p.forms, 0) })}</p>}
        <fieldset class="stack-1"><legend class="b">{t('sign.meaning')}</legend>
          {(['approval', 'review'] as const).map(m => <label key={m} class={`opt ${meaning === m ? 'on' : ''}`}><input type="radio" name="meaning" checked={meaning === m} onChange={() => setMeaning(m)} />{t(`meaning.${m}`)}</label>)}
        </fieldset>
        {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
        {user !== undefined && <div class="f"><div class="lab"><label for="sign-user">{t('signin.user')}</label></div><div class="in"><input id="sign-user" value={user} autocomplete="off" autocapitalize="none" spellcheck={false} onInput={e => setUser(e.currentTarget.value)} /></div></div>}
        <div class="f"><div class="lab"><label for="sign-password">{proofLabel()}</label></div><Proof id="sign-password" value={password} set={setPassword} /></div>
        <dl class="kv"><dt>{t('sign.signer')}</dt><dd>{me.nameZh && me.nameZh !== me.name ? `${me.name} ${me.nameZh}` : me.name}</dd>
          <dt>{t('sign.zone')}</dt><dd>{zone.value ?? 'UTC'}</dd>
          {one && <><dt>{t('sign.digest')}</dt><dd class="mono">sha256 {one.content.slice(0, 8)}…{one.content.slice(-4)}</dd></>}</dl>
        <p class="xs sub">{t('sign.binding')}</p>
      </div>
      <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button>
        <button type="submit" class="btn primary" disabled={!password || user === ''}><Icon name="pen" />{t('sign.go')}</button></footer>
    </form>
  </Dialog>
}

/** What changed since a signature. */
function Since({ study, subject, signature }: { study: string; subject: string; signature: Signature }) {
  const { data } = useLoad(`${subject} ${signature.id}`, signal => api.diff(study, subject, `signature:${signature.id}`, '', signal))
  if (!data) return <Waiting />
  return <div class="stack-1"><b>{t('sign.since', { n: data.differences.length })}</b>
    <ul class="sm since">{data.differences.slice(0, 50).map((d, i) => <li key={i}><span class="sub">{say(d.visit)} · {say(d.title)}</span> <b>{told(d).about}</b>{' '}
      <del>{told(d).was}</del> → <ins>{told(d).then}</ins> <span class="xs dim">{d.byName}{d.reason && ` · ${d.reason}`}</span></li>)}</ul>
  </div>
}

/** Signatures and stages of a casebook, as a card on its page. */
export function Standings({ study, subject }: { study: string; subject: string }) {
  const { data, reload } = useLoad(`${study} ${subject} standings`, signal => api.standings(study, subject, signal))
  useEffect(() => reload, [])
  const closed = data?.stages.filter(s => s.stage !== 'open') ?? []
  if (!data || !closed.length && !data.signatures.length) return null
  return <section class="card"><header><h2 class="grow">{t('standings.title')}</h2></header>
    <ul class="list">
      {closed.map(s => <li key={s.subject + s.scope}><Tag tone={s.stage === 'locked' ? 'warn' : 'inf'} icon="key">{word('stage', s.stage)}</Tag>
        <span class="grow">{word('level', s.level)}{say(s.title) && ` · ${say(s.title)}`}</span><span class="xs dim">{s.byName} · {moment(s.at, zone.value)}</span></li>)}
      {data.signatures.map(s => <li key={s.id}><Tag tone={s.holds ? 'sign' : 'bad'} icon={s.holds ? 'pen' : 'alert'}>{word('signed', s.holds ? 'holds' : 'void')}</Tag>
        <span class="grow"><b>{s.name}</b> · {word('level', s.level)}{say(s.title) && ` · ${say(s.title)}`} <span class="sub sm">{say(s.says)}</span></span>
        <span class="xs dim">{dated(s.at, s.zone)} {s.zone}{s.voidAt && ` · ${t('standings.void', { at: moment(s.voidAt, zone.value) })}`}</span></li>)}
    </ul>
  </section>
}
