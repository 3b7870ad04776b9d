// axe-core in the page: what it finds that keeps people out.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Has every page that this window goes to bring axe along, which is cheaper than to hand it over on each. */
export const carryAxe = (page: Page) => page.addInitScript({ content: `if (location.protocol === 'http:') { ${axe} }` })

export async function serious(page: Page): Promise<string[]> {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe)
  const { violations } = await page.evaluate(() => (window as unknown as { axe: { run: (how: RunOptions) => Promise<AxeResults> } }).axe.run({ resultTypes: ['violations'], preload: false, iframes: false }))
  return violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')}`)
}

/** Nothing keeps people out of what a page shows now, in either language by day and by night; with env CASEBOOK_SHOTS each is a picture there. */
export async function everyLook(page: Page, name: string) {
  const was = await page.evaluate(() => ({ lang: document.documentElement.lang, theme: document.documentElement.dataset['theme']! }))
  const turn = (lang: string, theme: string) => page.evaluate(({ lang, theme }) => {
    document.documentElement.dataset['theme'] = theme
    if (document.documentElement.lang !== lang) [...document.querySelectorAll<HTMLButtonElement>('.bar button')].find(b => b.lang === lang)!.click()
  }, { lang, theme })
  for (const lang of ['en', 'zh-CN']) for (const theme of ['light', 'dark']) {
    await turn(lang, theme)
    await page.waitForFunction(lang => document.documentElement.lang === lang, lang)
    await page.waitForTimeout(200) // what is asked for again in that language
    assert.deepEqual(await serious(page), [], `${name} ${lang} ${theme}`)
    if (process.env['CASEBOOK_SHOTS']) await page.screenshot({ animations: 'disabled', path: join(process.env['CASEBOOK_SHOTS'], `${name}-${lang.slice(0, 2)}-${theme}.png`) })
  }
  await turn(was.lang, was.theme)
}
