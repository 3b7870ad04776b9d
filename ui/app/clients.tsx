// Other programs: what each may do, its keys, and what it asked.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Dialog, Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, Field, seg } from './officeparts.tsx'
import { Head, Shell } from './shell.tsx'

type Key = { id: string; prefix: string; created: string; expires?: string; revoked?: string }
type Client = { id: string; study: string; user: string; name: string; scopes: string[]; sites: string[]; networks: string[]; keys: Key[] }
type Made = { client: string; key: string }
type Step = { kind: 'new' } | { kind: 'rotate' | 'end' | 'sandbox'; who: Client } | { kind: 'revoke'; who: Client; key: Key } | { kind: 'shown'; made: Made }

const list = (text: string) => text.split(/[\s,，、]+/).filter(Boolean)
const standing = (k: Key) => k.revoked ? 'revoked' : k.expires && Date.parse(k.expires) <= Date.now() ? 'expired' : k.expires ? 'ending' : 'valid'
const looks = { valid: ['ok', 'check'], ending: ['warn', 'clock'], expired: ['', 'x'], revoked: ['', 'x'] } as const
const open = (c: Client) => c.keys.some(k => ['valid', 'ending'].includes(standing(k)))

export function Clients() {
  const all = useLoad('clients', signal => call<{ clients: Client[]; scopes: string[] }>('GET', '/clients', { signal }))
  const [step, take] = useState<Step>()
  const made = (m: Made) => { take({ kind: 'shown', made: m }); all.reload() }, done = () => { take(undefined); all.reload() }
  const clients = all.data?.clients ?? []
  return <Shell title={t('clients.title')} crumbs={[{ text: t('clients.title') }]}>
    <Head title={t('clients.title')} lead={t('clients.lead')}><a class="btn" href="/requests">{t('requests.title')}</a>
      <button type="button" class="btn primary" onClick={() => take({ kind: 'new' })}><Icon name="plus" />{t('clients.new')}</button></Head>
    {all.problem && <Trouble problem={all.problem} retry={all.reload} />}
    {!all.data && !all.problem && <Waiting />}
    {all.data && !clients.length && <Empty icon="key" title={t('clients.none')}><p>{t('clients.noneDo')}</p></Empty>}
    {clients.map(c => <One key={c.id} of={c} take={take} />)}
    {step?.kind === 'new' && <New scopes={all.data?.scopes ?? []} close={() => take(undefined)} made={made} />}
    {step?.kind === 'rotate' && <Rotate of={step.who} close={() => take(undefined)} made={made} />}
    {step?.kind === 'sandbox' && <Sandbox of={step.who} close={() => take(undefined)} made={made} />}
    {(step?.kind === 'end' || step?.kind === 'revoke') && <End of={step.who} item={step.kind === 'revoke' ? step.key : undefined} close={() => take(undefined)} done={done} />}
    {step?.kind === 'shown' && <Shown made={step.made} close={() => take(undefined)} />}
  </Shell>
}

function One({ of: c, take }: { of: Client; take: (s: Step) => void }) {
  return <section class="card client" aria-labelledby={c.id}><header><h2 class="grow" id={c.id}>{c.name} <span class="xs dim mono">{c.id}</span></h2>
    {open(c) ? <><a class="btn s" href={`/requests?study=${seg(c.study)}&client=${seg(c.user)}`}>{t('requests.title')}<span class="sr"> {c.name}</span></a><button type="button" class="btn s" onClick={() => take({ kind: 'rotate', who: c })}>{t('clients.rotate')}<span class="sr"> {c.name}</span></button>
      <button type="button" class="btn s" onClick={() => take({ kind: 'sandbox', who: c })}>{t('clients.sandbox')}<span class="sr"> {c.name}</span></button>
      <button type="button" class="btn s" onClick={() => take({ kind: 'end', who: c })}>{t('clients.end')}<span class="sr"> {c.name}</span></button></> : <Tag icon="x">{t('clients.ended')}</Tag>}</header>
    <dl class="body pairs"><dt>{t('clients.scopes')}</dt><dd class="row wrap">{c.scopes.map(s => <span key={s} class="tag" title={s}>{word('scope', s)}</span>)}</dd>
      <dt>{t('clients.reach')}</dt><dd>{c.study} · {c.sites.length ? t('clients.atSites', { sites: c.sites.join(', ') }) : t('clients.allSites')}</dd>
      <dt>{t('clients.networks')}</dt><dd class="mono xs">{c.networks.join(' ') || t('clients.anywhere')}</dd></dl>
    <div class="scroll" tabIndex={0} role="region" aria-label={`${t('clients.keys')} ${c.name}`}><table class="tbl"><thead><tr><th scope="col">{t('clients.key')}</th><th scope="col">{t('people.state')}</th><th scope="col">{t('clients.created')}</th><th scope="col">{t('clients.until')}</th><th scope="col" class="fill"><span class="sr">{t('clients.revoke')}</span></th></tr></thead>
      <tbody>{c.keys.map(k => { const state = standing(k), [tone, icon] = looks[state]; return <tr key={k.id}><th scope="row" class="mono xs">{k.prefix}…</th><td><Tag tone={tone} icon={icon}>{word('keyState', state)}</Tag></td>
        <td class="xs">{moment(k.created)}</td><td class="xs">{k.revoked ? moment(k.revoked) : k.expires ? moment(k.expires) : '–'}</td>
        <td class="fill">{(state === 'valid' || state === 'ending') && <button type="button" class="btn s" onClick={() => take({ kind: 'revoke', who: c, key: k })}>{t('clients.revoke')}<span class="sr"> {k.id}</span></button>}</td></tr> })}</tbody></table></div>
  </section>
}

