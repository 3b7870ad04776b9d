// A real browser on a real server: the one of env CASEBOOK_URL with the logins of CASEBOOK_DEMO, else the tests' own.
import type { Browser, Page } from 'playwright-core'
import { Index } from '../form/definition.ts'
import type { Definition, Matrix } from '../wire/types.ts'
import { serve, type Store } from '../test/server.ts'
import { launch } from './chromium.ts'

type Login = { role: string; user: string; password: string }
type Demo = { logins: Login[]; trialId: string }
export type Where = { url: string; demo: Demo }
export type Look = { lang?: 'zh-CN' | 'en'; theme?: 'light' | 'dark' }

export class Casebook {
  constructor(readonly url: string, readonly demo: Demo, private readonly browser: Browser, private readonly stop: () => Promise<void>, readonly own?: Store) {}

  /** A fresh window with its own cookies, in a language and a theme. */
  async page({ lang = 'en', theme = 'light' }: Look = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, locale: lang, baseURL: this.url, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' }) // no colour half way between two
    await context.addInitScript(([l, t]) => { localStorage.setItem('casebook.lang', l!); localStorage.setItem('casebook.theme', t!) }, [lang, theme])
    const page = await context.newPage()
    page.setDefaultTimeout(60_000) // the machine may be busy
    return page
  }

  login(role: string): Login | undefined { return this.demo.logins.find(l => l.role.toLowerCase() === role.toLowerCase()) }

  /** Signs the window in by the API; '' signs it out. */
  async as(page: Page, role: string) {
    if (!role) { await page.context().clearCookies(); return }
    const login = this.login(role)
    if (!login) throw new Error(`no demo login for ${role}; there are ${this.demo.logins.map(l => l.role).join(', ')}`)
    const answer = await page.request.post('/api/v1/session', { data: { user: login.user, password: login.password }, headers: { 'X-Casebook': '1', Origin: this.url } })
    if (!answer.ok()) throw new Error(`sign in as ${login.user}: ${answer.status()}`)
  }

  /** Signs in as a person does. */
  async signIn(page: Page, role: string) {
    const login = this.login(role)!
    await page.goto('/login')
    await page.fill('#user', login.user)
    await page.fill('#password', login.password)
    await page.keyboard.press('Enter')
    await page.locator('.me').waitFor()
  }

