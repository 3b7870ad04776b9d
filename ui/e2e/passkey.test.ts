// Passkeys, with an authenticator that Chromium simulates (Web Authentication, section 11): made, used to sign in and to prove who is
// there, renamed and removed, in both languages.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { carryAxe, serious } from './axe.ts'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'needs the product: scripts/e2e'
const role = 'projectmanager'
let casebook: Casebook, here: string

before(async () => {
  if (skip) return
  casebook = await open()
  here = casebook.url.replace('127.0.0.1', 'localhost') // a passkey is for a name
})
after(async () => { await casebook?.close() })

/** A window at the server's name, with an authenticator whose owner says yes. */
async function window(lang: 'en' | 'zh-CN', theme: 'light' | 'dark') {
  const page = await casebook.page({ lang, theme })
  const browser = await page.context().newCDPSession(page)
  await browser.send('WebAuthn.enable')
  await browser.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } })
  await carryAxe(page)
  return page
}

const { user, password } = skip ? { user: '', password: '' } : (JSON.parse(process.env['CASEBOOK_DEMO']!) as { logins: { role: string; user: string; password: string }[] }).logins.find(l => l.role === role)!
const byPassword = (page: Page) => page.request.post(here + '/api/v1/session', { data: { user, password }, headers: { 'X-Casebook': '1', Origin: here } })
const dialog = (page: Page) => page.getByRole('dialog')

for (const [lang, theme, words] of [
  ['en', 'light', { add: 'Add a passkey', make: 'Choose the device', saved: 'I have kept them', enter: 'Sign in with a passkey', use: 'Use a passkey', rename: 'Rename', remove: 'Remove' }],
  ['zh-CN', 'dark', { add: '添加通行密钥', make: '选择设备', saved: '我已保存', enter: '用通行密钥登录', use: '使用通行密钥', rename: '重命名', remove: '移除' }],
] as const) {
  test(`a passkey from its making to its end, ${lang}`, { skip }, async () => {
    const page = await window(lang, theme)
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
    const pressIn = (name: string) => dialog(page).getByRole('button', { name, exact: true }).click()
    assert.ok((await byPassword(page)).ok())
    await page.goto(here + '/account')
    await press(words.add)
    await page.fill('#passkey-name', 'Phone · 手机')
    await page.fill('#passkey-password', password)
    assert.deepEqual(await serious(page), [])
    await pressIn(words.make)
    await dialog(page).locator('.recovery li').nth(9).waitFor()
    await pressIn(words.saved)
    await page.locator('.passkeys tbody tr').waitFor()
    assert.deepEqual(await serious(page), [])

    await page.context().clearCookies()
    const alone = await byPassword(page)
    assert.equal((await alone.json() as { code: string }).code, 'auth.second_factor', 'the password alone opens nothing any more')
    await page.goto(here + '/login')
    assert.deepEqual(await serious(page), [])
    await press(words.enter)
    await page.locator('.me').waitFor()

    await page.goto(here + '/account')
    await press(words.rename)
    await page.fill('#passkey-rename', 'Desk')
    await pressIn(words.rename)
    await page.getByRole('row', { name: /Desk/ }).getByRole('button', { name: words.remove }).click()
    await page.fill('#passkey-remove-password', password)
    await pressIn(words.use)
    await page.locator('#passkey-remove-code').waitFor({ state: 'detached' }) // the passkey stands for it
    assert.deepEqual(await serious(page), [])
    await pressIn(words.remove)
    await page.locator('#password').waitFor()
    assert.ok((await byPassword(page)).ok(), 'the control: with the last passkey the second factor has gone')
    await page.context().close()
  })
}
