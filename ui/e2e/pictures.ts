// Takes the pictures of the README, 1280 px wide: node build.mjs --main e2e/pictures.ts DIR
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { open, studyOf, type Look } from './browser.ts'
import { formOf } from './target.ts'

const [dir = '.out/pictures'] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
const casebook = await open()
const study = await studyOf(casebook)

async function picture(name: string, height: number, look: Look, role: string, path: string, prepare: (page: Page) => Promise<unknown>) {
  const page = await casebook.page(look)
  await page.setViewportSize({ width: 1280, height })
  await casebook.as(page, role)
  await page.goto(path)
  await prepare(page)
  await page.screenshot({ animations: 'disabled', path: join(dir, `${name}.png`) })
  await page.context().close()
}

const drawn = (selector: string) => (page: Page) => page.locator(selector).first().waitFor()
await picture('matrix', 800, { lang: 'en' }, 'monitor', `/s/${study.id}/subjects`, drawn('.mx tbody tr'))
await picture('monitoring-zh', 960, { lang: 'zh-CN' }, 'monitor', `/s/${study.id}/monitoring`, drawn('.pt.r'))
await picture('monitoring-en', 960, { lang: 'en', theme: 'dark' }, 'monitor', `/s/${study.id}/monitoring`, drawn('.pt.r'))

const page = await casebook.page()
await casebook.as(page, 'coordinator')
const at = await formOf(casebook, page, study)
await page.context().close()
await picture('crf', 800, { lang: 'en' }, 'coordinator', at.path, async page => {
  const field = (key: string) => page.locator(`[data-field="${key}"]`)
  const input = (key: string) => field(key).locator('input').first()
  const put = async (key: string, value: string) => { await input(key).fill(value); await input(key).blur(); await field(key).locator('.mark.ok, .bub').or(page.locator('form.why')).first().waitFor() }
  await put(at.second.key, at.second.values[0])
  await put(at.third.key, at.third.values[0])
  await put(at.checked!.key, at.checked!.wrong)
  await put(at.second.key, at.second.values[1])
  await page.locator('form.why').getByRole('button', { name: 'Source corrected' }).click()
  await field(at.second.key).locator('.mark.ok').waitFor()
  await page.locator('.fields .opt input').first().click()
  await input(at.second.key).focus()
  await page.keyboard.press('Alt+h')
  await page.locator('.drawer .ev').nth(1).waitFor()
  await input(at.second.key).fill(at.second.values[2])
  await page.keyboard.press('Tab')
  await page.locator('form.why').waitFor()
})
await casebook.close()