function New({ scopes, close, made }: { scopes: string[]; close: () => void; made: (m: Made) => void }) {
  const [name, setName] = useState(''), [study, setStudy] = useState(''), [sites, setSites] = useState(''), [networks, setNetworks] = useState(''), [expires, setExpires] = useState(''), [chosen, choose] = useState<string[]>([])
  const send = async () => made(await call<Made>('POST', '/clients', { body: { name, study: study.trim(), scopes: chosen, sites: list(sites), networks: list(networks), ...(expires ? { expires: expires + 'T00:00:00Z' } : {}) } }))
  return <Ask title={t('clients.new')} close={close} ready={!!name.trim() && !!study.trim() && chosen.length > 0} done={t('clients.make')} go={send}>
    <Field label={t('clients.name')} value={name} set={setName} hint={t('clients.nameHint')} /><Field label={t('people.study')} value={study} set={setStudy} />
    <fieldset class="f"><legend class="lab">{t('clients.scopes')}</legend><div class="scopes">{scopes.map(s => <label key={s} class="row"><input type="checkbox" checked={chosen.includes(s)} onChange={e => choose(e.currentTarget.checked ? [...chosen, s] : chosen.filter(x => x !== s))} /><span>{word('scope', s)} <span class="xs dim mono">{s}</span></span></label>)}</div></fieldset>
    <Field label={t('people.site')} value={sites} set={setSites} hint={t('clients.listHint')} />
    <Field label={t('clients.networks')} value={networks} set={setNetworks} hint={t('clients.networksHint')} /><Field label={t('clients.until')} value={expires} set={setExpires} hint={t('office.dates')} /></Ask>
}

function Rotate({ of: c, close, made }: { of: Client; close: () => void; made: (m: Made) => void }) {
  const [hours, setHours] = useState('24'), [expires, setExpires] = useState('')
  return <Ask title={`${t('clients.rotate')} · ${c.name}`} close={close} ready={/^\d+$/.test(hours)} done={t('clients.rotate')} go={async () => made(await call<Made>('POST', `/clients/${seg(c.id)}/keys`, { body: { overlap: Number(hours), ...(expires ? { expires: expires + 'T00:00:00Z' } : {}) } }))}>
    <p class="sub">{t('clients.rotateLead')}</p><Field label={t('clients.overlap')} value={hours} set={setHours} /><Field label={t('clients.until')} value={expires} set={setExpires} hint={t('office.dates')} /></Ask>
}

function Sandbox({ of: c, close, made }: { of: Client; close: () => void; made: (m: Made) => void }) {
  return <Ask title={`${t('clients.sandbox')} · ${c.name}`} close={close} ready={true} done={t('clients.sandboxMake')} go={async () => made(await call<Made>('POST', `/clients/${seg(c.id)}/sandbox`, { body: {} }))}>
    <p class="sub">{t('clients.sandboxLead')}</p></Ask>
}

function End({ of: c, item, close, done }: { of: Client; item: Key | undefined; close: () => void; done: () => void }) {
  const [reason, setReason] = useState(''), title = item ? t('clients.revoke') : t('clients.end')
  return <Ask title={`${title} · ${item ? item.prefix + '…' : c.name}`} close={close} ready={!!reason.trim()} done={title} go={async () => { await call('DELETE', `/clients/${seg(c.id)}${item ? '/keys/' + seg(item.id) : ''}`, { body: { reason } }); done() }}>
    <p class="sub">{t('clients.endLead')}</p><Field label={t('people.reason')} value={reason} set={setReason} /></Ask>
}

