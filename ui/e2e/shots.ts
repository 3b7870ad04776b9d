// Takes a picture of every page in both languages and themes: node build.mjs --main e2e/shots.ts DIR [page…]
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { open, routes } from './browser.ts'

const [dir = '.out/shots', ...only] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
const casebook = await open()
for (const [lang, theme] of [['zh-CN', 'light'], ['en', 'light'], ['en', 'dark'], ['zh-CN', 'dark']] as const) {
  const page = await casebook.page({ lang, theme })
  for (const { name, path, role, ready } of await routes(casebook)) {
    if (only.length && !only.includes(name)) continue
    await casebook.as(page, role)
    await page.goto(casebook.url + path)
    await page.waitForSelector(ready)
    await page.waitForTimeout(250)
    await page.screenshot({ animations: 'disabled', path: join(dir, `${name}-${lang.slice(0, 2)}-${theme}.png`) })
  }
  await page.context().close()
}
await casebook.close()
