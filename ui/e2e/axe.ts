// axe-core in the page: what it finds that keeps people out.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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
