// The study the reader is in: its sites and roles, its definition, its counts, and what it tells live.
import { computed, effect, signal } from '@preact/signals'
import { Index } from '../form/definition.ts'
import { api, Problem } from '../wire/api.ts'
import type { Monitoring, Signal, Study, StudyEntry } from '../wire/types.ts'
import { say, t } from '../words/words.ts'
import { announced, session } from './session.ts'
import { route, to } from './route.ts'

export const studies = signal<StudyEntry[] | undefined>(undefined)
export const study = signal<Study | undefined>(undefined)
export const index = signal<Index | undefined>(undefined)
/** The number of the version in index: the newest. */
export const newest = signal(0)
export const studyProblem = signal<Problem | undefined>(undefined)
export const signals = signal<Signal[] | undefined>(undefined)
export const monitoring = signal<Monitoring | undefined>(undefined)
export const connected = signal(false)

const studyId = computed(() => 'study' in route.value ? route.value.study : '')

/** Where the reader's day is told from: the site of their role, else the first site, else the browser. */
export const homeSite = computed(() => {
  const own = study.value?.roles.find(r => r.site)?.site
  return study.value?.sites.find(s => s.id === own) ?? study.value?.sites[0]
})
export const zone = computed(() => homeSite.value?.zone || undefined)
export const siteName = (id: string) => say(study.value?.sites.find(s => s.id === id)?.name)

const atSite = ['coordinator', 'investigator']
/** The roles that are not blinded, and so see no casebook. */
export const sighted = ['unblinded', 'pharmacist']
/** Whether the reader's roles let them enter data at the site. */
export const mayWrite = (site: string) => !!study.value?.roles.some(r => atSite.includes(r.role) && (!r.site || r.site === site))
/** What roles may do about entered data, as the server's own table says. */
const rights: Record<string, string[]> = {
  'safety.read': ['coordinator', 'investigator', 'monitor', 'datamanager', 'projectmanager', 'office', 'unblinded'], 'safety.reconcile': ['coordinator', 'investigator', 'monitor', 'datamanager', 'projectmanager'], 'document.file': ['coordinator', 'investigator', 'monitor', 'projectmanager', 'office'], 'site.staff': ['coordinator', 'investigator', 'projectmanager', 'office'], 'request.handle': ['coordinator', 'investigator', 'datamanager', 'projectmanager'], 'issue.handle': ['coordinator', 'investigator', 'monitor', 'datamanager', 'projectmanager', 'office'], 'visit.write': ['monitor', 'projectmanager'], 'payment.read': ['investigator', 'monitor', 'projectmanager', 'office'], 'site.plan': ['monitor', 'projectmanager', 'office'], 'study.manage': ['datamanager', 'projectmanager'], 'query.answer': atSite, 'query.open': ['monitor', 'datamanager'], export: ['investigator', 'datamanager', 'projectmanager'],
  'form.write': atSite, 'treatment.manage': ['unblinded'], 'form.verify': ['monitor'], 'form.review': ['monitor', 'datamanager'], 'form.freeze': ['monitor', 'datamanager'], 'form.lock': ['datamanager'], 'term.code': ['datamanager', 'coder'], 'form.sign': ['investigator'],
}
export const mayDo = (what: string, site?: string) => !!study.value?.roles.some(r => rights[what]?.includes(r.role) && (!r.site || site === undefined || r.site === site))

/** The sites whose subjects the reader sees. */
export const ownSites = computed(() => {
  const roles = study.value?.roles ?? []
  return (study.value?.sites ?? []).filter(s => roles.some(r => !r.site || r.site === s.id))
})

/** Roles of the site see the site's day; everybody else also sees the statistics of monitoring, but who is not blinded sees treatments and no casebook. */
export const watches = computed(() => !!study.value?.roles.some(r => !atSite.includes(r.role) && !['office', 'coder', ...sighted].includes(r.role)))
/** Whether the reader sees treatments, and so nothing of the casebooks. */
export const unblinded = computed(() => !!study.value?.roles.length && study.value.roles.every(r => sighted.includes(r.role)))

/** Whether the reader codes, and sees nothing else of the study. */
export const codes = computed(() => !!study.value?.roles.length && study.value.roles.every(r => r.role === 'coder'))

/** The first page of a study for whoever has these roles in it. */
export function entrance({ id, roles: held }: { id: string; roles: (string | { role: string })[] }) {
  const roles = held.map(r => typeof r === 'string' ? r : r.role)
  if (roles.length && roles.every(r => sighted.includes(r))) return to.allocation(id)
  return roles.length && roles.every(r => r === 'coder') ? to.coding(id) : to.subjects(id)
}

export function followStudy() {
  effect(() => {
    if (!session.value) { studies.value = study.value = index.value = signals.value = monitoring.value = undefined; return }
    void loadStudies()
  })
  effect(() => {
    const id = studyId.value
    if (!session.value || !id) return
    if (study.peek()?.id !== id) { study.value = index.value = signals.value = monitoring.value = undefined }
    void loadStudy(id)
  })
  effect(() => { if (session.value && watches.value && study.value?.id === studyId.value) return listen(study.value!.id); return undefined })
}

export async function loadStudies() {
  try { studies.value = (await api.studies()).studies }
  catch (e) { if (!(e instanceof Problem)) throw e; studyProblem.value = e }
}

/** A study that nobody has defined yet is there all the same. */
function undefinedYet(e: unknown) {
  if (!(e instanceof Problem) || e.code !== 'trial.no_version') throw e
  return { version: 0, definition: { oid: '', name: '', eventRefs: [], events: [], forms: [], groups: [], items: [] } }
}

export async function loadStudy(id: string) {
  studyProblem.value = undefined
  try {
    const [info, definition] = await Promise.all([api.study(id), api.definition(id).catch(undefinedYet)])
    if (studyId.peek() !== id) return
    index.value = new Index(definition.definition)
    newest.value = definition.version
    study.value = info
    if (watches.peek()) learn((await api.signals(id)).signals)
  } catch (e) {
    if (!(e instanceof Problem)) throw e
    studyProblem.value = e
  }
}

/** Takes the signals the server listed, and keeps those that came by themselves meanwhile. */
export function learn(listed: Signal[]) {
  signals.value = [...listed, ...(signals.peek() ?? []).filter(s => !listed.some(l => l.id === s.id))]
}

function listen(id: string) {
  const source = new EventSource(api.live(id))
  source.onopen = () => { connected.value = true }
  source.onerror = () => { connected.value = false }
  source.addEventListener('signal', e => {
    const { signal: news } = JSON.parse(e.data) as { signal: Signal }
    const before = signals.peek() ?? []
    if (!before.some(s => s.id === news.id)) announced.value = t('signals.new', { site: news.site, name: say(news.name) })
    signals.value = [news, ...before.filter(s => s.id !== news.id)]
  })
  source.addEventListener('monitoring', e => { monitoring.value = (JSON.parse(e.data) as { monitoring: Monitoring }).monitoring })
  return () => { source.close(); connected.value = false }
}
