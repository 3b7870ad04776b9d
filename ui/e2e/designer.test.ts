// A study from nothing in the browser alone: begun, given a site, designed in both languages with skip logic, a check across forms and a
// score, tried on the bench, published, and filled in.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { FormData, Subject } from '../wire/types.ts'
import { serious } from './axe.ts'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server keeps no drafts'
const shots = process.env['CASEBOOK_SHOTS'], study = `DSG-${process.pid}`
const cases = `case A weight that fell is asked about, and the score is the sum
in E.1 / F.1
  IT.1 = 100
in E.1 / F.2
  IT.2 = 80
  IT.3 = true -> IT.4 shown
  IT.5 = 1
  IT.6 = 1 -> IT.21 is 2
in E.1 / F.2
  IT.2 = 79 -> query 1
  IT.3 = false -> IT.4 hidden
`
let casebook: Casebook
before(async () => { if (!skip) casebook = await open() })
after(async () => { await casebook?.close() })

async function picture(page: Page, name: string) {
  if (!shots) return
  // A dialog keeps people from the switch of languages behind it; a program may press it.
  const speak = async (name: string) => {
    await page.evaluate(text => { [...document.querySelectorAll('button')].find(b => b.textContent === text)!.click() }, name)
    await page.waitForFunction(l => document.documentElement.lang === l, name === 'EN' ? 'en' : 'zh-CN')
    await page.waitForTimeout(200) // its sentences are fetched
  }
  for (const lang of ['en', 'zh-CN']) for (const theme of ['light', 'dark']) {
    await speak(lang === 'en' ? 'EN' : '中文')
    await page.evaluate(t => { document.documentElement.dataset['theme'] = t }, theme)
    await page.screenshot({ animations: 'disabled', path: join(shots, `${name}-${lang.slice(0, 2)}-${theme}.png`) })
  }
  await speak('EN')
  await page.evaluate(() => { document.documentElement.dataset['theme'] = 'light' })
}

