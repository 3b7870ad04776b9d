// What happens while a page is open: signals and figures arrive by themselves. Only on the tests' own server, which can be told to speak.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { monitoringOf, signalsOf } from '../test/server.ts'
import { open, studyOf, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? 'another server cannot be told what to announce' : false
let casebook: Casebook
before(async () => { casebook = await open() })
after(async () => { await casebook?.close() })

test('a signal appears in the open inbox, in the rail and in the ear', { skip }, async () => {
  const { id } = await studyOf(casebook)
  const page = await casebook.page()
  await casebook.as(page, 'monitor')
  await page.goto(`/s/${id}/signals`)
  await page.getByText('Live').waitFor()
  await page.locator('.sig').first().waitFor()
  const before = await page.locator('.sig').count()
  casebook.own!.tell('signal', { signal: { ...signalsOf()[0]!, id: 's42', number: 42, site: '02', raisedAt: new Date().toISOString() } })
  await page.getByText('Signal SG-42').waitFor()
  assert.equal(await page.locator('.sig').count(), before + 1)
  await page.waitForFunction(() => /New signal: site 02/.test(document.querySelector('[aria-live]')?.textContent ?? ''))
  await page.context().close()
})

test('the table and the funnel follow the figures', { skip }, async () => {
  const { id } = await studyOf(casebook)
  const page = await casebook.page()
  await casebook.as(page, 'monitor')
  await page.goto(`/s/${id}/monitoring`)
  await page.getByText('Live').waitFor()
  await page.locator('.pt').first().waitFor()
  const next = monitoringOf()
  next.sites[2] = { ...next.sites[2]!, numerator: 99, metric: 99 / 1400, score: 7.4, flag: 2 }
  casebook.own!.tell('monitoring', { monitoring: next })
  await page.locator('.pt.r text', { hasText: '03' }).waitFor()
  await page.getByText('Too high, alarm').waitFor()
  await page.context().close()
})
