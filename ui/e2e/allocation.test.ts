// Randomisation in real pages: a list is brought, a subject randomised, nobody blinded sees what is given, and in an emergency an
// investigator opens it with two reasons, which others are told at once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Matrix } from '../wire/types.ts'
import { serious } from './axe.ts'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server keeps no lists'
const token = `Verumab-${process.pid}`
let casebook: Casebook
before(async () => { if (!skip) casebook = await open() })
after(async () => { await casebook?.close() })

async function as(role: string, path: string): Promise<Page> {
  const page = await casebook.page()
  await casebook.as(page, role)
  await page.goto(path)
  return page
}

const prove = async (page: Page, role: string) => {
  const { user, password } = casebook.login(role)!
  await page.getByLabel('User name').fill(user)
  await page.getByLabel('Password').fill(password)
}

/** What somebody is sent at these addresses, and sees on the page, does not hold the treatment. */
async function blind(page: Page, ...addresses: string[]) {
  const told = [await page.content()]
  for (const path of addresses) told.push(await (await page.request.get('/api/v1' + path, { headers: { 'X-Casebook': '1' } })).text())
  told.forEach((text, i) => assert.ok(!text.includes(token), `${i ? addresses[i - 1] : page.url()} tells the treatment`))
}

test('a list is brought, a subject randomised blind, and unblinded in an emergency', { skip }, async () => {
  const study = casebook.demo.trialId!, desk = await as('unblinded', `/s/${study}/allocation`)
  await desk.getByRole('button', { name: /^Close/ }).click()
  await desk.getByLabel('Reason').fill('another list takes its place')
  await desk.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
  await desk.getByText('Closed', { exact: true }).first().waitFor()
  await desk.getByRole('button', { name: 'New list' }).click()
  await desk.getByLabel('Name', { exact: true }).fill('Brought')
  await desk.getByLabel('Where it comes from').selectOption('brought')
  await desk.getByLabel(/The CSV file/).fill(`number,treatment\n9101,${token}\n9102,${token}\n9103,Placebo\n9104,${token}\n9105,Placebo\n9106,Placebo\n`)
  await desk.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await desk.getByRole('button', { name: /^Put in use/ }).click()
  await prove(desk, 'unblinded')
  assert.deepEqual(await serious(desk), [])
  await desk.getByRole('dialog').getByRole('button', { name: 'Put in use' }).click()
  await desk.getByText('In use', { exact: true }).waitFor()
  await desk.context().close()

  const coordinator = await as('coordinator', '/')
  const { rows } = await casebook.get<Matrix>(coordinator, `/studies/${study}/matrix?status=enrolled&limit=50`)
  const { subjects } = await casebook.get<{ subjects: { subject: string }[] }>(coordinator, `/studies/${study}/allocations`)
  const subject = rows.find(r => r.status === 'enrolled' && !subjects.some(s => s.subject === r.subject))!.subject
  const page = `/s/${study}/subjects/${encodeURIComponent(subject)}`, api = `/studies/${study}/subjects/${encodeURIComponent(subject)}`
  await coordinator.goto(page)
  await coordinator.getByRole('button', { name: 'Randomise', exact: true }).click()
  await coordinator.getByRole('dialog').getByRole('button', { name: 'Randomise', exact: true }).click()
  await coordinator.getByText('Randomised, number 9101').waitFor()
  const blinded = [api, `${api}/allocation`, `/studies/${study}/allocations`, `/studies/${study}/trail?subject=${encodeURIComponent(subject)}`, `/studies/${study}/randomisation-lists`]
  await blind(coordinator, ...blinded)

  const investigator = await as('investigator', page)
  await investigator.getByRole('button', { name: 'Emergency unblinding…' }).click()
  await prove(investigator, 'investigator')
  const go = investigator.getByRole('dialog').getByRole('button', { name: 'Emergency unblinding…' })
  assert.ok(await go.isDisabled(), 'a reason in words is asked for')
  await investigator.getByLabel('The reason in words').fill('the subject is unconscious, and an antidote depends on it')
  assert.deepEqual(await serious(investigator), [])
  await go.click()
  await investigator.getByRole('status').getByText(token).waitFor()
  await investigator.getByRole('button', { name: 'Close' }).last().click()
  await investigator.getByText('Unblinded', { exact: true }).waitFor()
  await blind(investigator, ...blinded)
  await investigator.context().close()

  const monitor = await as('monitor', `/s/${study}/inbox`)
  const letter = monitor.locator('.list li', { hasText: subject })
  for (let waited = 0; await letter.count() === 0; waited++) { // it is sent right after the commit
    assert.ok(waited < 60, 'nobody is told')
    await monitor.waitForTimeout(500)
    await monitor.reload()
    await monitor.locator('.list li').first().waitFor()
  }
  await letter.first().getByRole('link').first().click()
  await monitor.locator('.prewrap').first().waitFor()
  await blind(monitor, ...blinded)
  await monitor.context().close()

  await coordinator.reload()
  await coordinator.getByText('Unblinded', { exact: true }).waitFor()
  await blind(coordinator, ...blinded)
  await coordinator.context().close()
})
