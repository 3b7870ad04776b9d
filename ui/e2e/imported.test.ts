// Studies that others made: CDISC's example is filled in (scripts/e2e-imported prepares the server), and CDISC's pilot study is uploaded
// and watched (scripts/e2e-pilot does).
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { FormData, Matrix } from '../wire/types.ts'
import { open, type Casebook } from './browser.ts'

let casebook: Casebook, page: Page
before(async () => { casebook = await open() })
after(async () => { await casebook?.close() })

const field = (key: string) => page.locator(`[data-field="${key}"]`)
const input = (key: string) => field(key).locator('input').first()
async function put(key: string, value: string) { await input(key).fill(value); await input(key).blur() }

test('the baseline visit of CDISC\'s example is entered by its coordinator', async t => {
  if (casebook.demo.trialId !== 'CES') { t.skip('the server has another study'); return }
  page = await casebook.page()
  await casebook.signIn(page, 'coordinator')
  await page.goto('/s/CES/subjects')
  await page.locator('.mx tbody tr').first().waitFor()
  const { rows } = await casebook.get<Matrix>(page, '/studies/CES/matrix')
  const subject = encodeURIComponent(rows[0]!.subject)
  const api = `/studies/CES/subjects/${subject}/forms/BASELINE/1/F_BASELINE/1`
  const form = () => casebook.get<FormData>(page, api)
  /** Waits until the server has the value: the page judges it before it is saved. */
  const keeps = async (item: string, value: string) => {
    let is: string | undefined
    for (let left = 400; left > 0; left--) {
      is = (await form()).items.find(v => v.item === item)?.value
      if (is === value) return
      await page.waitForTimeout(50)
    }
    assert.equal(is, value)
  }
  await page.goto(`/s/CES/subjects/${subject}/f/BASELINE/1/F_BASELINE/1`)
  await input('IG_PE_BASE/1/I_SYSBP').waitFor()

  // A hard check fails: the value stays, and the study's own words ask about it.
  await put('IG_PE_BASE/1/I_SYSBP', '190')
  await page.locator('.soft', { hasText: 'The value should be below 180' }).waitFor()
  await keeps('I_SYSBP', '190')
  await put('IG_PE_BASE/1/I_SYSBP', '142')
  const why = page.locator('form.why')
  await why.waitFor()
  await why.getByRole('button', { name: 'Source corrected' }).click()
  await page.locator('.soft').waitFor({ state: 'detached' })
  await keeps('I_SYSBP', '142')

  // Its method is written in a language that nobody reads here: the question stays with people.
  await put('IG_PE_BASE/1/I_DIABP', '88')
  await field('IG_PE_BASE/1/I_DIABP').locator('.mark.ok').waitFor()
  await keeps('I_DIABP', '88')

  // 200 lb is not judged by the limit in kilograms.
  await put('IG_PE_BASE/1/I_WEIGHT', '200')
  await field('IG_PE_BASE/1/I_WEIGHT').locator('.mark.ok').waitFor()
  assert.deepEqual((await form()).queries.filter(q => q.item === 'I_WEIGHT'), [])

  // The number of cigarettes is asked of smokers: a condition written in XPath.
  assert.equal(await field('IG_SH/1/I_NR_CIGARETTES').isVisible(), false)
  await field('IG_SH/1/I_SMOKING').getByText('Yes', { exact: true }).click()
  await field('IG_SH/1/I_NR_CIGARETTES').waitFor()
  await keeps('I_SMOKING', 'true')
  await page.context().close()
})

