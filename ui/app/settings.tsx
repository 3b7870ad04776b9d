// Live settings: what holds where and why, drafts that a second person approves, releases, trials, and which process has which.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { lang, moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, Field, seg, Table } from './officeparts.tsx'
import { announced, session } from './session.ts'
import { Head, Shell } from './shell.tsx'

type Place = { organisation?: string; study?: string; country?: string; site?: string }
type Setting = { key: string; kind: string; range: string; deepest: string; default: string; text: string; value: string; level: string }
type Standing = { number: number; canary: number; until?: string; good: number; bad: number }
type Change = { key: string; place: Place; value: string; from?: string; amendment?: string; remove?: boolean }
type Draft = { id: string; base: number; changes: Change[]; author: string; reason: string; at: string }
type Difference = { key: string; place: Place; from?: string; amendment?: string; old: string; new: string }
type Released = { number: number; author: string; approver: string; reason: string; of?: number; at: string }
type Process = { name: string; number: number; canary: number; loaded: string; seen: string }
type Why = Change & { level: string; because: string }
type Step = { kind: 'draft' } | { kind: 'approve' | 'withdraw'; draft: Draft } | { kind: 'back'; to: number } | { kind: 'import' }

/** A place without what was left empty. */
const trimmed = (p: Place): Place => Object.fromEntries(Object.entries(p).map(([k, v]) => [k, v.trim()]).filter(([, v]) => v))
const spell = (p: Place) => [p.organisation, p.study, p.country, p.site].filter(Boolean).join(' · ') || t('set.platform')
const query = (p: Place) => Object.entries(p).filter(([, v]) => v).map(([k, v]) => `${k}=${seg(v as string)}`).join('&')

export function Settings() {
  const [place, setPlace] = useState<Place>({}), [typed, type] = useState<Place>({}), [why, ask] = useState<string>(), [step, take] = useState<Step>()
  const all = useLoad(`settings ${lang.value} ${query(place)}`, signal => call<{ settings: Setting[]; standing: Standing; organisations: string[] }>('GET', `/settings?${query(place)}`, { signal }))
  const rest = useLoad('settings rest', async signal => ({ ...await call<{ drafts: Draft[] }>('GET', '/settings/drafts', { signal }), ...await call<{ releases: Released[] }>('GET', '/settings/releases', { signal }), ...await call<{ processes: Process[] }>('GET', '/settings/processes', { signal }) }))
  const done = (said?: string) => { take(undefined); if (said) announced.value = said; all.reload(); rest.reload() }
  const s = all.data?.standing
  return <Shell title={t('set.title')} crumbs={[{ text: t('set.title') }]}>
    <Head title={t('set.title')} lead={s ? t('set.lead', { n: s.number }) : ' '}><a class="btn" href="/audit?kind=settings">{t('set.did')}</a><button type="button" class="btn" onClick={() => take({ kind: 'import' })}>{t('set.import')}</button><button type="button" class="btn primary" onClick={() => take({ kind: 'draft' })}><Icon name="pen" />{t('set.propose')}</button></Head>
    {s && s.canary > 0 && <p class="note warn" role="status"><Icon name="branch" /><span class="grow">{t('set.trial', { n: s.canary, good: s.good, bad: s.bad, until: s.until ? moment(s.until) : '–' })}</span><button type="button" class="btn s" onClick={() => take({ kind: 'back', to: 0 })}>{t('set.stop')}</button></p>}
    <Drafts of={rest.data?.drafts} take={take} />
    <section class="card"><header><h2 class="grow">{t('set.values')}</h2></header>
      <form class="body row wrap" onSubmit={e => { e.preventDefault(); setPlace(trimmed(typed)); ask(undefined) }}>{(['organisation', 'study', 'country', 'site'] as const).map(k => <label key={k} class="f"><span class="lab">{word('setLevel', k)}</span><span class="in"><input value={typed[k] ?? ''} autocomplete="off" list={k === 'organisation' ? 'organisations' : undefined} onInput={e => type({ ...typed, [k]: e.currentTarget.value })} /></span></label>)}<button class="btn">{t('set.show')}</button><datalist id="organisations">{all.data?.organisations.map(o => <option key={o} value={o} />)}</datalist></form>
      {all.problem && <Trouble problem={all.problem} retry={all.reload} />}
      {!all.data && !all.problem && <Waiting />}
      {all.data && <div class="scroll" tabIndex={0} role="region" aria-label={t('set.values')}><table class="tbl"><thead><tr><th scope="col">{t('set.key')}</th><th scope="col">{t('set.value')}</th><th scope="col">{t('set.from')}</th><th scope="col" class="fill">{t('set.means')}</th><th scope="col"><span class="sr">{t('set.why')}</span></th></tr></thead>
        <tbody>{all.data.settings.map(x => <tr key={x.key}><th scope="row" class="mono xs">{x.key}</th><td><b class="num">{x.value}</b> {x.value !== x.default && <span class="xs dim">{t('set.default', { value: x.default })}</span>}</td><td><Tag tone={x.level === 'default' ? '' : 'inf'} icon={x.level === 'default' ? 'ring' : 'half'}>{word('setLevel', x.level)}</Tag></td>
          <td class="fill">{x.text} <span class="xs dim">{x.range}</span></td><td><button type="button" class="btn s" aria-expanded={why === x.key} onClick={() => ask(why === x.key ? undefined : x.key)}>{t('set.why')}<span class="sr"> {x.key}</span></button></td></tr>)}</tbody></table></div>}</section>
    {why && <Explain place={place} name={why} />}
    {rest.problem && <Trouble problem={rest.problem} retry={rest.reload} />}
    {rest.data && <><Releases of={rest.data.releases} current={s?.number ?? 0} tried={s?.canary ?? 0} back={to => take({ kind: 'back', to })} /><Processes of={rest.data.processes} current={s?.number ?? 0} /></>}
    {step?.kind === 'draft' && <Propose keys={all.data?.settings ?? []} place={place} close={() => take(undefined)} done={() => done(t('set.proposed'))} />}
    {step?.kind === 'approve' && <Approve draft={step.draft} close={() => take(undefined)} done={done} />}
    {step?.kind === 'withdraw' && <Reason title={t('set.withdraw')} close={() => take(undefined)} go={async reason => { await call('POST', `/settings/drafts/${seg(step.draft.id)}/withdraw`, { body: { reason } }); done() }} />}
    {step?.kind === 'back' && <Reason title={step.to ? t('set.backTo', { n: step.to }) : t('set.stop')} lead={t('set.backLead')} close={() => take(undefined)} go={async reason => { const r = await call<{ release: number }>('POST', '/settings/rollback', { body: { release: step.to, reason } }); done(t('set.released', { n: r.release })) }} />}
    {step?.kind === 'import' && <Import close={() => take(undefined)} done={() => done(t('set.proposed'))} />}
  </Shell>
}

