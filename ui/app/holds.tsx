// Legal holds, under which no backup is removed, and how long backups are kept otherwise.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { day, moment, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, Field, seg, Table } from './officeparts.tsx'
import { announced, mayRun } from './session.ts'
import { Head, Shell } from './shell.tsx'

type Hold = { id: string; about?: string; by: string; reason: string; at: string }
type Rules = { days: number; least: number; before?: string }

const about = (h: Hold) => h.about || t('hold.all')

export function Holds() {
  const { data, problem, reload } = useLoad('holds', signal => call<{ holds: Hold[]; rules: Rules }>('GET', '/holds', { signal }))
  const [placing, place] = useState(false), [ending, end] = useState<Hold>()
  const done = (said: string) => { place(false); end(undefined); announced.value = said; reload() }
  const may = mayRun('operator')
  return <Shell title={t('hold.title')} crumbs={[{ text: t('hold.title') }]}>
    <Head title={t('hold.title')} lead={data ? data.holds.length ? t('hold.lead', { n: data.holds.length }) : t('hold.free') : ' '}>
      {mayRun('auditor') && <a class="btn" href="/audit?kind=holds">{t('set.did')}</a>}{may && <button type="button" class="btn primary" onClick={() => place(true)}><Icon name="shield" />{t('hold.place')}</button>}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && <div class="stack">
      {data.holds.length === 0 && <Empty icon="shield" title={t('hold.none')}>{t(may ? 'hold.noneDo' : 'hold.noneRead')}</Empty>}
      {data.holds.length > 0 && <Table name={t('hold.standing')} heads={[t('hold.about'), t('hold.by'), t('people.reason'), t('hold.since'), ...may ? [''] : []]}>{data.holds.map(h => <tr key={h.id}>
        <th scope="row"><Tag tone="warn" icon="shield">{about(h)}</Tag></th><td>{h.by}</td><td class="wrap-any prewrap">{h.reason}</td><td class="xs">{moment(h.at)}</td>
        {may && <td><button type="button" class="btn s" onClick={() => end(h)}>{t('hold.release')}<span class="sr"> {about(h)}: {h.reason}</span></button></td>}</tr>)}</Table>}
      <Keeping rules={data.rules} held={data.holds.length > 0} /></div>}
    {placing && <Place close={() => place(false)} done={() => done(t('hold.placed'))} />}
    {ending && <Release hold={ending} close={() => end(undefined)} done={() => done(t('hold.released'))} />}
  </Shell>
}

/** What goes at the next removal. The server does not know where they are: what may remove backups is nothing that a network talks to. */
function Keeping({ rules, held }: { rules: Rules; held: boolean }) {
  return <section class="card"><header><h2 class="grow">{t('hold.keeping')}</h2>{mayRun('operator') && <a class="btn s" href="/settings">{t('set.title')}</a>}</header>
    <div class="body stack-1">
      <p>{rules.before ? t('hold.rule', { n: rules.days, least: rules.least, at: day(rules.before) }) : t('hold.forever')}</p>
      {rules.before && <p class={held ? 'note warn' : 'note inf'}><Icon name={held ? 'shield' : 'info'} /><span>{t(held ? 'hold.noneGoes' : 'hold.goes')}</span></p>}
      <p class="sub">{t('hold.how')}</p><pre class="mono wrap-any" tabIndex={0}>casebook backup-keep /var/backups/casebook</pre>
      <p class="xs dim">{t('hold.keys')}</p></div></section>
}

function Place({ close, done }: { close: () => void; done: () => void }) {
  const [study, setStudy] = useState(''), [by, setBy] = useState(''), [reason, setReason] = useState('')
  return <Ask title={t('hold.place')} close={close} ready={!!by.trim() && !!reason.trim()} done={t('hold.place')} go={async () => { await call('POST', '/holds', { body: { ...study.trim() ? { about: study.trim() } : {}, by, reason } }); done() }}>
    <p class="sub">{t('hold.means')}</p><Field label={t('hold.about')} value={study} set={setStudy} hint={t('hold.aboutHint')} />
    <Field label={t('hold.by')} value={by} set={setBy} hint={t('hold.byHint')} /><Field label={t('people.reason')} value={reason} set={setReason} lines /></Ask>
}

function Release({ hold, close, done }: { hold: Hold; close: () => void; done: () => void }) {
  const [by, setBy] = useState(''), [reason, setReason] = useState(''), [user, setUser] = useState(''), [password, setPassword] = useState('')
  const send = async () => { try { await call('POST', `/holds/${seg(hold.id)}/release`, { body: { by, reason, user: user.trim(), password } }) } catch (e) { setPassword(''); throw e } done() }
  return <Ask title={t('hold.release')} close={close} ready={!!by.trim() && !!reason.trim() && !!user.trim() && !!password} done={t('hold.release')} go={send}>
    <p><b>{about(hold)}</b> · {hold.by} · {moment(hold.at)}<br /><span class="sub prewrap">{hold.reason}</span></p><p class="note warn"><Icon name="alert" /><span>{t('hold.ends')}</span></p>
    <Field label={t('hold.saidBy')} value={by} set={setBy} hint={t('hold.byHint')} /><Field label={t('people.reason')} value={reason} set={setReason} lines />
    <Field label={t('signin.user')} value={user} set={setUser} /><Field label="" value={password} set={setPassword} secret /></Ask>
}
