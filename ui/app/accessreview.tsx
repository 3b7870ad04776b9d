// Who may do what, looked at from time to time: what is ticked is taken back, and who looked signs.
import { useState } from 'preact/hooks'
import { Tag, Trouble } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { day, moment, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, Field } from './officeparts.tsx'
import { announced, session } from './session.ts'
import { administers, type Grant, type Member } from './people.tsx'

type Held = Grant & { user: string }
type Review = { number: number; at: string; name: string; people: number; grants: number; revoked: Held[]; note: string }
type Reviews = { reviews: Review[]; due: string; overdue: boolean }

const said = (h: Grant) => `${word('role', h.role)} · ${h.study}${h.site && ` · ${h.site}`}`

export function AccessReview({ people, content, reload }: { people: Member[]; content: string; reload: () => void }) {
  const all = useLoad('reviews', signal => call<Reviews>('GET', '/people/reviews', { signal }))
  const [reviewing, review] = useState(false)
  const done = () => { review(false); announced.value = t('rights.done'); all.reload(); reload() }
  return <section class="card access-review"><div class="body row wrap"><div class="grow"><h2>{t('rights.title')}</h2><p class="sub">{t('rights.lead')}</p></div>
    {all.data && <Tag tone={all.data.overdue ? 'bad' : 'ok'} icon={all.data.overdue ? 'alert' : 'clock'}>{t(all.data.overdue ? 'rights.overdue' : 'rights.due', { at: day(all.data.due) })}</Tag>}
    <a class="btn" href="/api/v1/people/report.csv" download>{t('people.report')}</a>
    <button type="button" class="btn" onClick={() => review(true)}>{t('rights.go')}</button></div>
    {all.problem && <Trouble problem={all.problem} retry={all.reload} />}
    {all.data && all.data.reviews.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('rights.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('rights.at')}</th><th scope="col">{t('rights.by')}</th><th scope="col" class="num">{t('rights.people')}</th><th scope="col" class="num">{t('rights.grants')}</th><th scope="col" class="fill">{t('rights.revoked')}</th></tr></thead>
      <tbody>{all.data.reviews.map(r => <tr key={r.number}><th scope="row">{moment(r.at)}</th><td>{r.name}</td><td class="num">{r.people}</td><td class="num">{r.grants}</td>
        <td class="fill">{r.revoked.length ? r.revoked.map(h => <span key={JSON.stringify(h)} class="tag">{h.user}: {said(h)}</span>) : '–'}{r.note && <span class="sub xs"> {r.note}</span>}</td></tr>)}</tbody></table></div>}
    {reviewing && <Sign people={people} content={content} close={() => { review(false); reload() }} done={done} />}
  </section>
}

function Sign({ people, content, close, done }: { people: Member[]; content: string; close: () => void; done: () => void }) {
  const held: Held[] = people.filter(p => p.active).flatMap(p => p.grants.map(g => ({ user: p.user, ...g })))
  const [taken, take] = useState<ReadonlySet<number>>(new Set()), [note, setNote] = useState(''), [user, setUser] = useState(''), [password, setPassword] = useState('')
  const toggle = (n: number) => { const next = new Set(taken); if (!next.delete(n)) next.add(n); take(next) }
  const send = async () => {
    try { await call('POST', '/people/reviews', { body: { content, revoke: held.filter((_, n) => taken.has(n)), note, user, password } }) } catch (e) { if (e instanceof Problem) setPassword(''); throw e }
    done()
  }
  const me = session.value!.user.id
  return <Ask title={t('rights.go')} close={close} ready={!!user && !!password} done={t('rights.sign', { n: taken.size })} go={send}>
    <p class="sub">{t('rights.how')}</p>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('people.roles')}><table class="tbl"><thead><tr><th scope="col">{t('rights.take')}</th><th scope="col">{t('signin.user')}</th><th scope="col" class="fill">{t('people.roles')}</th><th scope="col">{t('account.seen')}</th></tr></thead>
      <tbody>{held.map((h, n) => { const p = people.find(p => p.user === h.user)!
        return <tr key={n}><td><input type="checkbox" aria-label={`${t('rights.take')}: ${h.user} ${said(h)}`} disabled={h.user === me && administers(h.role)} checked={taken.has(n)} onChange={() => toggle(n)} /></td>
          <th scope="row">{h.user} <span class="sub">{p.name}</span></th><td class="fill">{said(h)}</td><td class="xs dim">{p.seen ? moment(p.seen) : '–'}</td></tr> })}</tbody></table></div>
    <Field label={t('rights.note')} value={note} set={setNote} lines />
    <Field label={t('signin.user')} value={user} set={setUser} /><Field label="" value={password} set={setPassword} secret />
    <p class="xs sub">{t('rights.meaning')}</p></Ask>
}
