// axe-core on every route: no serious or critical finding, and nothing to scroll sideways at half the width. Every page is looked at
// once, in Chinese by day and in English by night in turn; with CASEBOOK_LOOKS=all in every language in every theme.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { carryAxe, serious } from './axe.ts'
import { open, routes, type Casebook, type Place } from './browser.ts'

let casebook: Casebook, places: Place[]

before(async () => {
  casebook = await open()
  places = (await routes(casebook)).filter(p => p.name !== 'all-subjects').sort((a, b) => a.role.localeCompare(b.role)) // a person signs in once
})
after(async () => { await casebook?.close() })

const all = process.env['CASEBOOK_LOOKS'] === 'all'
const looks = [['zh-CN', 'light'], ['en', 'dark'], ...all ? [['zh-CN', 'dark'], ['en', 'light']] as const : []] as const
for (const [turn, [lang, theme]] of looks.entries()) {
  test(`pages, ${lang}, ${theme}`, async t => {
    const page = await casebook.page({ lang, theme })
    await carryAxe(page)
    let who: string | undefined
    for (const { name, path, role, ready } of places.filter((_, n) => all || n % looks.length === turn)) {
      await t.test(name, async () => {
        if (who !== role) await casebook.as(page, who = role)
        await page.goto(path)
        await page.waitForSelector(ready).catch(async (e: unknown) => assert.fail(`${e}\n${await page.locator('main, body').first().innerText()}`))
        assert.deepEqual(await serious(page), [])
        const marked = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset['theme']])
        assert.deepEqual(marked, [lang, theme])
        await page.setViewportSize({ width: 720, height: 900 })
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.ok(over <= 0, `${name} is ${over} px too wide`)
        await page.setViewportSize({ width: 1440, height: 900 })
      })
    }
    await t.test('what opens over a form', async () => {
      const form = places.find(p => p.name === 'form')!
      await casebook.as(page, form.role)
      await page.goto(form.path)
      await page.locator('.fields input:not([readonly]):not([type=radio])').first().focus()
      await page.keyboard.press('Alt+b')
      await page.locator('[role=menu]').waitFor()
      assert.deepEqual(await serious(page), [])
      await page.keyboard.press('Escape')
      for (const tab of ['queries', 'audit', 'help']) {
        await page.locator(`#tab-${tab}`).click()
        await page.locator('.dbody').waitFor()
        assert.deepEqual(await serious(page), [], tab)
      }
      await page.keyboard.press('Control+k')
      await page.locator('dialog[open]').waitFor()
      assert.deepEqual(await serious(page), [], 'command box')
    })
    await page.context().close()
  })
}

test('the check itself finds a fault that is put in', async () => {
  const page = await casebook.page()
  await page.goto('/login')
  await page.locator('#password').waitFor()
  await page.evaluate(() => { document.querySelector('label[for=password]')!.remove() })
  assert.ok((await serious(page)).some(v => v.startsWith('label')))
  await page.context().close()
})
