// A notice's whole way in two browsers: composed, previewed, sent, watched live, signed, answered, and counted. And a hospital's way:
// from start-up to activation, a notice acknowledged and answered, a visit with a finding, its CAPA, the close-out.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { open, studyOf, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server keeps no notices'
let casebook: Casebook
before(async () => { casebook = await open() })
after(async () => { await casebook?.close() })

/** A step's picture in both languages, where pictures are wanted. */
const shots = process.env['CASEBOOK_SHOTS']
let taken = 0
async function picture(page: Page, name: string) {
  if (!shots) return
  const n = String(++taken).padStart(2, '0')
  for (const lang of ['zh-CN', 'en']) {
    await page.getByRole('button', { name: lang === 'en' ? 'EN' : '中文', exact: true, includeHidden: true }).dispatchEvent('click')
    await page.locator('.waiting').first().waitFor({ state: 'detached' }) // what the other language was asked for
    await page.evaluate(() => scrollTo(0, 0)) // or the head stands in the middle of a picture of the whole page
    await page.screenshot({ path: join(shots, `hospital-${n}-${name}-${lang.slice(0, 2)}.png`), fullPage: true })
  }
}

test('a project manager asks, a coordinator signs and answers, and the matrix follows', { skip }, async () => {
  const { id } = await studyOf(casebook)
  const office = await casebook.page()
  await casebook.as(office, 'projectmanager')
  await office.goto(`/s/${id}/notices/new`)
  await office.getByLabel('Investigator', { exact: true }).uncheck()
  await office.getByLabel('Coordinator', { exact: true }).check()
  await office.getByLabel(/^03 /).check()
  await office.getByLabel('Acknowledgement').selectOption('signed')
  await office.getByLabel('Title Chinese').fill('召回批次 {{batch}}')
  await office.getByLabel('Body Chinese').fill('请隔离 {{batch}} 批次。')
  await office.getByLabel('Title English').fill('Recall of batch {{batch}}')
  await office.getByLabel('Body English').fill('Please put batch {{batch}} aside.')
  const question = office.getByRole('button', { name: 'Add Questions' })
  await question.click()
  await office.getByLabel('Type 1').selectOption('integer')
  await office.getByLabel('Chinese 1').fill('隔离了几盒？')
  await office.getByLabel('English 1').fill('How many boxes?')

  await office.getByRole('button', { name: 'Preview' }).click()
  await office.getByText('The text names the variable batch').waitFor() // nobody has said what it is
  await office.getByRole('button', { name: 'Add Variables' }).click()
  await office.getByLabel('Name 1').fill('batch')
  await office.getByLabel('Type 1').first().selectOption('integer')
  await office.getByLabel('Value 1').fill('4711')
  await office.getByRole('button', { name: 'Preview' }).click()
  await office.getByText('1 recipient at 1 place').first().waitFor()
  await office.getByText('Please put batch 4711 aside.').waitFor()
  await office.getByRole('button', { name: 'Send', exact: true }).click()
  await office.getByRole('heading', { name: 'Site by site' }).waitFor()
  await office.getByText('1 missing', { exact: true }).waitFor()

  const site = await casebook.page({ lang: 'zh-CN' })
  await casebook.as(site, 'coordinator')
  await site.goto(`/s/${id}/inbox`)
  await site.getByRole('link', { name: '召回批次 4711' }).first().click()
  await site.getByText('请隔离 4711 批次。').waitFor()
  await site.getByLabel('密码').fill(casebook.login('coordinator')!.password)
  await site.getByRole('button', { name: '签名确认' }).press('Enter')
  const name = site.getByLabel('用户名') // the first signature of a session asks for the name, too
  await name.waitFor()
  await name.fill(casebook.login('coordinator')!.user)
  await site.getByLabel('密码').fill(casebook.login('coordinator')!.password)
  await site.keyboard.press('Enter')
  await site.getByText('已签名').waitFor()
  await site.getByLabel('隔离了几盒？').fill('many')
  await site.getByRole('button', { name: '提交回复' }).click()
  await site.locator('[role=alert]').waitFor()
  await site.getByLabel('隔离了几盒？').fill('12')
  await site.getByRole('button', { name: '提交回复' }).click()
  await site.getByRole('button', { name: '更正回复' }).waitFor()

  await office.locator('tbody').getByText('Done').waitFor() // by itself
  await office.getByText('mean 12').waitFor()
  const exported = await office.request.get(await office.getByRole('link', { name: 'CSV' }).getAttribute('href') ?? '')
  assert.match(await exported.text(), /,12\n?$/m)
  await office.context().close()
  await site.context().close()
})

