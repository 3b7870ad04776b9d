// The coordinator's day in a real browser: find the subject, enter, change, be asked why, differ, lose the network.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { FormData, Subject } from '../wire/types.ts'
import { open, studyOf, type Casebook } from './browser.ts'
import { formOf, type Target } from './target.ts'

let casebook: Casebook, page: Page, study: Awaited<ReturnType<typeof studyOf>>, at: Target

before(async () => {
  casebook = await open()
  study = await studyOf(casebook)
  page = await casebook.page()
  page.on('console', m => { if (m.type() === 'error' && /Content Security|TypeError|ReferenceError/.test(m.text())) errors.push(m.text()) })
  page.on('pageerror', e => errors.push(e.message))
  await casebook.as(page, 'coordinator')
  at = await formOf(casebook, page, study)
})
after(async () => { await casebook?.close() })
const errors: string[] = []

const field = (key: string) => page.locator(`[data-field="${key}"]`)
const input = (key: string) => field(key).locator('input').first()
const api = async () => casebook.get<FormData>(page, at.api)
const kept = async (key: string) => (await api()).items.find(v => `${v.group}/${v.repeat}/${v.item}` === key)
const saved = (key: string) => field(key).locator('.mark.ok, .bub').waitFor()
async function put(key: string, value: string) { await input(key).fill(value); await input(key).blur() }

test('signing in takes one to the page one asked for', async () => {
  const fresh = await casebook.page()
  await fresh.goto(`/s/${study.id}/queries`)
  await fresh.waitForURL(/\/login\?next=/)
  const login = casebook.login('coordinator')!
  await fresh.fill('#user', login.user)
  await fresh.fill('#password', 'wrong ' + login.password)
  await fresh.keyboard.press('Enter')
  await fresh.getByRole('alert').waitFor()
  await fresh.fill('#password', login.password)
  await fresh.keyboard.press('Enter')
  await fresh.waitForURL(`**/s/${study.id}/queries`)
  await fresh.getByRole('heading', { level: 1, name: 'Queries' }).waitFor()
  await fresh.context().close()
})

test('the matrix is walked with arrows and opened with Enter', async () => {
  await page.goto(`/s/${study.id}/subjects`)
  await page.locator('[data-at="0:0"]').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-at')), '1:1')
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/subjects\/[^/]+$/)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.goBack()
  await page.locator('.mx').waitFor()
})

test('a subject is enrolled and its casebook opens', async () => {
  await page.goto(`/s/${study.id}/subjects`)
  await page.getByRole('link', { name: 'Enrol a subject' }).click()
  const site = page.locator('#enrol-site')
  if (!await site.inputValue()) await site.selectOption({ index: 1 })
  await page.getByRole('button', { name: 'Enrol', exact: true }).click()
  await page.locator('.tl').waitFor()
  const subject = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1)!)
  const seen = await casebook.get<Subject>(page, `/studies/${study.id}/subjects/${encodeURIComponent(subject)}`)
  assert.equal(seen.subject, subject)
})

test('a value is saved when its field is left, and a screen reader hears it', async () => {
  await page.goto(at.path)
  await put(at.plain.key, at.plain.values[0])
  await saved(at.plain.key)
  assert.equal((await kept(at.plain.key))?.value, at.plain.values[0])
  await page.waitForFunction(() => /saved/.test(document.querySelector('[aria-live]')?.textContent ?? ''))
})

test('typing draws only the field that is typed in', async () => {
  await page.evaluate(key => {
    const own = document.querySelector(`[data-field="${key}"]`)!
    const seen = { elsewhere: 0 }
    Object.assign(window, { seen })
    new MutationObserver(list => { for (const m of list) if (!own.contains(m.target) && m.target !== own) seen.elsewhere++ })
      .observe(document.querySelector('.crf')!, { subtree: true, childList: true, attributes: true, characterData: true })
  }, at.second.key)
  await input(at.second.key).pressSequentially('12')
  const elsewhere = await page.evaluate(() => (window as unknown as { seen: { elsewhere: number } }).seen.elsewhere)
  await put(at.second.key, at.second.values[0])
  await saved(at.second.key)
  assert.equal(elsewhere, 0)
})

test('a kept value asks why it changes; the history tells who, what and why', async () => {
  await put(at.plain.key, at.plain.values[1])
  const why = page.locator('form.why')
  await why.waitFor()
  assert.equal((await kept(at.plain.key))?.value, at.plain.values[0], 'it was changed before the reason was given')
  await why.getByRole('button', { name: 'Typing error' }).click()
  await why.waitFor({ state: 'detached' })
  await saved(at.plain.key)
  assert.equal((await kept(at.plain.key))?.value, at.plain.values[1])
  await input(at.plain.key).focus()
  await page.keyboard.press('Alt+h')
  const audit = page.locator('.drawer .ev').first()
  await audit.locator('ins', { hasText: at.plain.values[1] }).waitFor()
  assert.match(await audit.innerText(), /Typing error/)
  assert.equal(await audit.locator('del').innerText(), at.plain.values[0])
})

test('Escape at the question leaves the value as it was', async () => {
  await put(at.plain.key, at.plain.values[2])
  await page.locator('form.why').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('form.why').waitFor({ state: 'detached' })
  assert.equal(await input(at.plain.key).inputValue(), at.plain.values[1])
})