function Drafts({ of: drafts, take }: { of: Draft[] | undefined; take: (s: Step) => void }) {
  if (!drafts?.length) return null
  return <Table name={t('set.drafts')} heads={[t('set.draft'), t('set.author'), t('people.reason'), t('requests.at'), '']}>{drafts.map(d => <tr key={d.id}><th scope="row"><span class="mono xs">{d.changes.map(c => c.key).join(' ')}</span></th><td>{d.author}</td><td class="wrap-any">{d.reason}</td><td class="xs">{moment(d.at)}</td>
    <td><div class="row"><button type="button" class="btn s primary" onClick={() => take({ kind: 'approve', draft: d })}>{t('set.look')}<span class="sr"> {d.reason}</span></button><button type="button" class="btn s" onClick={() => take({ kind: 'withdraw', draft: d })}>{t('set.withdraw')}<span class="sr"> {d.reason}</span></button></div></td></tr>)}</Table>
}

function Explain({ place, name }: { place: Place; name: string }) {
  const { data, problem, reload } = useLoad(`why ${name} ${query(place)}`, signal => call<{ value: string; release: number; why: Why[] }>('GET', `/settings/explain?key=${seg(name)}&${query(place)}`, { signal }))
  return <section class="card" aria-live="polite"><header><h2 class="grow">{t('set.whyOf', { key: name, place: spell(place) })}</h2></header>
    {problem && <Trouble problem={problem} retry={reload} />}
    {data && <><p class="body">{t('set.because', { value: data.value, n: data.release })}</p><ol class="body reasons">{data.why.map((w, i) => <li key={i} class="row"><Tag tone={w.because === 'in_force' ? 'ok' : w.because === 'overridden' ? '' : 'warn'} icon={w.because === 'in_force' ? 'check' : w.because === 'overridden' ? 'dash' : 'clock'}>{word('setBecause', w.because)}</Tag><b class="num">{w.value}</b><span>{word('setLevel', w.level)} {w.level !== 'default' && w.level !== 'platform' ? spell(w.place) : ''}</span>{w.from && <span class="xs dim">{moment(w.from)}</span>}{w.amendment && <span class="xs dim">{w.amendment}</span>}</li>)}</ol></>}</section>
}

