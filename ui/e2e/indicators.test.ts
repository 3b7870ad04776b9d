// The data manager changes an indicator: it is simulated on history before it can be activated, and its version says why.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { open, studyOf, type Casebook } from './browser.ts'

let casebook: Casebook, page: Page, id: string
before(async () => {
  casebook = await open()
  id = (await studyOf(casebook)).id
  page = await casebook.page()
})
after(async () => { await casebook?.close() })

test('an indicator is changed by keyboard, simulated, activated with a reason', async t => {
  if (casebook.own) { t.skip('the demo is not served'); return }
  await casebook.as(page, 'datamanager')
  await page.goto(`/s/${id}/indicators`)
  await page.getByRole('link', { name: 'Query rate', exact: true }).press('Enter')
  const thresholds = page.getByLabel('Thresholds')
  await thresholds.waitFor()
  const activate = page.getByRole('button', { name: 'Activate' }), simulate = page.getByRole('button', { name: 'Simulate on history' })
  assert.ok(await activate.isDisabled() && await simulate.isDisabled(), 'nothing was changed yet')
  await thresholds.fill('1, 1.2')
  assert.ok(await activate.isDisabled(), 'it can be activated before it was simulated')
  await thresholds.press('Enter')
  await page.locator('.big-say').waitFor()
  assert.match(await page.locator('.big-say').innerText(), /It would have raised/)
  assert.equal(await page.locator('.dumb').count(), 8)
  await thresholds.fill('1, 1.1')
  assert.ok(await activate.isDisabled(), 'what was changed after the simulation can be activated')
  await thresholds.fill('1, 1.2')
  await activate.press('Enter')
  await page.getByRole('textbox', { name: 'Reason' }).fill('the study is small')
  await page.keyboard.press('Enter')
  await page.getByText('the study is small').waitFor()
  assert.match(await page.locator('.list li').first().innerText(), /Version \d+[\s\S]*stands[\s\S]*thresholds: 2 3 → 1 1\.2/)
})

test('who may not manage the study reads it and changes nothing', async t => {
  if (casebook.own) { t.skip('the demo is not served'); return }
  await casebook.as(page, 'monitor')
  await page.goto(`/s/${id}/indicators/kri0001`)
  await page.getByLabel('Thresholds').waitFor()
  assert.ok(await page.getByLabel('Thresholds').isDisabled())
  assert.equal(await page.getByRole('button', { name: 'Activate' }).count(), 0)
})