test('the pilot study is uploaded, a site that was written at a desk is found, and its signal is followed to a signed closure', async t => {
  const files = process.env['CASEBOOK_FILES'], study = 'CDISCPILOT01'
  if (!files || casebook.demo.trialId !== study) { t.skip('the server has another study'); return }
  const uploads = await casebook.page()
  await casebook.signIn(uploads, 'coordinator')
  await uploads.goto(`/s/${study}/uploads`)
  await uploads.getByLabel('First show me').uncheck() // the values of whom dm.csv enrols come with it
  await uploads.locator('.drop input').setInputFiles(['dm.csv', 'vs.csv', 'ae.csv'].map(name => join(files, name)))
  for (const name of ['dm.csv', 'vs.csv', 'ae.csv']) {
    const row = uploads.locator('.upload', { hasText: name })
    await row.waitFor()
    if (name === 'vs.csv') await shoot(uploads, 'upload-under-way')
    await uploads.locator('.upload[data-state="done"]', { hasText: name }).waitFor({ timeout: 900_000 })
  }
  await shoot(uploads, 'uploaded')

  const page = await casebook.page(), other = await casebook.page()
  await casebook.signIn(page, 'monitor')
  await casebook.signIn(other, 'projectmanager')
  await page.goto(`/s/${study}/signals`)
  const signal = (p: Page) => p.locator('.sig', { hasText: '799' }).filter({ hasText: 'Copied measurements' })
  await signal(page).waitFor({ timeout: 100_000 })
  await page.goto(`/s/${study}/monitoring`)
  await page.locator('.map tbody tr').first().waitFor()
  assert.match(await page.locator('.map tbody tr').first().innerText(), /^799/, 'the invented site is not the first by risk')
  await shoot(page, 'monitoring')
  await page.locator('.map tbody tr a', { hasText: '799' }).click()
  await page.getByRole('button', { name: 'Copied measurements' }).click()
  await page.getByText('times the share of the other sites').waitFor()
  await page.locator('.tag[href*="SE.VISIT"]').first().waitFor()
  await shoot(page, 'site')
  await page.locator('.tag[href*="SE.VISIT"]').first().click()
  await page.locator('.fields, .tbl.ed').first().waitFor()
  await shoot(page, 'record')

  /** Takes one step as a person does, and waits until it stands in the signal's life. */
  const step = async (by: Page, name: string, text?: string) => {
    await by.goto(`/s/${study}/signals`)
    await signal(by).getByRole('button', { name, exact: true }).click()
    if (text) await signal(by).locator('textarea').fill(text)
    if (name === 'Close and sign') await signal(by).locator('input[type=password]').fill(casebook.login('monitor')!.password)
    await shoot(by, `step-${name.split(' ')[0]!.toLowerCase()}`)
    await signal(by).locator('form button[type=submit]').click()
    await signal(by).locator('.steps li b', { hasText: name }).waitFor()
  }
  await step(page, 'Acknowledge')
  await step(page, 'Investigate')
  await step(page, 'Propose to contact the site', 'Visit the site for cause: six subjects share three sets of readings.')
  assert.equal(await signal(page).getByRole('button', { name: 'Approve contact', exact: true }).count(), 0, 'who proposes may approve')
  await step(other, 'Approve contact')
  await step(page, 'State the action (CAPA)', 'For-cause visit; source data of all six subjects compared with what was entered.')
  await step(other, 'Verify the action', 'No source was found for any of the readings.')
  await step(page, 'Close and sign', 'The site is closed, its data are excluded as the protocol says.')
  await signal(page).getByText('Closed', { exact: true }).waitFor()
  assert.match(await signal(page).locator('.steps li').last().innerText(), /signed by The monitor/i)
  await shoot(page, 'closed')
  for (const p of [uploads, page, other]) await p.context().close()
})

/** Leaves a picture of the page in both languages in the folder SHOTS, if there is one. */
async function shoot(page: Page, name: string) {
  const dir = process.env['SHOTS']
  if (!dir) return
  mkdirSync(dir, { recursive: true })
  await page.screenshot({ path: join(dir, `${name}-en.png`), fullPage: true, animations: 'disabled' })
  const chinese = await casebook.page({ lang: 'zh-CN' })
  await chinese.context().addCookies(await page.context().cookies())
  await chinese.goto(page.url())
  await chinese.locator('main h1').first().waitFor()
  await chinese.waitForTimeout(1500)
  await chinese.screenshot({ path: join(dir, `${name}-zh.png`), fullPage: true, animations: 'disabled' })
  await chinese.context().close()
}