  async get<T>(page: Page, path: string): Promise<T> {
    const answer = await page.request.get('/api/v1' + path)
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`)
    return await answer.json() as T
  }

  async close() { await this.browser.close(); await this.stop() }
}

/** A browser on a server: on one that is named, else as said above. */
export async function open(where?: Where): Promise<Casebook> {
  const browser = await launch()
  if (where) return new Casebook(where.url, where.demo, browser, async () => {})
  const url = process.env['CASEBOOK_URL']
  if (url) return new Casebook(url.replace(/\/$/, ''), JSON.parse(process.env['CASEBOOK_DEMO'] ?? '{"logins":[]}') as Demo, browser, async () => {})
  const own = await serve()
  return new Casebook(own.url, own.demo, browser, own.close, own.store)
}

/** The study the demo is about, its matrix as the coordinator sees it, and its definition. */
export async function studyOf(casebook: Casebook) {
  const page = await casebook.page()
  await casebook.as(page, 'coordinator')
  const { studies } = await casebook.get<{ studies: { id: string }[] }>(page, '/studies')
  const id = (studies.find(s => s.id === casebook.demo.trialId) ?? studies[0]!).id
  const matrix = await casebook.get<Matrix>(page, `/studies/${id}/matrix?limit=50`)
  const definition = await casebook.get<Definition>(page, `/studies/${id}/definition`)
  await page.context().close()
  return { id, matrix, index: new Index(definition.definition) }
}

export type Place = { name: string; path: string; role: string; ready: string }

/** Every route of the pages with data of the study in it. */
export async function routes(casebook: Casebook): Promise<Place[]> {
  const { id, matrix, index } = await studyOf(casebook)
  const fullest = [...matrix.rows].sort((a, b) => weight(b) - weight(a))[0]!
  const subject = `/s/${id}/subjects/${encodeURIComponent(fullest.subject)}`
  const cells = Object.entries(fullest.cells).map(([key, c]) => ({ key, c, sections: index.sections(key.split('/')[1]!) }))
  const form = (key: string) => { const [event = '', oid = ''] = key.split('/'); return `${subject}/f/${encodeURIComponent(event)}/1/${encodeURIComponent(oid)}/1` }
  const plain = cells.find(x => x.c.queries) ?? [...cells].sort((a, b) => (b.sections[0]?.questions.length ?? 0) - (a.sections[0]?.questions.length ?? 0))[0]!
  const log = cells.find(x => x.sections.some(s => s.group.repeating))
  return [
    { name: 'login', path: '/login', role: '', ready: '#password' },
    { name: 'studies', path: '/', role: 'coordinator', ready: '.studies a' },
    { name: 'subjects', path: `/s/${id}/subjects`, role: 'coordinator', ready: '.mx tbody tr' },
    { name: 'enrol', path: `/s/${id}/enrol`, role: 'coordinator', ready: 'dialog[open]' },
    { name: 'casebook', path: subject, role: 'coordinator', ready: '.forms li' },
    { name: 'form', path: form(plain.key), role: 'coordinator', ready: '.fields' },
    ...(log ? [{ name: 'log', path: form(log.key), role: 'coordinator', ready: '.tbl.ed, .fields' }] : []),
    { name: 'form-read', path: form(plain.key), role: 'monitor', ready: '.fields' },
    ...(casebook.login('admin') ? [{ name: 'no-study', path: '/', role: 'admin', ready: '.empty' }] : []),
    { name: 'today', path: `/s/${id}/today`, role: 'coordinator', ready: '.tiles' },
    { name: 'review', path: `/s/${id}/review`, role: 'monitor', ready: '.two-col .list li, .empty' },
    { name: 'locks', path: `/s/${id}/locks`, role: 'monitor', ready: '.tbl tbody tr' },
    ...(casebook.login('investigator') ? [{ name: 'sign', path: `/s/${id}/sign`, role: 'investigator', ready: '.tbl tbody tr, .empty' }] : []),
    ...casebook.own ? [] : [
      { name: 'startup', path: `/s/${id}/startup`, role: 'projectmanager', ready: '.gantt' }, { name: 'enrolment', path: `/s/${id}/enrolment`, role: 'projectmanager', ready: '.gantt' },
      { name: 'issues', path: `/s/${id}/issues`, role: 'monitor', ready: '.sig' }, { name: 'datarequests', path: `/s/${id}/datarequests`, role: 'investigator', ready: '.sig, .empty' }, { name: 'team', path: `/s/${id}/team/03`, role: 'investigator', ready: '.tbl tbody tr' },
      { name: 'definition', path: `/s/${id}/definition`, role: 'datamanager', ready: '.defmx tbody tr' },
      { name: 'definition-form', path: `/s/${id}/definition/forms/F.VS`, role: 'datamanager', ready: '.defform .card' },
      { name: 'definition-item', path: `/s/${id}/definition/items/IT.SYS`, role: 'datamanager', ready: '.flow' },
      { name: 'definition-codelists', path: `/s/${id}/definition/codelists`, role: 'datamanager', ready: '.deflists' },
      { name: 'definition-rules', path: `/s/${id}/definition/rules`, role: 'datamanager', ready: '.tbl tbody tr' },
      { name: 'definition-documents', path: `/s/${id}/definition/documents`, role: 'datamanager', ready: '.defdocs' },
      { name: 'import', path: `/s/${id}/import`, role: 'datamanager', ready: '.drop' },
      { name: 'versions', path: `/s/${id}/versions`, role: 'datamanager', ready: '.tbl tbody tr' },
      { name: 'design', path: `/s/${id}/design`, role: 'datamanager', ready: '.empty' },
      { name: 'documents', path: `/s/${id}/documents`, role: 'projectmanager', ready: '.shelves' },
      { name: 'sitevisits', path: `/s/${id}/sitevisits`, role: 'monitor', ready: '.tbl tbody tr' }, { name: 'goods', path: `/s/${id}/goods`, role: 'office', ready: '.tbl tbody tr' }, { name: 'checklists', path: `/s/${id}/checklists`, role: 'projectmanager', ready: '.maker' }, { name: 'sitevisit', path: `/s/${id}/sitevisits/MV-001`, role: 'projectmanager', ready: '.meters' },
      { name: 'coding', path: `/s/${id}/coding`, role: 'datamanager', ready: '.tbl tbody tr, .empty' }, { name: 'codesetup', path: `/s/${id}/codesetup`, role: 'datamanager', ready: '.tbl tbody tr' }, { name: 'sdvplan', path: `/s/${id}/sdvplan`, role: 'datamanager', ready: '.tbl tbody tr' },
      { name: 'allocation', path: `/s/${id}/allocation`, role: 'coordinator', ready: '.tbl tbody tr' }, { name: 'allocation-sealed', path: `/s/${id}/allocation`, role: 'pharmacist', ready: '.card' }, { name: 'allocation-lists', path: `/s/${id}/allocation`, role: 'unblinded', ready: '.tbl tbody tr' },
      { name: 'safety', path: `/s/${id}/safety`, role: 'coordinator', ready: '.tbl tbody tr, .empty' },
      { name: 'safetycase', path: `/s/${id}/safety/SAE-0001`, role: 'investigator', ready: '.clocks' },
      { name: 'payments', path: `/s/${id}/payments`, role: 'projectmanager', ready: '.says' },
      { name: 'project', path: `/s/${id}/project/03`, role: 'office', ready: '.chain' },
      { name: 'projects', path: '/projects', role: 'projectmanager', ready: '.tbl tbody tr' },
      ...(casebook.login('admin') ? [{ name: 'clients', path: '/clients', role: 'admin', ready: '.client, .empty' }, { name: 'requests', path: '/requests', role: 'admin', ready: '.tbl tbody tr, .empty' }, { name: 'settings', path: '/settings', role: 'admin', ready: '.tbl tbody tr' },
        { name: 'holds', path: '/holds', role: 'admin', ready: 'pre' }, { name: 'administration', path: '/audit', role: 'admin', ready: '.tbl tbody tr' }] : []),
      { name: 'webhooks', path: `/s/${id}/webhooks`, role: 'datamanager', ready: '.tbl tbody tr, .empty' },
      { name: 'console', path: '/console', role: 'datamanager', ready: '.console .try' }],
    ...casebook.own ? [] : [{ name: 'epro', path: `/s/${id}/epro`, role: 'coordinator', ready: '.tiles' },
      ...['answers', 'changes', 'consent'].map(tab => ({ name: `epro-${tab}`, path: `/s/${id}/epro?tab=${tab}`, role: 'coordinator', ready: '.tbl tbody tr, .empty' })),
      { name: 'entries', path: `/s/${id}/entries`, role: 'datamanager', ready: '.tbl tbody tr, .empty' },
      { name: 'trail', path: `/s/${id}/trail`, role: 'monitor', ready: '.tbl tbody tr, .empty' },
      { name: 'exports', path: `/s/${id}/exports`, role: 'datamanager', ready: '.exports-ask' },
      { name: 'labs', path: `/s/${id}/labs`, role: 'coordinator', ready: '.tbl tbody tr, .empty' },
      { name: 'ranges', path: `/s/${id}/ranges`, role: 'coordinator', ready: '.tbl tbody tr, .empty' },
      { name: 'uploads', path: `/s/${id}/uploads`, role: 'coordinator', ready: '.drop' },
      { name: 'past', path: `${subject}/past`, role: 'coordinator', ready: '.past, .empty' },
      { name: 'daily', path: `/s/${id}/daily`, role: 'monitor', ready: '.daily, .empty' },
      { name: 'visits', path: `/s/${id}/visits`, role: 'monitor', ready: '.tbl tbody tr, .empty' }],
    ...casebook.own ? [] : [
      { name: 'notices', path: `/s/${id}/notices`, role: 'projectmanager', ready: '.tbl tbody tr' },
      { name: 'notice', path: `/s/${id}/notices/N-0001`, role: 'projectmanager', ready: '.answers' },
      { name: 'compose', path: `/s/${id}/notices/new`, role: 'projectmanager', ready: '.opts' },
      { name: 'inbox', path: `/s/${id}/inbox`, role: 'coordinator', ready: '.list li' },
      { name: 'letter', path: `/s/${id}/inbox/N-0001`, role: 'coordinator', ready: '.prewrap' },
    ],
    { name: 'queries', path: `/s/${id}/queries`, role: 'coordinator', ready: '.tbl tbody tr, .empty' },
    { name: 'signals', path: `/s/${id}/signals`, role: 'monitor', ready: '.sig, .empty' },
    { name: 'monitoring', path: `/s/${id}/monitoring`, role: 'monitor', ready: '.mon, .empty' },
    ...casebook.own ? [] : [
      { name: 'indicators', path: `/s/${id}/indicators`, role: 'datamanager', ready: '.tbl tbody tr' },
      { name: 'indicator', path: `/s/${id}/indicators/kri0001`, role: 'datamanager', ready: '.kri .fields' },
      { name: 'indicator-new', path: `/s/${id}/indicators/+`, role: 'datamanager', ready: '.kri .fields' },
      { name: 'portfolio', path: '/portfolio', role: 'monitor', ready: '.tbl tbody tr' },
      { name: 'scatter', path: `/s/${id}/scatter`, role: 'monitor', ready: 'a.pt' },
      { name: 'power', path: `/s/${id}/power`, role: 'monitor', ready: '.roc' },
      { name: 'oversight', path: `/s/${id}/monitoring/07`, role: 'monitor', ready: '.spark' },
    ],
    { name: 'all-subjects', path: `/s/${id}/subjects`, role: 'monitor', ready: '.mx tbody tr' },
    { name: 'lost', path: `/s/${id}/nowhere`, role: 'coordinator', ready: '.empty' },
  ]
}

const weight = (row: Matrix['rows'][number]) => Object.values(row.cells).filter(c => c.state !== 'empty').length * .1 + Object.values(row.cells).reduce((n, c) => n + (c.queries ?? 0), 0) * 2
