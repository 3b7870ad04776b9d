// One day from end to end: a value that fails its check is corrected, two people meet in one form, a monitor finds the site that stands out.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Entry, FormData, Signal, Study } from '../wire/types.ts'
import { open, studyOf, type Casebook } from './browser.ts'
import { formOf, type Target } from './target.ts'

let casebook: Casebook, study: Awaited<ReturnType<typeof studyOf>>, at: Target, page: Page

before(async () => {
  casebook = await open()
  study = await studyOf(casebook)
  page = await casebook.page()
  await casebook.as(page, 'coordinator')
  at = await formOf(casebook, page, study)
  await casebook.as(page, '')
})
after(async () => { await casebook?.close() })

const field = (on: Page, key: string) => on.locator(`[data-field="${key}"]`)
const input = (on: Page, key: string) => field(on, key).locator('input').first()
const put = async (on: Page, key: string, value: string) => { await input(on, key).fill(value); await input(on, key).blur() }
const because = (on: Page, reason: string) => on.locator('form.why').getByRole('button', { name: reason }).click()
const form = () => casebook.get<FormData>(page, at.api)
const kept = async (key: string) => (await form()).items.find(v => `${v.group}/${v.repeat}/${v.item}` === key)?.value
const saved = (on: Page, key: string) => field(on, key).locator('.mark.ok').waitFor()
/** Without a network one is out at once, too, and the server is told when the page opens again. */
async function signOut(on: Page, offline = false) {
  await on.context().setOffline(offline)
  await on.locator('.me').click()
  await on.evaluate(() => document.dispatchEvent(new Event('scroll'))) // as one that comes late: nothing has moved, and the menu stays
  await on.getByRole('menuitem', { name: /^(Sign out|退出登录)$/ }).click()
  await on.locator('#password').waitFor()
  if (!offline) return
  assert.equal(await on.locator('body').getByText(at.subject).count(), 0)
  await on.context().setOffline(false)
  assert.equal(await on.evaluate(async () => (await fetch('/api/v1/session')).status), 200, 'the server does not know yet')
  await on.reload()
  await on.locator('#password').waitFor()
  assert.equal(await on.evaluate(async () => (await fetch('/api/v1/session')).status), 401)
}

