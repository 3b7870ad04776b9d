// What the study office does in dialogs: a plan, a target, a person, a line of the delegation log, an issue.
import { useState } from 'preact/hooks'
import { call } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { Ask, at, Choose, Field, seg } from './officeparts.tsx'
import { session } from './session.ts'
import { study } from './study.ts'

type Done = { id: string; close: () => void; done: () => void }
const both = (zh: string, en: string): Text => ({ en: en.trim() || zh.trim(), ...(zh.trim() ? { 'zh-CN': zh.trim() } : {}) })
export const siteChoices = (only?: string[]) => (study.value?.sites ?? []).filter(s => !only || only.includes(s.id)).map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))

/** Makes a site's plan out of the template. */
export function PlanDialog({ id, template, sites, close, done }: Done & { template: string; sites: string[] }) {
  const [site, setSite] = useState(sites[0] ?? ''), [start, setStart] = useState(new Date().toISOString().slice(0, 10))
  return <Ask title={`${t('step.plan')} · ${word('office.plan', template)}`} close={close} ready={!!site && !!start} go={async () => { await call('PUT', at(id, `/sites/${seg(site)}/plans/${template}`), { body: { version: 0, start } }); done() }}>
    <p class="sub">{t('step.planMeans')}</p><Choose label={t('matrix.site')} value={site} set={setSite} choices={siteChoices(sites)} /><Field label={t('step.start')} value={start} set={setStart} day /></Ask>
}

/** Activates a site, closes it, or opens it again. */
export function SiteStateDialog({ id, site, state, close, done }: Done & { site: string; state: string }) {
  const [reason, setReason] = useState('')
  return <Ask title={`${word('office.moveSite', state)} · ${site}`} close={close} ready={!!reason.trim()} done={word('office.moveSite', state)} go={async () => { await call('POST', at(id, `/sites/${seg(site)}/state`), { body: { state, reason } }); done() }}>
    <p class="sub">{word('office.moveMeans', state)}</p><Field label={t('locks.reason')} value={reason} set={setReason} /></Ask>
}

/** Sets the target of a site, or of the study. */
export function TargetDialog({ id, site, version, target, close, done }: Done & { site: string; version: number; target: { subjects: number; from?: string; by?: string } }) {
  const [n, setN] = useState(target.subjects ? String(target.subjects) : ''), [from, setFrom] = useState(target.from ?? ''), [by, setBy] = useState(target.by ?? ''), [reason, setReason] = useState('')
  const body = { version, subjects: Number(n) || 0, ...(from ? { from } : {}), ...(by ? { by } : {}), ...(reason ? { reason } : {}) }
  return <Ask title={`${t('step.target')} · ${site || t('office.whole')}`} close={close} ready={Number(n) > 0 && (!version || !!reason.trim())} go={async () => { await call('PUT', at(id, site ? `/sites/${seg(site)}/target` : '/target'), { body }); done() }}>
    <Field label={t('step.subjects')} value={n} set={setN} /><Field label={t('office.from')} value={from} set={setFrom} day /><Field label={t('office.by')} value={by} set={setBy} day />{version > 0 && <Field label={t('locks.reason')} value={reason} set={setReason} />}</Ask>
}

/** Opens an issue at a site. */
export function IssueDialog({ id, close, done }: Done) {
  const choices = siteChoices()
  const [site, setSite] = useState(study.value?.roles.find(r => r.site)?.site ?? choices[0]?.value ?? ''), [kind, setKind] = useState('issue'), [severity, setSeverity] = useState('minor')
  const [title, setTitle] = useState(''), [text, setText] = useState(''), [owner, setOwner] = useState(session.value?.user.id ?? ''), [due, setDue] = useState(''), [subject, setSubject] = useState('')
  return <Ask title={t('step.issue')} close={close} ready={!!(title.trim() && owner.trim() && due)} go={async () => { await call('POST', at(id, `/sites/${seg(site)}/issues`), { body: { kind, severity, title, owner, due, ...(text ? { text } : {}), ...(subject ? { subject } : {}) } }); done() }}>
    <Choose label={t('matrix.site')} value={site} set={setSite} choices={choices} /><Choose label={t('mv.kind')} value={kind} set={setKind} choices={['issue', 'deviation', 'finding'].map(k => ({ value: k, text: word('office.kind', k) }))} />
    <Choose label={t('mv.severity')} value={severity} set={setSeverity} choices={['minor', 'major', 'critical'].map(k => ({ value: k, text: word('office.severity', k) }))} />
    <Field label={t('doc.name')} value={title} set={setTitle} /><Field label={t('doc.note')} value={text} set={setText} lines /><Field label={t('office.owner')} value={owner} set={setOwner} hint={t('step.ownerHint')} /><Field label={t('office.due')} value={due} set={setDue} day /><Field label={t('step.subject')} value={subject} set={setSubject} /></Ask>
}

