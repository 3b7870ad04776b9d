// The audit of administration: who gave, rotated or revoked which key, changed which webhook, proposed, approved or took back which
// settings, and gave whom which role, on the platform and in every study.
import { useState } from 'preact/hooks'
import { Chip, Empty, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { verbWords } from '../words/verbs.ts'
import { lang, moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Field, seg } from './officeparts.tsx'
import { Head, Shell } from './shell.tsx'
import { told } from './told.ts'

type Administered = { id: string; study: string; index: number; at: string; by: string; byName: string; role: string; what: string; where: string; name: string; site?: string; old?: string; new?: string; reason: string; trace: string }
type Page = { entries: Administered[]; next: string; back?: string }
type Asked = { kind: string; study: string; who: string; from: string; until: string }

const kinds = ['keys', 'webhooks', 'settings', 'people', 'holds', 'door'], nothing: Asked = { kind: '', study: '', who: '', from: '', until: '' }
const verb = (what: string) => verbWords[what]?.[lang.value === 'zh-CN' ? 0 : 1] ?? what
const place = (study: string) => study === 'platform' ? t('set.platform') : study

export function Administration() {
  const given = { ...nothing, kind: new URLSearchParams(location.search).get('kind') ?? '' }
  const [asked, ask] = useState(given), [typed, type] = useState(given), [after, setAfter] = useState([''])
  const query = Object.entries(asked).filter(([, v]) => v).map(([k, v]) => `${k}=${seg(v)}`).join('&')
  const search = (a: Asked) => { type(a); ask(a); setAfter(['']) }
  const { data, problem, loading, reload } = useLoad(`audit ${lang.value} ${query} ${after}`, async signal => {
    const pages = await Promise.all(after.map(cursor => call<Page>('GET', `/audit?${query}&after=${seg(cursor)}`, { signal })))
    return { ...pages.at(-1)!, entries: pages.flatMap(p => p.entries) }
  })
  return <Shell title={t('adm.title')} crumbs={[{ text: t('adm.title') }]}>
    <Head title={t('adm.title')} lead={t('adm.lead')} />
    <section class="card"><h2 class="sr">{t('trail.go')}</h2><form class="body row wrap" onSubmit={e => { e.preventDefault(); search(typed) }}>
      <Field label={t('adm.who')} value={typed.who} set={who => type({ ...typed, who: who.trim() })} /><Field label={t('people.study')} value={typed.study} set={study => type({ ...typed, study: study.trim() })} hint={t('adm.studyHint')} />
      <Field label={t('trail.from')} value={typed.from} set={from => type({ ...typed, from: from.trim() })} hint={t('office.dates')} /><Field label={t('trail.until')} value={typed.until} set={until => type({ ...typed, until: until.trim() })} hint={t('office.dates')} />
      <div class="row wrap"><Chip name={t('trail.what')} icon="filter" value={asked.kind} choices={[{ value: '', text: t('adm.all') }, ...kinds.map(k => ({ value: k, text: word('admKind', k) }))]} onChange={kind => search({ ...typed, kind })} />
        <button type="submit" class="btn primary">{t('trail.go')}</button><button type="button" class="btn quiet" onClick={() => search(nothing)}>{t('trail.clear')}</button></div></form></section>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.entries.length && <Empty icon="history" title={t('adm.none')}>{t('adm.noneDo')}</Empty>}
    {data && data.entries.length > 0 && <section class="card"><h2 class="sr">{t('adm.title')}</h2><div class="scroll" tabIndex={0} role="region" aria-label={t('adm.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('trail.when')}</th><th scope="col">{t('trail.who')}</th><th scope="col">{t('trail.what')}</th><th scope="col">{t('adm.of')}</th><th scope="col" class="fill">{t('trail.change')}</th><th scope="col" class="about">{t('trail.why')}</th><th scope="col" class="num">{t('trail.entry')}</th></tr></thead>
      <tbody>{data.entries.map(e => <tr key={e.id}><td class="sub">{moment(e.at)}</td><td>{e.by === 'system' ? t('role.system') : e.byName}{e.role && e.role !== 'system' && <span class="xs sub"> {word('role', e.role)}</span>}</td><th scope="row">{verb(e.what)}</th>
        <td>{e.name && <b>{e.name}</b>}<div class="xs dim mono wrap-any" title={e.where}>{e.where.length > 24 ? e.where.slice(0, 13) + '…' : e.where}</div><div class="xs dim">{[place(e.study), e.site].filter(Boolean).join(' · ')}</div></td>
        <td class="fill wrap-any sub">{told(e)}</td><td class="about sub">{e.reason}</td><td class="num dim">{e.index < 0 ? '…' : e.index}</td></tr>)}</tbody></table></div></section>}
    {data && <p class="row wrap"><span class="sub grow" role="status">{t('trail.found', { n: data.entries.length })} · {data.next ? t('trail.back', { at: moment(data.back ?? '') }) : t('trail.end')}</span>
      {data.next && <button type="button" class="btn" disabled={loading} onClick={() => setAfter([...after, data.next])}>{t('trail.on')}</button>}</p>}
  </Shell>
}
