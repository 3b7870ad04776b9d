// One project as the hospital's office sees it: its own path in stages, what each step waits for, and amendments on the way.
import { useState } from 'preact/hooks'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { MilestoneDialog, StateMark, type Milestone, type Project, type Row } from './office.tsx'
import { Ask, at, Field, seg, Table, Where } from './officeparts.tsx'
import { PlanDialog } from './officesteps.tsx'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, siteName } from './study.ts'

const template = 'hospital-office'

/** The stages of the path, each with the beginnings of its steps' ids. A step that begins with none of them stands in the last one. */
const stages: [string, string[]][] = [
  ['approval', ['application', 'review']], ['ethics', ['ethics']], ['genetics', ['genetics']], ['money', ['contract', 'funds']], ['crc', ['coordinator']],
  ['initiation', ['initiation', 'first']], ['quality', ['quality']], ['goods', ['drugs']], ['closing', ['last', 'report', 'archive']],
]
const stageOf = (id: string) => stages.find(([, begins]) => begins.some(b => id === b || id.startsWith(b + '-')))?.[0] ?? 'closing'

export function ProjectPage({ id, site }: { id: string; site: string }) {
  const path = at(id, `/sites/${seg(site)}/plans/${template}`)
  const { data: row, problem, reload } = useLoad(path, signal => call<Row>('GET', path, { signal }).catch(e => { if (e instanceof Problem && e.code === 'site.no_plan') return { version: 0, milestones: [] as Milestone[] } as Row; throw e }))
  const { data: register } = useLoad('projects', signal => call<{ projects: Project[] }>('GET', '/projects', { signal }))
  const [step, take] = useState<Milestone>(), [asking, ask] = useState<'plan' | 'amendment'>()
  const about = register?.projects.find(p => p.study === id && p.site === site), may = mayDo('site.plan', site)
  const over = () => { take(undefined); ask(undefined); reload() }
  return <Shell title={t('project.title')} crumbs={[{ text: t('office.register'), href: to.projects }, { text: site }]}>
    <Head title={<>{about?.title ?? id} · <Where site={site} name={about?.institution ?? undefined} /></>} lead={about ? `${t('office.pi')} ${say(about.investigator) || '–'} · ${t('office.enrolled')} ${about.enrolled}${about.target ? ` / ${about.target}` : ''}` : siteName(site)}>
      <a class="btn" href={to.team(id, site)}>{t('office.people')}</a><a class="btn" href={to.goods(id)}>{t('goods.title')}</a><a class="btn" href={to.issues(id)}>{t('office.issues')}{about ? ` · ${about.issues}` : ''}</a>
      {may && row && (row.version ? <button type="button" class="btn" onClick={() => ask('amendment')}>{t('project.amend')}</button> : <button type="button" class="btn primary" onClick={() => ask('plan')}>{t('step.plan')}</button>)}</Head>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!row && !problem && <Waiting />}
    {row && !row.version && <Empty icon="flag" title={t('office.noPlan')}>{t('office.noPlanDo')}</Empty>}
    {row && row.version > 0 && <ol class="chain">{stages.map(([stage]) => { const steps = row.milestones.filter(m => stageOf(m.id) === stage), done = steps.filter(m => m.state === 'done').length, late = steps.some(m => m.state === 'overdue')
      return <li key={stage}><Tag tone={late ? 'bad' : steps.length === done ? 'ok' : done ? 'inf' : ''} icon={late ? 'alert' : steps.length === done ? 'check' : done ? 'clock' : 'ring'}>{word('project.stage', stage)} {done} / {steps.length}</Tag></li> })}</ol>}
    {row && row.version > 0 && <Table name={t('project.path')} heads={[t('project.stageName'), t('office.milestone'), t('queries.state'), t('office.planned'), t('office.forecast'), t('office.actual'), t('office.owner'), t('doc.note')]}>
      {stages.flatMap(([stage]) => row.milestones.filter(m => stageOf(m.id) === stage).map((m, i) => <tr key={m.id}><td>{i ? '' : <b>{word('project.stage', stage)}</b>}</td>
        <th scope="row">{may && !m.from ? <button type="button" class="link" onClick={() => take(m)}>{say(m.title)}</button> : say(m.title)}</th><td><StateMark m={m} /></td><td>{m.planned}</td><td>{m.forecast}</td>
        <td>{m.actual || '–'}{m.from && <span class="xs dim"> {t('office.computed')}</span>}</td><td>{word('role', m.owner)}</td><td class="about">{m.note}</td></tr>))}</Table>}
    {step && row && <MilestoneDialog study={id} template={template} row={row} m={step} close={() => take(undefined)} done={over} />}
    {asking === 'plan' && <PlanDialog id={id} template={template} sites={[site]} close={() => ask(undefined)} done={over} />}
    {asking === 'amendment' && row && <AmendmentDialog path={path} row={row} close={() => ask(undefined)} done={over} />}
  </Shell>
}

/** Puts an amendment that goes to the ethics committee on the path: a step of its own beside the others. */
function AmendmentDialog({ path, row, close, done }: { path: string; row: Row; close: () => void; done: () => void }) {
  const [zh, setZh] = useState(''), [en, setEn] = useState(''), [due, setDue] = useState('')
  const number = 1 + row.milestones.filter(m => m.id.startsWith('ethics-amendment-')).length
  const kept = row.milestones.map(m => ({ id: m.id, title: m.title, days: m.days, owner: m.owner, planned: m.planned, ...(m.after ? { after: m.after } : {}), ...(m.from ? { from: m.from } : {}), ...(m.expected ? { expected: m.expected } : {}), ...(m.actual && !m.from ? { actual: m.actual } : {}), ...(m.note ? { note: m.note } : {}) }))
  const title = { en: `Ethics: amendment ${number}, ${en.trim() || zh.trim()}`, 'zh-CN': `伦理修正 ${number}：${zh.trim() || en.trim()}` }
  return <Ask title={t('project.amend')} close={close} ready={!!(zh.trim() || en.trim()) && !!due} go={async () => {
    await call('PUT', path, { body: { version: row.version, start: row.start, reason: title.en, milestones: [...kept, { id: `ethics-amendment-${number}`, title, days: 30, after: ['ethics-decision'], owner: 'office', planned: due, expected: due }] } }); done() }}>
    <p class="sub">{t('project.amendMeans')}</p><Field label={t('step.nameZh')} value={zh} set={setZh} /><Field label={t('step.nameEn')} value={en} set={setEn} /><Field label={t('project.amendDue')} value={due} set={setDue} day /></Ask>
}