export type Paper = { kind: string; number?: string; issued?: string; expires?: string }
type Training = { code: string; on: string }
export type Person = { id: string; version: number; name: Text; user?: string; title?: string; department?: string; papers?: Paper[]; trainings?: Training[] }

/** Adds somebody to a site, or changes what is known of them: papers with their days, and trainings. */
export function PersonDialog({ base, person, close, done }: Done & { base: string; person?: Person }) {
  const [zh, setZh] = useState(person?.name['zh-CN'] ?? ''), [en, setEn] = useState(person?.name['en'] ?? ''), [user, setUser] = useState(person?.user ?? ''), [title, setTitle] = useState(person?.title ?? ''), [department, setDepartment] = useState(person?.department ?? '')
  const [papers, setPapers] = useState<Paper[]>(person?.papers ?? [{ kind: 'cv' }, { kind: 'gcp' }, { kind: 'licence' }]), [trainings, setTrainings] = useState<Training[]>(person?.trainings ?? [{ code: 'protocol', on: '' }, { code: 'edc', on: '' }])
  const paper = (i: number, change: Partial<Paper>) => setPapers(papers.map((p, k) => k === i ? { ...p, ...change } : p))
  const training = (i: number, change: Partial<Training>) => setTrainings(trainings.map((x, k) => k === i ? { ...x, ...change } : x))
  const body = { version: person?.version ?? 0, name: both(zh, en), ...(user ? { user } : {}), ...(title ? { title } : {}), ...(department ? { department } : {}),
    papers: papers.filter(p => p.issued || p.number || p.expires).map(p => Object.fromEntries(Object.entries(p).filter(([, v]) => v))), trainings: trainings.filter(x => x.code && x.on) }
  return <Ask title={person ? say(person.name) : t('step.person')} close={close} ready={!!(zh.trim() || en.trim())} go={async () => { await call(person ? 'PUT' : 'POST', base + '/people' + (person ? '/' + seg(person.id) : ''), { body }); done() }}>
    <Field label={t('step.nameZh')} value={zh} set={setZh} /><Field label={t('step.nameEn')} value={en} set={setEn} /><Field label={t('signin.user')} value={user} set={setUser} hint={t('step.userHint')} /><Field label={t('office.role')} value={title} set={setTitle} /><Field label={t('step.department')} value={department} set={setDepartment} />
    {papers.map((p, i) => <fieldset class="maker" key={i}><legend class="sr">{`${t('office.papers')} ${i + 1}`}</legend><Choose label={t('step.paperKind')} value={p.kind} set={kind => paper(i, { kind })} choices={['cv', 'gcp', 'licence'].map(k => ({ value: k, text: word('office.paper', k) }))} /><Field label={t('step.paperNumber')} value={p.number ?? ''} set={number => paper(i, { number })} />
      <Field label={t('doc.issued')} value={p.issued ?? ''} set={issued => paper(i, { issued })} day /><Field label={t('doc.expires')} value={p.expires ?? ''} set={expires => paper(i, { expires })} day /></fieldset>)}
    <button type="button" class="btn s" onClick={() => setPapers([...papers, { kind: 'gcp' }])}>{t('step.addPaper')}</button>
    {trainings.map((x, i) => <fieldset class="maker" key={i}><legend class="sr">{`${t('office.trainings')} ${i + 1}`}</legend><Field label={t('step.training')} value={x.code} set={code => training(i, { code })} /><Field label={t('step.trainedOn')} value={x.on} set={on => training(i, { on })} day /></fieldset>)}
    <button type="button" class="btn s" onClick={() => setTrainings([...trainings, { code: '', on: '' }])}>{t('step.addTraining')}</button></Ask>
}