test('the value of a failing check stays, with words under the field and a query', async t => {
  if (!at.checked) { t.skip('the definition names no simple range check'); return }
  await put(at.checked.key, at.checked.wrong)
  await page.locator('.soft').first().waitFor() // said at once, before the server knows
  await saved(at.checked.key)
  assert.equal((await kept(at.checked.key))?.value, at.checked.wrong)
  assert.ok((await api()).queries.some(q => q.item === at.checked!.key.split('/')[2] && q.state === 'Open'))
  await field(at.checked.key).locator('.bub').click()
  await page.locator('.drawer .qlist').waitFor()
})

test('a wrong format is said at once and not sent', async t => {
  if (!at.number) { t.skip('the form has no number'); return }
  const before = (await api()).version
  await put(at.number.key, 'seventy')
  await page.locator('.soft.bad').waitFor()
  assert.equal(await input(at.number.key).getAttribute('aria-invalid'), 'true')
  await page.locator('.soft.bad').getByRole('button', { name: 'Undo' }).click()
  assert.equal((await api()).version, before)
})

test('why there is no value is said from the keyboard', async () => {
  await input(at.third.key).focus()
  await page.keyboard.press('Alt+b')
  await page.getByRole('menuitemradio', { name: 'Not done' }).waitFor()
  await page.keyboard.press('Enter')
  await field(at.third.key).locator('.blank', { hasText: 'Not done' }).waitFor()
  await saved(at.third.key)
  assert.equal((await kept(at.third.key))?.blank, 'not_done')
})

test('without a network the field says so, and is saved when the network is back', async () => {
  await page.context().setOffline(true)
  await put(at.fourth.key, at.fourth.values[0])
  await field(at.fourth.key).getByText('Not saved yet, retrying').waitFor()
  await page.context().setOffline(false)
  await saved(at.fourth.key)
  assert.equal((await kept(at.fourth.key))?.value, at.fourth.values[0])
})

test('when the session ends nothing typed is lost: the same person signs in and it is saved', async () => {
  await page.context().clearCookies()
  await put(at.second.key, at.second.values[1])
  const why = page.locator('form.why')
  await why.getByRole('button', { name: 'Typing error' }).click()
  await page.waitForURL(/\/login/)
  const login = casebook.login('coordinator')!
  await page.fill('#user', login.user)
  await page.fill('#password', login.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(url => url.pathname === at.path)
  await saved(at.second.key)
  await page.waitForFunction(() => !document.querySelector('.mark.warn'))
  assert.equal((await kept(at.second.key))?.value, at.second.values[1])
})

test('a row is added to a log, filled and kept', async t => {
  if (!at.log) { t.skip('no form has a repeating group'); return }
  await page.goto(at.log.path)
  const grid = page.locator('.tbl.ed').first()
  await grid.locator('tbody tr').first().waitFor()
  const rows = await grid.locator('tbody tr:not(.msg)').count()
  await page.locator('section.card', { has: grid }).getByRole('button', { name: 'Add' }).click()
  assert.equal(await grid.locator('tbody tr:not(.msg)').count(), rows + 1)
  const key = at.log.key(rows + 1)
  await page.waitForFunction(() => document.activeElement?.closest('.cell'))
  await put(key, 'A1')
  await grid.locator('tbody tr:not(.msg)').nth(rows).getByText(/Saved|missing/).first().waitFor()
  const form = await casebook.get<FormData>(page, at.log.api)
  assert.ok(form.items.some(v => `${v.group}/${v.repeat}/${v.item}` === key && v.value === 'A1'))
})

test('Alt and Page Down go to the next form, with the focus on its heading', async () => {
  await page.goto(at.path)
  await page.locator('.tree a').first().waitFor()
  await page.locator('.fields').first().waitFor()
  await page.keyboard.press('Alt+PageDown')
  await page.waitForURL(url => url.pathname !== at.path)
  await page.locator('.tree [aria-current]').waitFor()
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
})

test('the command box goes to a page', async () => {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: /Type a subject number/ }).fill('Quer')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/queries')
})

test('a file is judged before anything of it is kept, and its good rows are taken in when somebody says so', async () => {
  const item = at.plain.key.split('/')[2]!, is = (await kept(at.plain.key))!.value, other = at.plain.values.find(v => v !== is)!
  const row = (of: string) => `${at.subject},${at.event},${at.form},${of},${other}\n`
  await page.goto(`/s/${study.id}/uploads`)
  await page.locator('.drop input').setInputFiles({ name: 'values.csv', mimeType: 'text/csv', buffer: Buffer.from(`subject,event,form,item,value\n${row(item)}${row('NO.SUCH')}`) })
  const file = page.locator('.upload', { hasText: 'values.csv' })
  await file.getByText('1 of 2 rows can be taken in, 1 would be set aside.').waitFor()
  await file.locator('tbody tr', { hasText: 'NO.SUCH' }).waitFor()
  assert.equal((await kept(at.plain.key))!.value, is)
  await file.getByRole('button', { name: 'Take in the good rows (1)' }).click()
  await page.locator('.upload[data-state="done"]', { hasText: 'values.csv' }).waitFor()
  assert.equal((await kept(at.plain.key))!.value, other)
})

test('a refusal of the server is shown in its words, in both languages', async () => {
  await page.goto(`/s/${study.id}/subjects/NO-SUCH-SUBJECT`)
  const english = await page.getByRole('alert').first().innerText()
  await page.getByRole('button', { name: '中文' }).click()
  await page.waitForFunction(before => document.querySelector('[role=alert]')?.textContent !== before, english)
  assert.match(await page.getByRole('alert').first().innerText(), /[\u4e00-\u9fff]/)
  await page.getByRole('button', { name: 'EN', exact: true }).click()
})

test('nothing was refused by the content security policy and no script failed', () => assert.deepEqual(errors, []))
