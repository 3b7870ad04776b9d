// The promotion of a version that was tested in a copy: its cases are run on the server, and what they said is kept with it.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Chip, Files, Tag, Trouble } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { t, word } from '../words/words.ts'
import { announced } from './session.ts'
import { studies } from './study.ts'

export type Origin = { study: string; purpose: string; version: number; hash: string; tests: { files: { name: string }[]; sha256: string; cases: number; passed: number; rules: number; covered: number; mutants: number; noticed: number } }
type Report = { cases: number; passed: number; rules: unknown[]; covered: number; mutants: number; survivors: unknown[] }

/** Where a version was tested, in one line. */
export const OriginTag = ({ origin }: { origin: Origin }) =>
  <span title={`SHA-256 ${origin.tests.sha256}: ${origin.tests.files.map(f => f.name).join(', ')}`}><Tag tone="sign" icon="shield">{t('promote.origin', { study: origin.study, n: origin.version, passed: origin.tests.passed, cases: origin.tests.cases })}</Tag></span>

export function Promote({ id, done }: { id: string; done: () => void }) {
  const manages = (roles: (string | { role: string })[]) => roles.some(r => ['datamanager', 'projectmanager'].includes(typeof r === 'string' ? r : r.role))
  const copies = (studies.value ?? []).filter(s => s.id !== id && s.environment !== 'PRODUCTION' && s.version > 0 && manages(s.roles))
  const [from, setFrom] = useState(copies[0]?.id ?? ''), copy = copies.find(s => s.id === from)
  const [version, setVersion] = useState(0), [files, setFiles] = useState<File[]>([]), [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<Problem>(), [report, setReport] = useState<Report>(), [waivers, setWaivers] = useState<Record<string, string>>({}), [why, setWhy] = useState('')
  const waived = fault?.code === 'trial.version_kept'
  const promote = async (e: Event) => {
    e.preventDefault()
    const answered = waived && fault?.place && why.trim() ? { ...waivers, [fault.place]: why.trim() } : waivers // a rule that does not run, and somebody answers for
    setWaivers(answered); setWhy(''); setBusy(true); setFault(undefined)
    try {
      const cases = await Promise.all(files.map(async f => ({ name: f.name, text: await f.text() })))
      const made = await call<{ number: number; report: Report }>('POST', `/studies/${encodeURIComponent(id)}/promotions`, { body: { from, version: version || copy!.version, cases, waivers: Object.entries(answered).map(([name, reason]) => ({ name, reason })) } })
      setReport(made.report)
      announced.value = t('imp.published', { n: made.number })
      done()
    } catch (x) { if (!(x instanceof Problem)) throw x; setFault(x) } finally { setBusy(false) }
  }
  return <section class="card"><header><h2 class="grow">{t('promote.title')}</h2></header><div class="body stack">
    <p class="sub">{t(copies.length ? 'promote.lead' : 'promote.none')}</p>
    {copy && <form class="row wrap" onSubmit={promote}>
      <Chip name={t('promote.from')} value={from} onChange={v => { setFrom(v); setVersion(0) }} choices={copies.map(s => ({ value: s.id, text: `${s.name} (${word('env', s.environment)})` }))} />
      <Chip name={t('def.version')} value={String(version || copy.version)} onChange={v => setVersion(Number(v))} choices={Array.from({ length: copy.version }, (_, i) => ({ value: String(copy.version - i), text: String(copy.version - i) }))} />
      <label class="row"><span class="sub">{t('promote.cases')}</span><Files many chosen={files} choose={setFiles} /></label>
      {waived && <label class="f grow"><span class="lab">{t('imp.waiveOf', { name: fault.place ?? '' })}</span><span class="in"><input value={why} required autocomplete="off" onInput={e => setWhy(e.currentTarget.value)} /></span></label>}
      <button class="btn primary" disabled={!files.length || busy || waived && !why.trim()}>{t('promote.do')}</button></form>}
    {fault && <Trouble problem={fault} />}
    {report && <p class="note ok" role="status"><Icon name="check" /><span>{t('promote.said', { passed: report.passed, cases: report.cases, covered: report.covered, rules: report.rules.length, noticed: report.mutants - report.survivors.length, mutants: report.mutants })}</span></p>}
  </div></section>
}