function Releases({ of: all, current, tried, back }: { of: Released[]; current: number; tried: number; back: (to: number) => void }) {
  if (!all.length) return <section class="card"><Empty icon="history" title={t('set.noReleases')}>{t('set.noReleasesDo')}</Empty></section>
  return <Table name={t('set.releases')} heads={['N', t('requests.at'), t('set.author'), t('set.approver'), t('people.reason'), '']}>{all.map(r => <tr key={r.number}><th scope="row">{r.number} {r.number === current && <Tag tone="ok" icon="check">{t('set.inForce')}</Tag>}{r.number === tried && <Tag tone="warn" icon="branch">{t('set.tried')}</Tag>}</th><td class="xs">{moment(r.at)}</td><td>{r.author}</td><td>{r.approver}</td><td class="wrap-any">{r.of ? t('set.of', { n: r.of }) + ' ' : ''}{r.reason}</td>
    <td><div class="row"><a class="btn s" href={`/api/v1/settings/releases/${r.number}/bundle`} download>{t('set.export')}<span class="sr"> {r.number}</span></a>{r.number !== current && r.number !== tried && <button type="button" class="btn s" onClick={() => back(r.number)}>{t('set.back')}<span class="sr"> {r.number}</span></button>}</div></td></tr>)}</Table>
}

function Processes({ of: all, current }: { of: Process[]; current: number }) {
  return <Table name={t('set.processes')} heads={[t('set.process'), t('set.has'), t('set.loaded'), t('account.seen')]}>{all.map(p => <tr key={p.name}><th scope="row" class="mono xs">{p.name}</th><td>{p.number === current ? <Tag tone="ok" icon="check">{p.number}</Tag> : <Tag tone="warn" icon="clock">{p.number}</Tag>}{p.canary > 0 && <Tag tone="warn" icon="branch">{p.canary}</Tag>}</td><td class="xs">{moment(p.loaded)}</td><td class="xs">{moment(p.seen)}</td></tr>)}</Table>
}

function Propose({ keys, place, close, done }: { keys: Setting[]; place: Place; close: () => void; done: () => void }) {
  const [name, setName] = useState(keys[0]?.key ?? ''), [value, setValue] = useState(''), [at, setAt] = useState<Place>(place), [from, setFrom] = useState(''), [amendment, setAmendment] = useState(''), [reason, setReason] = useState(''), [remove, setRemove] = useState(false)
  const key = keys.find(k => k.key === name)
  const change: Change = { key: name, place: trimmed(at), value: remove ? '' : value.trim(), ...(from ? { from: from + 'T00:00:00Z' } : {}), ...(amendment.trim() ? { amendment: amendment.trim() } : {}), ...(remove ? { remove } : {}) }
  return <Ask title={t('set.propose')} close={close} ready={!!reason.trim() && (remove || !!value.trim())} done={t('set.makeDraft')} go={async () => { await call('POST', '/settings/drafts', { body: { changes: [change], reason } }); done() }}>
    <label class="f"><span class="lab">{t('set.key')}</span><span class="in"><select value={name} onChange={e => setName(e.currentTarget.value)}>{keys.map(k => <option key={k.key} value={k.key}>{k.key}</option>)}</select><span class="u"><Icon name="chev" /></span></span><span class="xs dim">{key?.text} {key?.range}</span></label>
    {!remove && <Field label={t('set.value')} value={value} set={setValue} />}<label class="row"><input type="checkbox" checked={remove} onChange={e => setRemove(e.currentTarget.checked)} />{t('set.remove')}</label>
    <div class="row wrap">{(['organisation', 'study', 'country', 'site'] as const).map(k => <Field key={k} label={word('setLevel', k)} value={at[k] ?? ''} set={v => setAt({ ...at, [k]: v })} />)}</div>
    <Field label={t('set.fromDay')} value={from} set={setFrom} hint={t('office.dates')} /><Field label={t('set.amendment')} value={amendment} set={setAmendment} hint={t('set.amendmentHint')} /><Field label={t('people.reason')} value={reason} set={setReason} /></Ask>
}