/** Adds a line to the delegation log, which waits for the principal investigator's signature. */
export function LineDialog({ base, people, close, done }: Done & { base: string; people: { id: string; name: Text }[] }) {
  const [person, setPerson] = useState(people[0]?.id ?? ''), [role, setRole] = useState('coordinator'), [tasks, setTasks] = useState(''), [from, setFrom] = useState(new Date().toISOString().slice(0, 10))
  return <Ask title={t('step.line')} close={close} ready={!!(person && tasks.trim() && from)} go={async () => { await call('POST', base + '/delegations', { body: { person, role, from, tasks: tasks.split('\n').map(x => x.trim()).filter(Boolean) } }); done() }}>
    <Choose label={t('office.name')} value={person} set={setPerson} choices={people.map(p => ({ value: p.id, text: say(p.name) }))} /><Choose label={t('office.role')} value={role} set={setRole} choices={['coordinator', 'investigator'].map(r => ({ value: r, text: word('role', r) }))} />
    <Field label={t('office.tasks')} value={tasks} set={setTasks} lines hint={t('step.tasksHint')} /><Field label={t('office.from')} value={from} set={setFrom} day /></Ask>
}

type Contact = { name: string; role: string; department?: string; phone?: string; email?: string }
export type Profile = { version?: number; institution?: Text; code?: string; address?: string; departments?: string[]; contacts?: Contact[]; investigator?: string }

/** Says what a site's institution is, whom one turns to there, and who its principal investigator is. */
export function ProfileDialog({ base, profile, people, close, done }: Done & { base: string; profile: Profile; people: { id: string; name: Text }[] }) {
  const [zh, setZh] = useState(profile.institution?.['zh-CN'] ?? ''), [en, setEn] = useState(profile.institution?.['en'] ?? ''), [code, setCode] = useState(profile.code ?? ''), [address, setAddress] = useState(profile.address ?? '')
  const [departments, setDepartments] = useState((profile.departments ?? []).join('\n')), [pi, setPi] = useState(profile.investigator ?? ''), [contacts, setContacts] = useState<Contact[]>(profile.contacts ?? [])
  const contact = (i: number, change: Partial<Contact>) => setContacts(contacts.map((c, k) => k === i ? { ...c, ...change } : c))
  const body = { version: profile.version ?? 0, institution: both(zh, en), ...(code ? { code } : {}), ...(address ? { address } : {}), departments: departments.split('\n').map(x => x.trim()).filter(Boolean), contacts: contacts.filter(c => c.name.trim()), ...(pi ? { investigator: pi } : {}) }
  return <Ask title={t('step.profile')} close={close} ready={!!(zh.trim() || en.trim())} go={async () => { await call('PUT', base + '/profile', { body }); done() }}>
    <Field label={t('step.nameZh')} value={zh} set={setZh} /><Field label={t('step.nameEn')} value={en} set={setEn} /><Field label={t('step.code')} value={code} set={setCode} /><Field label={t('step.address')} value={address} set={setAddress} />
    <Field label={t('step.departments')} value={departments} set={setDepartments} lines /><Choose label={t('office.pi')} value={pi} set={setPi} choices={[{ value: '', text: '–' }, ...people.map(p => ({ value: p.id, text: say(p.name) }))]} />
    {contacts.map((c, i) => <fieldset class="maker" key={i}><legend class="sr">{`${t('office.contacts')} ${i + 1}`}</legend><Field label={t('office.name')} value={c.name} set={name => contact(i, { name })} /><Field label={t('office.role')} value={c.role} set={role => contact(i, { role })} /><Field label={t('step.department')} value={c.department ?? ''} set={department => contact(i, { department })} />
      <Field label={t('office.phone')} value={c.phone ?? ''} set={phone => contact(i, { phone })} /><Field label={t('office.mail')} value={c.email ?? ''} set={email => contact(i, { email })} /></fieldset>)}
    <button type="button" class="btn s" onClick={() => setContacts([...contacts, { name: '', role: '' }])}>{t('step.addContact')}</button></Ask>
}