test('a study is begun, designed, published and filled in, in the browser alone', { skip }, async () => {
  const user = (role: string) => casebook.login(role)!.user
  const admin = await casebook.page()
  await casebook.as(admin, 'admin')
  await admin.goto('/')
  await admin.getByRole('button', { name: 'New study' }).click()
  for (const [name, value] of [['id', study], ['name', 'Sleep'], ['description', 'Sleep study · 睡眠研究'], ['manager', user('datamanager')]]) await admin.locator(`dialog input[name=${name}]`).fill(value!)
  await picture(admin, 'new-study')
  await admin.getByRole('button', { name: 'Create' }).click()
  await admin.getByRole('dialog').waitFor({ state: 'detached' })
  const production = await admin.request.post('/api/v1/studies', { data: { id: `${study}-P`, name: 'Sleep', environment: 'PRODUCTION', manager: user('datamanager') }, headers: { 'X-Casebook': '1', Origin: casebook.url } })
  assert.equal(production.status(), 201, await production.text())
  await admin.goto('/people')
  await admin.getByRole('row', { name: new RegExp(`^${user('coordinator')} `) }).getByRole('button', { name: 'Give a role' }).click()
  await admin.getByRole('dialog').getByLabel('Role').selectOption('coordinator')
  await admin.getByRole('dialog').getByLabel('Study').fill(study)
  await admin.getByRole('dialog').getByRole('button', { name: 'Give a role' }).click()
  await admin.getByRole('dialog').waitFor({ state: 'detached' })
  await admin.context().close()

  const page = await casebook.page()
  await casebook.as(page, 'datamanager')
  await page.goto(`/s/${study}/versions`)
  await page.getByRole('button', { name: 'Add a site' }).click()
  await page.locator('dialog input[name=id]').fill('01')
  await page.locator('dialog input[name=en]').fill('First Hospital')
  await page.locator('dialog input[name=zh]').fill('第一医院')
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('rowheader', { name: /^01 / }).waitFor()
  await page.getByRole('link', { name: 'Design', exact: true }).click()
  await page.getByRole('button', { name: 'Begin from nothing' }).click()

  const outline = page.getByRole('navigation', { name: 'What the definition consists of' }), editor = page.locator('.editor')
  const grow = (kind: string) => outline.getByRole('button', { name: `Add: ${kind}`, exact: true }).last().click()
  const oid = (name: string) => editor.locator(`input.mono[value="${name}"]`).waitFor()
  const both = async (label: string, zh: string, en: string) => { await editor.getByLabel(`${label}, Chinese`).fill(zh); await editor.getByLabel(`${label}, English`).fill(en) }
  const item = async (n: number, zh: string, en: string, type: string) => {
    await grow('Items')
    await oid(`IT.${n}`)
    await both('Question', zh, en)
    await editor.getByLabel('Data type').selectOption(type)
  }
  await grow('Forms')
  await oid('F.1')
  await both('Title', '基线', 'Baseline')
  await outline.getByRole('button', { name: 'IG.1' }).click()
  await item(1, '基线体重', 'Weight at baseline', 'float')
  await grow('Code lists')
  await oid('CL.1')
  const cell = (name: string, row: number) => editor.getByLabel(`${name} ${row}`, { exact: true })
  for (const [row, code, zh, en] of [[1, '0', '从不', 'Never'], [2, '1', '有时', 'Sometimes']] as const) {
    await cell('Code', row).fill(code); await cell('Chinese', row).fill(zh); await cell('English', row).fill(en); await cell('Weight', row).fill(code)
  }
  await picture(page, 'designer-codes')
  await grow('Forms')
  await oid('F.2')
  await both('Title', '随访', 'Follow-up')
  await outline.getByRole('button', { name: 'IG.2' }).click()
  await item(2, '体重', 'Weight', 'float')
  await editor.getByRole('button', { name: 'Add a check' }).click()
  const rule = (title: string) => editor.getByLabel(title, { exact: true })
  await rule('What must hold').fill('IT.2 >= IT.99 * 0.8')
  await editor.getByText('There is no item of this name (column 9)').waitFor()
  await rule('What must hold').fill('IT.2 >= basel')
  await editor.getByRole('option', { name: /IT\.1/ }).waitFor()
  await rule('What must hold').press('Enter') // the name is found by its question
  await rule('What must hold').press('End')
  await rule('What must hold').pressSequentially(' * 0.8')
  assert.equal(await rule('What must hold').inputValue(), 'IT.2 >= IT.1 * 0.8')
  await both('Message', '体重下降超过两成，请核对', 'The weight fell by more than a fifth: please check')
  await item(3, '您吸烟吗？', 'Do you smoke?', 'boolean')
  await item(4, '每天几支？', 'How many a day?', 'integer')
  await editor.getByLabel('Skip logic').selectOption('+')
  await rule('Hidden while this is true').fill('!IT.3')
  await editor.getByLabel('Mandatory on a condition').selectOption('+')
  await rule('Mandatory while this is true').fill('IT.3')
  const asked = Array.from({ length: 16 }, (_, i) => i + 5)
  await outline.getByRole('button', { name: 'IG.2' }).click()
  await editor.getByText('Add several questions at once').click()
  await editor.getByLabel(/A question on each line/).fill(asked.map(n => `过去一周，症状 ${n - 4} / In the past week, symptom ${n - 4}`).join('\n'))
  await editor.getByLabel('Code list of all').selectOption('CL.1')
  await editor.getByRole('button', { name: 'Add 16 questions' }).click()
  await item(21, '总分', 'Total score', 'integer')
  await editor.getByLabel('Computed by').selectOption('+')
  await rule('What is computed').fill(`sum(${asked.map(n => `IT.${n}`).join(', ')})`)
  await grow('Visits')
  await oid('E.1')
  await both('Title', '第一次访视', 'Visit 1')
  await editor.getByLabel('Baseline').check()
  await editor.getByLabel('Follow-up').check()
  await editor.getByLabel('Target').fill('7')
  await editor.getByLabel('At most later').fill('3')
  await editor.getByLabel('At most later').press('Tab')
  await picture(page, 'designer-visit')

  // The preview beside runs the rules, and the bench says why.
  await outline.getByRole('button', { name: 'Follow-up' }).click()
  const preview = page.locator('.preview'), shown = (n: number) => preview.locator(`[data-field="IG.2/1/IT.${n}"]`)
  assert.equal(await shown(4).count(), 0, 'what a condition hides is shown')
  for (let n = 0; n < 12; n++) { // a click counts also while the preview is drawn anew under it, a fifth of a second after somebody has written
    await editor.getByLabel('Title, English').fill(n % 2 ? 'Follow-up' : 'Follow up')
    await page.waitForTimeout(120 + n * 8)
    const answer = n % 2 ? 'Yes' : 'No'
    await shown(3).getByText(answer).click()
    await shown(3).locator('.opt.on', { hasText: answer }).waitFor()
  }
  await shown(4).locator('.req').waitFor()
  await shown(5).getByText('Sometimes').click()
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.preview [data-field="IG.2/1/IT.21"] input')?.value === '1')
  await picture(page, 'designer-form')
  await preview.getByRole('button', { name: 'Empty the preview' }).click()
  await shown(3).getByText('Yes').click()
  await shown(4).locator('.req').waitFor()
  assert.equal(await shown(5).locator('.opt.on').count(), 0, 'what was emptied comes back')
  const weight = async () => { for (const name of ['Follow-up', 'IG.2', 'Weight']) await outline.getByRole('button', { name, exact: true }).click() }
  await weight()
  await editor.getByRole('button', { name: 'Test IT.2 1' }).click()
  const bench = page.locator('.bench')
  await bench.getByLabel('Weight IT.2').fill('70')
  await bench.getByLabel('Weight at baseline IT.1').fill('100')
  await bench.locator('output[data-value=false]').waitFor()
  assert.deepEqual(await bench.locator('.why-table tbody tr').allInnerTexts().then(rows => rows.map(r => r.replace(/\s*\n\s*|\t/g, ' → '))), ['IT.2 >= IT.1 * 0.8 → false', 'IT.2 → 70', 'IT.1 * 0.8 → 80', 'IT.1 → 100'])
  assert.deepEqual(await serious(page), [])
  await picture(page, 'designer-bench')

  // A change is undone; a problem is shown at its place.
  await editor.getByRole('button', { name: 'Remove', exact: true }).click()
  await editor.waitFor({ state: 'detached' })
  await page.keyboard.press('Control+z')
  await weight()
  await rule('What must hold').waitFor()
  await editor.getByLabel('Message, English').fill('')
  await page.getByRole('button', { name: /^Save/ }).click()
  await page.getByRole('button', { name: 'Validate' }).waitFor()

  // Somebody else saves meanwhile: nothing is overwritten, and both are taken.
  const kept = await casebook.get<{ hash: string; definition: { forms: { oid: string; description: Record<string, string> }[] } }>(page, `/studies/${study}/drafts/${study}.1`)
  kept.definition.forms[0]!.description['en'] = 'At baseline'
  const theirs = await page.request.put(`/api/v1/studies/${study}/drafts/${study}.1`, { data: kept.definition, headers: { 'X-Casebook': '1', 'If-Match': `"${kept.hash}"`, Origin: casebook.url } })
  assert.equal(theirs.status(), 200, await theirs.text())
  await editor.getByLabel('Message, English').fill('The weight fell by more than a fifth: please check')
  await page.keyboard.press('Control+s')
  await page.locator('.conflict').waitFor()
  await picture(page, 'designer-conflict')
  await page.getByRole('button', { name: 'Take both' }).click()
  await outline.getByRole('button', { name: 'At baseline' }).waitFor()
  await page.keyboard.press('Control+s')
  await page.getByRole('button', { name: 'Validate' }).click()
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByText('Published as version 1').waitFor()

  // What was tested in this copy is promoted: its cases run on the server, and the same content is published.
  await page.goto(`/s/${study}-P/versions`)
  const promotion = page.locator('section.card', { has: page.getByRole('heading', { name: 'Take over a tested version' }) })
  await promotion.getByLabel('Copy').selectOption(study)
  await promotion.getByLabel('Files of acceptance tests').setInputFiles({ name: 'sleep.cases', mimeType: 'text/plain', buffer: Buffer.from(cases) })
  await picture(page, 'promotion')
  await promotion.getByRole('button', { name: 'Run them and take over' }).click()
  await promotion.getByText('1 of 1 cases pass').waitFor()
  await page.getByText(new RegExp(`tested in ${study}`)).waitFor()
  await picture(page, 'promoted')

  // The next version has a check that does not run. Somebody answered for it in the copy; whoever promotes it is asked again.
  const rest = kept.definition as unknown as { items: { oid: string; checks?: unknown[] }[] }
  rest.items.find(i => i.oid === 'IT.3')!.checks = [{ expressions: [{ context: 'Statistics', code: 'sleep within 2 sd' }], message: { en: 'Unusual' } }]
  const at = `/api/v1/studies/${study}/drafts/${study}.2`, headers = { 'X-Casebook': '1', 'If-None-Match': '*', Origin: casebook.url }
  const drafted = await page.request.put(at, { data: { ...rest, oid: `${study}.2` }, headers })
  assert.equal(drafted.status(), 200, await drafted.text())
  const { hash } = await drafted.json() as { hash: string }, waivers = [{ name: 'ItemDef[IT.3]/RangeCheck[1]', reason: 'looked at by hand' }]
  for (const [step, data] of [['validate', { hash, waivers }], ['publish', { hash }]] as const) {
    const answer = await page.request.post(`${at}/${step}`, { data, headers: { 'X-Casebook': '1', Origin: casebook.url } })
    assert.ok(answer.ok(), await answer.text())
  }
  await page.reload()
  await promotion.getByLabel('Copy').selectOption(study)
  await promotion.getByLabel('Files of acceptance tests').setInputFiles({ name: 'sleep.cases', mimeType: 'text/plain', buffer: Buffer.from(cases) })
  const take = promotion.getByRole('button', { name: 'Run them and take over' })
  await take.click()
  const why = promotion.getByLabel('ItemDef[IT.3]/RangeCheck[1]')
  await why.waitFor()
  assert.ok(await take.isDisabled(), 'it is promoted without a reason')
  await why.fill('the statistician looks at it')
  await picture(page, 'promotion-waiver')
  await take.click()
  await promotion.getByText('1 of 1 cases pass').waitFor()
  const { versions } = await casebook.get<{ versions: { number: number; origin?: { study: string; version: number } }[] }>(page, `/studies/${study}-P/versions`)
  assert.deepEqual(versions.map(v => v.origin?.version).sort(), [1, 2])
  await page.context().close()

  const ward = await casebook.page()
  await casebook.as(ward, 'coordinator')
  await ward.goto(`/s/${study}/enrol`)
  await ward.getByRole('button', { name: 'Enrol', exact: true }).click()
  await ward.locator('.tl').waitFor()
  const subject = decodeURIComponent(new URL(ward.url()).pathname.split('/').at(-1)!)
  const field = (group: string, n: number) => ward.locator(`[data-field="${group}/1/IT.${n}"]`)
  const form = (oid: string) => ward.goto(`/s/${study}/subjects/${subject}/f/E.1/1/${oid}/1`)
  const put = async (group: string, n: number, value: string) => { const f = field(group, n); await f.locator('input').fill(value); await f.locator('input').blur(); await f.locator('.mark.ok, .bub').waitFor() }
  await form('F.1')
  await put('IG.1', 1, '100')
  await form('F.2')
  await put('IG.2', 2, '70')
  await ward.locator('.bub').waitFor()
  for (const n of asked) { await field('IG.2', n).getByText('Sometimes').click(); await field('IG.2', n).locator('.mark.ok').waitFor() }
  const read = async () => await casebook.get<FormData>(ward, `/studies/${study}/subjects/${encodeURIComponent(subject)}/forms/E.1/1/F.2/1`)
  const now = await read()
  assert.equal(now.items.find(v => v.item === 'IT.21')?.value, '16')
  assert.deepEqual(now.queries.map(q => [q.item, q.state, q.text['en']]), [['IT.2', 'Open', 'The weight fell by more than a fifth: please check']])
  assert.ok(now.hidden.includes('IG.2/1/IT.4'), now.hidden.join())
  const { events } = await casebook.get<Subject>(ward, `/studies/${study}/subjects/${encodeURIComponent(subject)}`)
  assert.deepEqual(events.map(e => e.plan?.target && e.forms.length), [2])
  await picture(ward, 'designed-form')
  await ward.context().close()
})
