// The review of who may do what, by keyboard: every role is looked at, one is taken back, who looked signs; a role that is given meanwhile is
// not signed for unseen. The list leaves as a file, and the audit of administration has the review.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { everyLook } from './axe.ts'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server reviews nothing'
const leaver = `leaver${process.pid}`, comer = `comer${process.pid}`
type People = { people: { user: string; active: boolean; grants: { study: string; site: string; role: string }[] }[] }
let casebook: Casebook
before(async () => { if (!skip) casebook = await open() })
after(async () => { await casebook?.close() })

async function post(page: Page, path: string, data: unknown) {
  const answer = await page.request.post('/api/v1' + path, { data, headers: { 'X-Casebook': '1', Origin: casebook.url } })
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
}
const coder = () => ({ study: casebook.demo.trialId, site: '', role: 'coder' })

async function joins(page: Page, user: string) {
  await post(page, '/people', { user, name: `Who is ${user}`, locale: 'en', identified: 'document' })
  await post(page, `/people/${user}/roles`, coder())
}

test('a review is done, signed and kept', { skip }, async () => {
  const page = await casebook.page(), admin = casebook.login('admin')!
  await casebook.as(page, 'admin')
  await joins(page, leaver)
  await page.goto('/people')
  await everyLook(page, 'people')
  await page.getByRole('button', { name: 'Review access' }).press('Enter')
  const dialog = page.locator('dialog[open]'), sign = dialog.getByRole('button', { name: /^Sign/ })
  await dialog.locator('tbody tr').first().waitFor()

  // Every role of everybody with an open account is there to be looked at, and each can be reached and decided by keyboard but one's own administration.
  const { people } = await casebook.get<People>(page, '/people'), grants = people.filter(p => p.active).flatMap(p => p.grants.map(g => ({ user: p.user, ...g })))
  const boxes = dialog.getByRole('checkbox')
  assert.equal(await boxes.count(), grants.length)
  assert.deepEqual(await boxes.evaluateAll(all => all.filter(b => (b as HTMLInputElement).disabled).map(b => b.getAttribute('aria-label')!.split(' ')[2])), [admin.user])
  for (const box of await boxes.all()) {
    if (await box.isDisabled()) continue
    await box.press('Space')
    assert.ok(await box.isChecked())
    await box.press('Space')
    assert.ok(!await box.isChecked())
  }
  const one = dialog.getByRole('checkbox', { name: leaver })
  await one.press('Space')
  assert.match(await sign.innerText(), /take back 1$/)
  await dialog.getByLabel('Remark').fill('she has left')
  assert.ok(await sign.isDisabled(), 'a review without a signature')
  await dialog.getByLabel('User').fill(admin.user)
  await dialog.getByLabel('Password').fill('not my password')
  await everyLook(page, 'accessreview')
  await dialog.getByLabel('Password').press('Enter')
  await dialog.getByRole('alert').waitFor()
  await page.waitForFunction(() => { const at = document.querySelector('dialog[open] [role=alert]')!.getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight }) // and not only above what is in sight
  assert.ok(await one.isChecked(), 'what was decided is lost with a wrong password')
  await dialog.getByLabel('Password').fill(admin.password)
  await dialog.getByLabel('Password').press('Enter')

  const row = page.locator('.access-review tbody tr').first()
  await row.filter({ hasText: `${leaver}: ` }).filter({ hasText: 'she has left' }).waitFor()
  assert.deepEqual(await row.locator('td.num').allInnerTexts(), [people.filter(p => p.active).length, grants.length].map(String))
  await page.locator('.access-review .tag.ok').first().waitFor() // the next is not due yet
  await everyLook(page, 'accessreview-done')
  const left = (await casebook.get<People>(page, '/people')).people.find(p => p.user === leaver)!
  assert.deepEqual(left.grants, [])

  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.access-review a[download]').press('Enter')])
  const report = readFileSync(await file.path(), 'utf8')
  assert.ok(report.includes(`,${admin.user},`) && report.includes(leaver) && !report.split('\n').some(l => l.includes(leaver) && l.includes('coder')), report.slice(0, 400))

  await page.goto('/audit?kind=people')
  const did = page.locator('tbody tr')
  await did.filter({ hasText: 'Access reviewed' }).filter({ hasText: 'she has left' }).first().waitFor()
  await did.filter({ hasText: 'Role taken back' }).filter({ hasText: leaver }).first().waitFor()
  await everyLook(page, 'accessreview-audit')
  await page.context().close()
})

test('what was given meanwhile is not signed for unseen', { skip }, async () => {
  const page = await casebook.page(), admin = casebook.login('admin')!
  await casebook.as(page, 'admin')
  await page.goto('/people')
  const begin = page.getByRole('button', { name: 'Review access' }), dialog = page.locator('dialog[open]')
  await begin.press('Enter')
  const signs = async () => {
    await dialog.getByLabel('User').fill(admin.user)
    await dialog.getByLabel('Password').fill(admin.password)
    await dialog.getByLabel('Password').press('Enter')
  }
  await dialog.getByRole('checkbox').first().waitFor()
  await joins(page, comer)
  await signs()
  await dialog.getByRole('alert').waitFor()
  assert.equal(await dialog.getByRole('checkbox', { name: comer }).count(), 0)
  await everyLook(page, 'accessreview-changed')
  await page.keyboard.press('Escape')
  await page.locator('tbody th', { hasText: comer }).first().waitFor() // read anew
  await begin.press('Enter')
  await dialog.getByRole('checkbox', { name: comer }).press('Space')
  await signs()
  await page.locator('.access-review tbody tr').first().filter({ hasText: `${comer}: ` }).waitFor()
  await page.context().close()
})