test('from sign in to a corrected value: the query opens, closes, and the history shows both', async t => {
  const { checked } = at
  if (!checked) { t.skip('the definition names no simple range check'); return }
  await casebook.signIn(page, 'coordinator')
  await page.goto('/')
  await page.locator(`.studies a[href="/s/${study.id}/subjects"]`).click()

  await t.test('the matrix leads to the form by keyboard', async () => {
    const row = page.locator('.mx tbody tr', { has: page.getByRole('link', { name: at.subject, exact: true }) })
    await row.locator('a').first().focus()
    const column = study.matrix.columns.flatMap(c => c.forms.map(f => `${c.event}/${f.form}`)).indexOf(`${at.event}/${at.form}`)
    for (let i = 0; i <= column; i++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.waitForURL(url => url.pathname === at.path)
  })

  await t.test('a value that fails its check is kept, and a query stands under it', async () => {
    await put(page, checked.key, checked.wrong)
    await page.locator('.soft').first().waitFor()
    await field(page, checked.key).locator('.bub').waitFor()
    assert.equal(await kept(checked.key), checked.wrong)
    assert.equal(await input(page, checked.key).inputValue(), checked.wrong)
  })

  const { right } = checked
  await t.test('corrected with a reason, the query closes', async () => {
    await put(page, checked.key, right)
    await because(page, 'Source corrected')
    await page.locator('.soft').waitFor({ state: 'detached' })
    await saved(page, checked.key)
    const now = await form()
    assert.ok(!now.queries.some(q => q.item === checked.key.split('/')[2] && q.state !== 'Closed'), 'the query is still open')
    assert.equal(await kept(checked.key), right)
  })

  await t.test('the history tells both, with the reason', async () => {
    await input(page, checked.key).focus()
    await page.keyboard.press('Alt+h')
    const entries = page.locator('.drawer .ev')
    await entries.nth(1).waitFor()
    assert.equal(await entries.count(), 2)
    assert.equal(await entries.nth(0).locator('del').innerText(), checked.wrong)
    assert.equal(await entries.nth(0).locator('ins').innerText(), right)
    assert.match(await entries.nth(0).innerText(), /Source corrected/)
    assert.equal(await entries.nth(1).locator('ins').innerText(), checked.wrong)
  })

  await t.test('the language changes under one\'s hands, and what is typed stays', async () => {
    await input(page, at.plain.key).fill(at.plain.values[0])
    await page.getByRole('button', { name: '中文' }).click()
    await page.waitForFunction(() => document.documentElement.lang === 'zh-CN')
    await page.getByRole('tab', { name: '稽查' }).waitFor()
    assert.equal(await input(page, at.plain.key).inputValue(), at.plain.values[0])
    await saved(page, at.plain.key)
    await page.getByRole('button', { name: 'EN', exact: true }).click()
  })
  await signOut(page, true)
  assert.equal((await page.request.get('/api/v1/session')).status(), 401)
})

test('two people in one form: other fields merge, the same field shows both, and nothing is lost', async () => {
  const other = await casebook.page()
  await casebook.as(page, 'coordinator')
  await casebook.as(other, casebook.login('investigator') ? 'investigator' : 'coordinator')
  for (const p of [page, other]) { await p.goto(at.path); await input(p, at.second.key).waitFor() }
  const [first, theirs, mine] = at.second.values
  await put(page, at.second.key, first)
  await saved(page, at.second.key)

  await put(other, at.third.key, at.third.values[0]) // on a page that is older by one save
  await saved(other, at.third.key)
  assert.equal(await kept(at.second.key), first)
  assert.equal(await input(other, at.second.key).inputValue(), first, 'what the other saved came with the answer')

  await put(page, at.second.key, mine)
  await page.locator('form.why').waitFor()
  await put(other, at.second.key, theirs)
  await because(other, 'Source corrected')
  await saved(other, at.second.key)
  await because(page, 'Typing error')
  const conflict = page.locator('.why.bad')
  await conflict.waitFor()
  assert.deepEqual(await conflict.locator('dd').allInnerTexts(), [theirs, mine])
  assert.equal(await kept(at.second.key), theirs)
  await conflict.getByRole('button', { name: 'Use mine' }).click()
  await because(page, 'Typing error')
  await saved(page, at.second.key)
  assert.equal(await kept(at.second.key), mine)
  const [group = '', repeat = '', item = ''] = at.second.key.split('/')
  const { entries } = await casebook.get<{ entries: Entry[] }>(page, `${at.api}/history?${new URLSearchParams({ group, repeat, item })}`)
  assert.deepEqual(entries.map(e => e.new).reverse(), [first, theirs, mine])
  await other.context().close()
})

test('a monitor reads the form and cannot type in it', async () => {
  await casebook.as(page, 'monitor')
  await page.goto(at.path)
  await field(page, at.second.key).locator('input[readonly]').waitFor()
  assert.equal(await page.locator('.fields input:not([readonly]), .fields button.more').count(), 0)
})

test('the site that stands out is named: in the inbox, in the table and in the picture', async () => {
  await casebook.as(page, '')
  await casebook.signIn(page, 'monitor')
  const { signals } = await casebook.get<{ signals: Signal[] }>(page, `/studies/${study.id}/signals`)
  const loudest = signals.filter(s => s.state !== 'closed').sort((a, b) => Math.abs(b.level) - Math.abs(a.level))[0]!
  assert.equal(loudest.site, '07')
  const { sites } = await casebook.get<Study>(page, `/studies/${study.id}`)
  const name = sites.find(s => s.id === loudest.site)!.name['en']!
  await page.goto(`/s/${study.id}/subjects`)
  await page.getByRole('link', { name: 'Signals inbox' }).click()
  const card = page.locator('.sig.r', { hasText: `07 ${name}` }).filter({ hasText: /expected|would have/ }).first()
  await card.waitFor()
  assert.match(await card.innerText(), /expected|would have/)
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.locator('.heat tr.out.r th', { hasText: `07 ${name}` }).waitFor()
  await page.locator('.pt.r .name', { hasText: `07 ${name}` }).waitFor()
  await page.locator('.mon .sig.r', { hasText: name }).first().waitFor()
  await signOut(page)
})

test('visits, the daily report and a search of the trail are kept under a name, and come back by keyboard', async () => {
  await casebook.as(page, 'monitor')
  const { subject } = at, asked = { visits: '?state=skipped', daily: '?kind=overdue', trail: `?subject=${encodeURIComponent(subject)}&what=record.item.saved` }
  for (const [name, query] of Object.entries(asked)) {
    const plain = `/s/${study.id}/${name}`
    const choose = async (item: string) => {
      await page.locator('main button[aria-haspopup=menu]', { hasText: 'Views' }).focus()
      await page.keyboard.press('Enter')
      await page.locator('[role=menu] button', { hasText: item }).focus()
      await page.keyboard.press('Enter')
    }
    await page.goto(plain + query)
    await choose('Save this list as a view')
    await page.locator('dialog input').first().fill(`Mine ${name}`)
    await page.keyboard.press('Enter')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.goto(plain)
    await choose(`Mine ${name}`)
    await page.waitForURL(url => [...new URLSearchParams(query)].every(([k, v]) => url.searchParams.get(k) === v))
    if (name === 'trail') {
      assert.equal(await page.locator('#trail-subject').inputValue(), subject)
      await page.locator('.tbl tbody th').first().waitFor()
      assert.deepEqual([...new Set(await page.locator('.tbl tbody th').allTextContents())], [subject])
    }
  }
})

test('a form whose texts are in German and Korean only is drawn with them', async () => {
  await casebook.as(page, 'coordinator')
  await page.route('**/definition', async route => {
    const answer = await route.fetch()
    const text = (await answer.text()).replaceAll('"zh-CN":', '"de":').replaceAll('"en":', '"ko":')
    await route.fulfill({ response: answer, body: text })
  })
  await page.goto(at.path)
  await input(page, at.second.key).waitFor()
  for (const label of await page.locator('.fields .lab :is(label, .lg)').allInnerTexts()) assert.ok(label.trim(), 'a question without words')
  assert.ok(await page.locator('.fields .opt').count() > 0)
  for (const choice of await page.locator('.fields .opt').allInnerTexts()) assert.ok(choice.trim(), 'a choice without words')
  await page.unroute('**/definition')
})