function Shown({ made, close }: { made: Made; close: () => void }) {
  return <Dialog title={t('clients.shown')} close={close}><div class="body stack-1"><p class="note warn"><Icon name="warn" /><span>{t('clients.shownLead')}</span></p>
    <p class="lab">{t('clients.key')} · client_secret</p><p class="mono wrap-any" data-key><b>{made.key}</b></p><p class="lab">client_id</p><p class="mono wrap-any">{made.client}</p>
    <p class="lab">OAuth 2.0</p><pre class="mono xs wrap-any" tabIndex={0}>{`curl ${location.origin}/oauth2/token -d grant_type=client_credentials \\\n  -d client_id=${made.client} --data-urlencode client_secret@key.txt`}</pre></div>
    <footer><button type="button" class="btn" onClick={() => void navigator.clipboard?.writeText(made.key)}>{t('account.copy')}</button><span class="grow" /><button type="button" class="btn primary" onClick={close}>{t('account.saved')}</button></footer></Dialog>
}

type Asked = { id: string; client: string; at: string; route: string; path: string; status: number; code?: string; took: number; address: string; trace: string; asked: string; answered: string }

/** The request explorer: what other programs asked of a study, every value of their bodies covered. */
export function Requests() {
  const given = new URLSearchParams(location.search)
  const clients = useLoad('clients', signal => call<{ clients: Client[] }>('GET', '/clients', { signal }))
  const studies = [...new Set(clients.data?.clients.map(c => c.study) ?? [])]
  const [picked, pick] = useState(given.get('study') ?? ''), [client, setClient] = useState(given.get('client') ?? ''), [status, setStatus] = useState(''), [shown, show] = useState<string>()
  const study = picked || studies[0] || ''
  const { data, problem, reload } = useLoad(`requests ${study} ${client} ${status}`, signal => study ? call<{ requests: Asked[] }>('GET', `/requests?study=${seg(study)}&client=${seg(client)}&status=${status}`, { signal }) : Promise.resolve({ requests: [] }))
  const names = new Map(clients.data?.clients.map(c => [c.user, c.name]))
  const here = data?.requests.find(r => r.id === shown)
  return <Shell title={t('requests.title')} crumbs={[{ text: t('clients.title'), href: '/clients' }, { text: t('requests.title') }]}>
    <Head title={t('requests.title')} lead={t('requests.lead')}><button type="button" class="btn" onClick={reload}>{t('requests.again')}</button></Head>
    <div class="row wrap">{studies.length > 1 && <Chip name={t('people.study')} value={study} choices={studies.map(s => ({ value: s, text: s }))} onChange={v => { pick(v); setClient('') }} />}
      <Chip name={t('requests.client')} value={client} choices={[{ value: '', text: t('requests.all') }, ...(clients.data?.clients.filter(c => c.study === study).map(c => ({ value: c.user, text: c.name })) ?? [])]} onChange={setClient} />
      <Chip name={t('requests.answers')} icon="filter" value={status} choices={[{ value: '', text: t('requests.all') }, { value: 'refused', text: t('requests.refused') }]} onChange={setStatus} /></div>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.requests.length && <Empty icon="search" title={t('requests.none')}><p>{t('requests.noneDo')}</p></Empty>}
    {data && data.requests.length > 0 && <section class="card"><div class="scroll" tabIndex={0} role="region" aria-label={t('requests.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('requests.at')}</th><th scope="col">{t('requests.client')}</th><th scope="col" class="fill">{t('console.request')}</th><th scope="col">{t('console.answer')}</th><th scope="col" class="num">ms</th></tr></thead>
      <tbody>{data.requests.map(r => <tr key={r.id}><td class="xs num">{moment(r.at)}</td><td>{names.get(r.client) ?? r.client}</td>
        <th scope="row" class="fill"><button type="button" class="link mono xs" aria-expanded={shown === r.id} onClick={() => show(shown === r.id ? undefined : r.id)}>{r.route.split(' ')[0]} {r.path.replace('/api/v1', '')}</button></th>
        <td><Tag tone={r.status < 400 ? 'ok' : 'bad'} icon={r.status < 400 ? 'check' : 'alert'}>{r.status}</Tag> {r.code && <span class="xs dim mono">{r.code}</span>}</td><td class="num xs">{(r.took / 1000).toFixed(1)}</td></tr>)}</tbody></table></div></section>}
    {here && <section class="card" aria-label={here.path}><header><h2 class="grow mono">{here.route}</h2></header><div class="body stack-1"><p class="xs dim mono">{here.address} · {here.trace}</p>
      <h3>{t('console.request')}</h3><pre class="mono xs wrap-any" tabIndex={0}>{here.asked || '∅'}</pre><h3>{t('console.answer')}</h3><pre class="mono xs wrap-any" tabIndex={0}>{here.answered || '∅'}</pre></div></section>}
  </Shell>
}
