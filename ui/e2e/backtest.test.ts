// The data manager has the study's own data mixed and sees what would be found, how late, and how often for nothing; a monitor reads it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { serious } from './axe.ts'
import { open, studyOf, type Casebook } from './browser.ts'

let casebook: Casebook
before(async () => { casebook = await open() })
after(async () => { await casebook?.close() })

test('a study is rehearsed on its own data by keyboard, and read in both languages', async t => {
  if (casebook.own) { t.skip('the demo is not served'); return }
  const id = (await studyOf(casebook)).id
  const page = await casebook.page()
  await casebook.as(page, 'datamanager')
  await page.goto(`/s/${id}/power`)
  await page.getByRole('button', { name: 'Start the back-test' }).press('Enter')
  await page.getByRole('progressbar').waitFor()
  await page.locator('.own tbody tr').first().waitFor({ timeout: 300_000 })
  assert.equal(await page.locator('.own tbody tr').count(), 9)
  assert.match(await page.locator('.own').innerText(), /A site stops reporting\s+\d+%\s+\d+%\s+\d+% · \d+%\s+\d+ days/)
  await page.getByRole('button', { name: 'Subjects copied' }).press('Enter')
  await page.getByRole('img', { name: /^Subjects copied: / }).waitFor()
  assert.deepEqual(await serious(page), [])
  for (const [lang, theme] of [['zh-CN', 'dark'], ['en', 'light']] as const) {
    const reader = await casebook.page({ lang, theme })
    await casebook.as(reader, 'monitor')
    await reader.goto(`/s/${id}/power`)
    await reader.locator('.own tbody tr').first().waitFor()
    assert.equal(await reader.locator('.own button.primary').count(), 0, 'a monitor cannot start it')
    assert.deepEqual(await serious(reader), [])
    const folder = process.env['CASEBOOK_SHOTS']
    if (folder) await reader.screenshot({ path: `${folder}/backtest-${lang}.png`, fullPage: true })
    await reader.close()
  }
})
