// Legal holds by keyboard: whoever runs the installation places one on a study, sees what it keeps, is refused with a wrong password, and
// releases it; the audit of administration tells of both. Who works in a study is not let in.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { everyLook } from './axe.ts'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server keeps no holds'
let casebook: Casebook
before(async () => { if (!skip) casebook = await open() })
after(async () => { await casebook?.close() })

test('a hold is placed and released by keyboard, and both are told of', { skip }, async () => {
  const page = await casebook.page(), admin = casebook.login('admin')!, why = `a claim was announced (${process.pid})`
  await casebook.as(page, 'admin')
  await page.goto('/settings')
  await page.getByRole('navigation').getByRole('link', { name: 'Legal holds' }).press('Enter')
  await page.getByRole('heading', { name: 'No legal hold' }).waitFor()
  await everyLook(page, 'holds-none')

  await page.getByRole('button', { name: 'Place a hold' }).press('Enter')
  const dialog = page.locator('dialog[open]')
  const field = (name: string) => dialog.getByLabel(name)
  await field('Study').fill('NOWHERE')
  await field('Ordered by').fill('Counsel Wen')
  assert.ok(await dialog.getByRole('button', { name: 'Place a hold' }).isDisabled(), 'a hold without a reason')
  await field('Reason').fill(why)
  await field('Ordered by').press('Enter')
  await dialog.getByRole('alert').filter({ hasText: 'NOWHERE' }).waitFor()
  await field('Study').fill(casebook.demo.trialId)
  await everyLook(page, 'holds-place')
  await field('Study').press('Enter')
  const row = page.locator('tbody tr', { hasText: why })
  await row.filter({ hasText: casebook.demo.trialId }).filter({ hasText: 'Counsel Wen' }).waitFor()
  await everyLook(page, 'holds')

  await row.getByRole('button', { name: 'Release' }).press('Enter')
  await field('Released by').fill('Counsel Wen')
  await field('Reason').fill('it is settled')
  await field('User').fill(admin.user)
  await field('Password').fill('not my password')
  await everyLook(page, 'holds-release')
  await field('Password').press('Enter')
  await dialog.getByRole('alert').waitFor()
  assert.equal(await row.count(), 1, 'it was released with a wrong password')
  await field('Password').fill(admin.password)
  await field('Password').press('Enter')
  await page.getByRole('heading', { name: 'No legal hold' }).waitFor()
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1') // the row that had the focus is gone

  await page.getByRole('main').getByRole('link', { name: 'Who did what' }).press('Enter')
  const did = page.locator('tbody tr').filter({ hasText: 'Legal hold' })
  await did.filter({ hasText: 'released' }).filter({ hasText: 'it is settled' }).first().waitFor()
  await did.filter({ hasText: 'placed' }).filter({ hasText: why }).first().waitFor()
  await everyLook(page, 'holds-did')
  await page.context().close()
})

test('who works in a study is not let in', { skip }, async () => {
  const page = await casebook.page()
  await casebook.as(page, 'datamanager')
  await page.goto('/holds')
  await page.getByRole('alert').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Place a hold' }).count(), 0)
  await page.context().close()
})