/** Fills in the open dialog and sends it, and waits until it is gone. */
async function ask(page: Page, fields: Record<string, string>, go = 'Save') {
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  for (const [label, value] of Object.entries(fields)) {
    const field = dialog.getByLabel(new RegExp('^' + label)).first() // a label holds the choices of its field
    if (await field.evaluate(e => e.tagName === 'SELECT')) await field.selectOption(value)
    else await field.fill(value)
  }
  await dialog.getByRole('button', { name: go, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
}

test('a hospital goes its way from start-up to close-out', { skip }, async () => {
  const { id } = await studyOf(casebook)
  const day = (n: number) => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10)
  const as = async (role: string) => { const page = await casebook.page(); await casebook.as(page, role); return page }
  const [manager, lead, monitor, admin, hospital] = await Promise.all(['datamanager', 'projectmanager', 'monitor', 'admin', 'coordinator'].map(as)) as [Page, Page, Page, Page, Page]
  const signing = (role: string) => ({ 'User name': casebook.login(role)!.user, Password: casebook.login(role)!.password })
  const coordinator = casebook.login('coordinator')!.user

  // a new site is planned, goes through its milestones and is activated
  await manager.goto(`/s/${id}/versions`)
  await manager.getByRole('button', { name: 'Add a site' }).click()
  await ask(manager, { 'Number of the site': '99', 'Name in English': 'Wanghe Hospital', 'Name in Chinese': '望河医院', Country: 'CN', State: 'planned' }, 'Add')
  const given = await admin.request.post(`/api/v1/people/${coordinator}/roles`, { data: { study: id, site: '99', role: 'coordinator' }, headers: { 'X-Casebook': '1', Origin: casebook.url } })
  assert.ok(given.ok(), await given.text())
  await lead.goto(`/s/${id}/startup`)
  await lead.getByRole('button', { name: 'Make a plan' }).click()
  await ask(lead, { Site: '99', 'First day': day(-200) })
  await lead.getByRole('button', { name: '99 Wanghe Hospital' }).click()
  const done = async (step: string) => {
    await lead.getByRole('button', { name: `99 ${step}` }).click()
    await ask(lead, { Actual: day(-1) })
    await lead.getByRole('button', { name: `99 ${step}: Done` }).waitFor()
  }
  await done('Feasibility')
  const plan = `/api/v1/studies/${id}/sites/99/plans/sponsor-startup`, between = ['Ethics submission', 'Ethics approval', 'Contract signed', 'HGRAC approval or filing']
  let stands = await (await lead.request.get(plan)).json() as { version: number; milestones: { id: string; title: { en: string } }[] }
  for (const title of between) { // as the page asks for it
    const moved = await lead.request.patch(`${plan}/milestones/${stands.milestones.find(m => m.title.en === title)!.id}`, { data: { version: stands.version, actual: day(-1) }, headers: { 'X-Casebook': '1', Origin: casebook.url } })
    assert.ok(moved.ok(), await moved.text())
    stands = await moved.json() as typeof stands
  }
  await lead.reload() // what the page had is not the newest
  await lead.getByRole('button', { name: '99 Wanghe Hospital' }).click()
  await done('Site initiation visit')
  await picture(lead, 'startup')
  await lead.getByRole('button', { name: 'Activate 99' }).click()
  await ask(lead, { Reason: 'All is in place' }, 'Activate')
  await lead.getByRole('button', { name: 'Close the site 99' }).waitFor()
  await picture(lead, 'active')

  // a notice reaches it, is signed for and answered
  await lead.goto(`/s/${id}/notices/new`)
  await lead.getByLabel('Investigator', { exact: true }).uncheck()
  await lead.getByLabel('Coordinator', { exact: true }).check()
  await lead.getByLabel('CN', { exact: true }).check() // no other site says its country
  await lead.getByLabel('Acknowledgement').selectOption('signed')
  for (const [label, text] of [['Title Chinese', '启动须知'], ['Body Chinese', '请核对药品。'], ['Title English', 'Before you begin'], ['Body English', 'Please check the drug.']] as const) await lead.getByLabel(label).fill(text)
  await lead.getByRole('button', { name: 'Add Questions' }).click()
  await lead.getByLabel('Type 1').selectOption('integer')
  await lead.getByLabel('Chinese 1').fill('几盒？')
  await lead.getByLabel('English 1').fill('How many boxes?')
  await lead.getByLabel('Tell, when the deadline passes').selectOption('monitor')
  await lead.getByLabel('Then, one reminder later, tell (1)').selectOption('projectmanager')
  const handling = 'Keep below 25 °C.'
  await lead.locator('input[type=file]').setInputFiles({ name: 'handling.txt', mimeType: 'text/plain', buffer: Buffer.from(handling) })
  await lead.getByText('handling.txt').waitFor()
  await lead.getByRole('button', { name: 'Preview' }).click()
  await lead.getByText('1 recipient at 1 place').first().waitFor()
  await picture(lead, 'preview')
  await lead.getByRole('button', { name: 'Send', exact: true }).click()
  await lead.getByText('1 missing', { exact: true }).waitFor()
  await lead.getByText('afterwards to Monitor → Project manager').waitFor()
  await hospital.goto(`/s/${id}/inbox`)
  await hospital.getByRole('link', { name: '启动须知' }).first().click() // a notice speaks its reader's language, whatever the page does
  const enclosed = await hospital.request.get(await hospital.getByRole('link', { name: 'handling.txt' }).getAttribute('href') ?? '')
  assert.equal(await enclosed.text(), handling)
  await hospital.getByLabel('Password').fill(casebook.login('coordinator')!.password)
  await hospital.getByRole('button', { name: 'Sign', exact: true }).press('Enter')
  await hospital.getByLabel('User name').fill(coordinator)
  await hospital.getByLabel('Password').fill(casebook.login('coordinator')!.password)
  await hospital.keyboard.press('Enter')
  await hospital.getByLabel('How many boxes?').fill('40')
  await hospital.getByRole('button', { name: 'Send the reply' }).click()
  await hospital.getByRole('button', { name: 'Correct the reply' }).waitFor()
  await picture(hospital, 'answered')
  await lead.locator('tbody').getByText('Done').waitFor()
  await picture(lead, 'receipts')

  // it is filed in the site's documents, with its attachment
  const notice = lead.url()
  await lead.getByRole('button', { name: 'File it now' }).click()
  const filed = lead.getByRole('link', { name: 'Filed at 1 place' })
  while (!await filed.isVisible()) { await lead.goto(notice); await lead.getByRole('button', { name: 'File it now' }).waitFor() } // within a second or two
  await picture(lead, 'filed')
  await filed.click()
  await lead.getByRole('button', { name: '99 Wanghe Hospital' }).click()
  const papers = lead.getByRole('row').filter({ hasText: '启动须知' })
  await papers.nth(1).waitFor()
  const texts = await Promise.all((await papers.getByRole('link').all()).map(async link => (await lead.request.get(await link.getAttribute('href') ?? '')).text()))
  assert.ok(texts.includes(handling) && texts.some(text => text.includes('请核对药品。') && text.includes('= 40')), texts.join('\n---\n'))
  await picture(lead, 'documents')

  // a visit: confirmed, reported with a finding, signed, reviewed, followed up
  await monitor.goto(`/s/${id}/sitevisits`)
  await monitor.getByRole('button', { name: 'Plan a visit' }).click()
  await ask(monitor, { Site: '99', Kind: 'closeout', Day: day(0) })
  await monitor.getByRole('row').filter({ hasText: '99' }).getByRole('link').click()
  const step = async (page: Page, name: string, fields: Record<string, string>, go = name) => { await page.getByRole('button', { name, exact: true }).click(); await ask(page, fields, go) }
  await step(monitor, 'Confirm by letter', {})
  await monitor.getByText('Confirmation letter').waitFor()
  await monitor.getByText('Sent to 1: 0 read').waitFor() // a notice to the site's people, with their receipts
  await hospital.goto(`/s/${id}/inbox`)
  await hospital.getByRole('link', { name: '确认函' }).first().click()
  await hospital.getByRole('button', { name: 'Acknowledge', exact: true }).click()
  await hospital.getByText('Acknowledged', { exact: true }).first().waitFor()
  await picture(hospital, 'letter')
  await monitor.reload()
  await monitor.getByText('Sent to 1: 1 read, 1 acknowledged').waitFor()
  await monitor.getByRole('button', { name: 'Write the report' }).click()
  const report = monitor.getByRole('form', { name: 'Monitoring report' })
  for (const question of await report.getByRole('radiogroup').all()) await question.getByLabel('Yes', { exact: true }).click()
  await report.getByRole('radiogroup', { name: /^The product was counted/ }).getByLabel('No', { exact: true }).click()
  await report.getByLabel('What was found').fill('A page of the temperature log is missing') // which it asks for now
  await report.getByRole('button', { name: 'Add a finding' }).click()
  for (const [label, text] of [['Present', 'Lin Yue'], ['Summary', 'One page is missing'], ['Finding', 'A page of the temperature log is missing'], ['Owner', coordinator]] as const) await report.getByLabel(label, { exact: true }).fill(text)
  await picture(monitor, 'report')
  await report.getByRole('button', { name: 'Keep the report' }).click()
  await monitor.getByText('Not signed').waitFor()
  await step(monitor, 'Sign', signing('monitor'))
  await lead.goto(new URL(monitor.url()).pathname)
  await step(lead, 'Review and sign', signing('projectmanager'))
  await monitor.reload()
  await step(monitor, 'Send the follow-up letter', {})
  await monitor.getByText('Follow-up letter').waitFor()
  await picture(monitor, 'visit')
  await lead.goto(`/s/${id}/notices`)
  await lead.getByRole('link', { name: 'Before you begin' }).waitFor()
  await picture(lead, 'notices')
  await lead.getByRole('link', { name: /^Monitoring visit MV-\d+ on .*: confirmation$/ }).first().click()
  await lead.getByText('Will be filed once nobody is missing').waitFor() // a letter has no end
  await picture(lead, 'letter-receipts')
  await monitor.goto(`/s/${id}/sitevisits`)
  await monitor.getByRole('row').filter({ hasText: '99' }).waitFor()
  await picture(monitor, 'visits')

  // a signal makes somebody go: the visit names it, and it names the visit
  await monitor.goto(`/s/${id}/signals`)
  await monitor.getByRole('button', { name: 'Plan a visit for cause' }).first().click()
  await ask(monitor, { Day: day(7) })
  await monitor.getByRole('heading', { name: /^MV-\d+ · For cause/ }).waitFor()
  const planned = (await monitor.getByRole('heading', { level: 1 }).textContent())!.split(' ')[0]!
  await picture(monitor, 'cause')
  await monitor.getByRole('link', { name: /^Signal SG/ }).click()
  await monitor.getByRole('link', { name: planned, exact: true }).waitFor()
  await picture(monitor, 'signal')

  // the finding is an issue: cause, action, effect, closed by somebody else; then the site is closed
  const issue = (page: Page) => page.locator('article').filter({ hasText: 'temperature log' })
  const capa = async (page: Page, name: string, fields: Record<string, string>) => { await issue(page).getByRole('button', { name, exact: true }).click(); await ask(page, fields) }
  await hospital.goto(`/s/${id}/issues`)
  await capa(hospital, 'Record the cause', { 'Root cause': 'The printer was out of paper' })
  await capa(hospital, 'Agree on action', { 'Corrective action': 'Printed again', 'Preventive action': 'Checked weekly' })
  await capa(hospital, 'Action is done', {})
  await monitor.goto(`/s/${id}/issues`)
  await capa(monitor, 'Effective: close', { 'Check of effect': 'Complete for four weeks' })
  await issue(monitor).getByText('Closed', { exact: true }).waitFor()
  await picture(monitor, 'capa')
  await lead.goto(`/s/${id}/startup`)
  await lead.getByRole('button', { name: '99 Wanghe Hospital' }).click()
  await lead.getByRole('button', { name: 'Close the site 99' }).click()
  await ask(lead, { Reason: 'Closed out' }, 'Close the site')
  await lead.getByRole('listitem').filter({ hasText: '99' }).getByText('Closed', { exact: true }).waitFor()
  await picture(lead, 'closed')
  for (const page of [manager, lead, monitor, admin, hospital]) await page.context().close()
})
