// A study that others made is filled in: CDISC's example, imported as it is. scripts/e2e-imported prepares the server.
import assert from 'node:assert/strict'
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
