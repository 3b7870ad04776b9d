// One's own account in a real browser: sessions elsewhere are ended, by who shows that it is they.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { carryAxe, serious } from './axe.ts'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'needs the product: scripts/e2e'
const role = 'monitor'
let casebook: Casebook

before(async () => { if (!skip) casebook = await open() })
after(async () => { await casebook?.close() })

for (const [lang, theme, words] of [
  ['en', 'light', { end: 'End', others: 'End all others', wrong: 'That is not right. Nothing was changed.' }],
  ['zh-CN', 'dark', { end: '结束', others: '结束其他全部会话', wrong: '验证不符，未作任何更改。' }],
] as const) {
  test(`sessions elsewhere end by the password, ${lang}`, { skip }, async () => {
    const { password } = casebook.login(role)!
    const windows = await Promise.all([1, 2, 3].map(async () => { const page = await casebook.page({ lang, theme }); await casebook.as(page, role); return page }))
    const [here, phone, desk] = windows as [typeof windows[0] & {}, typeof windows[0] & {}, typeof windows[0] & {}]
    const alive = async (page: typeof here) => (await page.request.get('/api/v1/session')).ok()
    const dialog = here.getByRole('dialog'), rows = here.locator('table:not(.passkeys) tbody tr')
    await carryAxe(here)
    await here.goto('/account')
    await rows.nth(2).waitFor()
    assert.deepEqual(await serious(here), [])

    const before = await rows.count()
    await rows.getByRole('button', { name: words.end, exact: true }).first().focus()
    await here.keyboard.press('Enter')
    await dialog.locator('#end-password').fill('not the password')
    await here.keyboard.press('Enter')
    await dialog.getByText(words.wrong).waitFor()
    assert.equal(await dialog.locator('#end-password').inputValue(), '')
    assert.deepEqual(await serious(here), [])
    assert.ok(await alive(phone) && await alive(desk), 'the control: nothing ended by a wrong password')
    await dialog.locator('#end-password').fill(password)
    await here.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await rows.nth(before - 1).waitFor({ state: 'detached' })
    assert.equal([await alive(phone), await alive(desk)].filter(Boolean).length, 1, 'one of the two ended')

    await here.getByRole('button', { name: words.others, exact: true }).click()
    await dialog.locator('#end-password').fill(password)
    assert.deepEqual(await serious(here), [])
    await dialog.getByRole('button', { name: words.end, exact: true }).click()
    await rows.nth(1).waitFor({ state: 'detached' })
    assert.ok(await alive(here) && !await alive(phone) && !await alive(desk))
    await Promise.all(windows.map(page => page.context().close()))
  })
}