function Approve({ draft, close, done }: { draft: Draft; close: () => void; done: (said: string) => void }) {
  const { data, problem, reload } = useLoad(`draft ${draft.id}`, signal => call<{ diff: Difference[] }>('GET', `/settings/drafts/${seg(draft.id)}`, { signal }))
  const [percent, setPercent] = useState('0'), [sites, setSites] = useState(''), [hours, setHours] = useState('24'), [least, setLeast] = useState('20'), [worst, setWorst] = useState('50'), [user, setUser] = useState(''), [password, setPassword] = useState(''), [fault, setFault] = useState<Problem>()
  const chosen = sites.split(/[\s,，]+/).filter(Boolean).map(s => ({ study: s.slice(0, s.lastIndexOf('/')), site: s.slice(s.lastIndexOf('/') + 1) })), tried = Number(percent) > 0 || chosen.length > 0
  const own = draft.author === session.value?.user.id
  const approve = async (e: Event) => { e.preventDefault(); try { const trial = tried ? { percent: Number(percent), sites: chosen, hours: Number(hours), least: Number(least), worst: Number(worst) } : {}; const r = await call<{ release: number }>('POST', `/settings/drafts/${seg(draft.id)}/approve`, { body: { trial, user: user.trim(), password } }); done(t(tried ? 'set.onTrial' : 'set.released', { n: r.release })) } catch (x) { if (!(x instanceof Problem)) throw x; setFault(x) } }
  return <Dialog title={t('set.look')} close={close}><form onSubmit={approve}><div class="body stack-1">{fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)}</span></p>}
    {problem && <Trouble problem={problem} retry={reload} />}<p>{draft.author}: {draft.reason}</p>
    {data && <table class="tbl diff"><thead><tr><th scope="col">{t('set.key')}</th><th scope="col">{t('versions.was')}</th><th scope="col">{t('versions.is')}</th></tr></thead><tbody>{data.diff.map((d, i) => <tr key={i}><th scope="row"><span class="mono xs">{d.key}</span><div class="xs dim">{spell(d.place)}{d.from && ` · ${moment(d.from)}`}{d.amendment && ` · ${d.amendment}`}</div></th><td>{d.old && <del>{d.old}</del>}</td><td>{d.new && <ins>{d.new}</ins>}</td></tr>)}</tbody></table>}
    {own ? <p class="note inf"><Icon name="info" /><span>{t('set.notYours')}</span></p> : <><p class="sub">{t('set.trialLead')}</p><div class="row wrap"><Field label={t('set.percent')} value={percent} set={setPercent} /><Field label={t('set.hours')} value={hours} set={setHours} /><Field label={t('set.least')} value={least} set={setLeast} /><Field label={t('set.worst')} value={worst} set={setWorst} /></div><Field label={t('set.trialSites')} value={sites} set={setSites} hint={t('set.trialSitesHint')} /><p class="sub">{t('set.signMeans')}</p><div class="row wrap"><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></div></>}</div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.close')}</button>{!own && <button class="btn primary" disabled={!data || !password || [percent, hours, least, worst].some(n => !/^\d+$/.test(n)) || chosen.some(p => !p.study || !p.site)}>{tried ? t('set.tryIt') : t('set.release')}</button>}</footer></form></Dialog>
}

function Reason({ title, lead, go, close }: { title: string; lead?: string; go: (reason: string) => Promise<void>; close: () => void }) {
  const [reason, setReason] = useState('')
  return <Ask title={title} close={close} ready={!!reason.trim()} done={title} go={() => go(reason)}>{lead && <p class="sub">{lead}</p>}<Field label={t('people.reason')} value={reason} set={setReason} /></Ask>
}

function Import({ close, done }: { close: () => void; done: () => void }) {
  const [bundle, setBundle] = useState(''), [reason, setReason] = useState('')
  return <Ask title={t('set.import')} close={close} ready={!!bundle.trim() && !!reason.trim()} done={t('set.makeDraft')} go={async () => { await call('POST', '/settings/bundle', { body: { bundle, reason } }); done() }}><p class="sub">{t('set.importLead')}</p><Field label={t('set.bundle')} value={bundle} set={setBundle} lines /><Field label={t('people.reason')} value={reason} set={setReason} /></Ask>
}
