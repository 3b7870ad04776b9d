// Double entry by keyboard: the coordinator hands in, the investigator enters the form again without seeing it, the data manager
// settles what differs, and the form has its values.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { FormData, Subject } from '../wire/types.ts'
import { everyLook } from './axe.ts'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server keeps no drafts'
const study = `DBL-${process.pid}`
const definition = {
  oid: 'D.1', name: '1', eventRefs: [{ oid: 'E.1', order: 1, mandatory: true }],
  events: [{ oid: 'E.1', name: 'Visit', description: { en: 'Visit', 'zh-CN': '访视' }, type: 'Scheduled', forms: [{ oid: 'F.1', order: 1, mandatory: true }] }],
  forms: [{ oid: 'F.1', name: 'Vital signs', description: { en: 'Vital signs', 'zh-CN': '生命体征' }, doubleEntry: true, groups: [{ oid: 'G.1', order: 1, mandatory: true }] }],
  groups: [{ oid: 'G.1', name: 'Vital signs', description: { en: 'Vital signs', 'zh-CN': '生命体征' }, items: [{ oid: 'SYS', order: 1, mandatory: true }, { oid: 'DIA', order: 2 }, { oid: 'ARM', order: 3 }] }],
  items: [
    { oid: 'SYS', name: 'Systolic', dataType: 'integer', question: { en: 'Systolic pressure', 'zh-CN': '收缩压' }, checks: [{ comparator: 'LE', values: ['200'], message: { en: 'Over 200?', 'zh-CN': '超过 200？' } }] },
    { oid: 'DIA', name: 'Diastolic', dataType: 'integer', question: { en: 'Diastolic pressure', 'zh-CN': '舒张压' } },
    { oid: 'ARM', name: 'Arm', dataType: 'text', codeList: 'CL', question: { en: 'Arm', 'zh-CN': '手臂' } },
  ],
  codeLists: [{ oid: 'CL', name: 'Arm', dataType: 'text', items: [{ code: 'L', decode: { en: 'Left', 'zh-CN': '左' } }, { code: 'R', decode: { en: 'Right', 'zh-CN': '右' } }] }],
}
let casebook: Casebook
before(async () => { if (!skip) casebook = await open() })
after(async () => { await casebook?.close() })

async function send(page: Page, method: 'post' | 'put', path: string, data: unknown, headers: Record<string, string> = {}) {
  const answer = await page.request[method]('/api/v1' + path, { data, headers: { 'X-Casebook': '1', Origin: casebook.url, ...headers } })
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
  return answer.json().catch(() => ({})) as Promise<{ hash: string; subject: string }>
}

async function as(role: string, path: string): Promise<Page> {
  const page = await casebook.page()
  await casebook.as(page, role)
  await page.goto(path)
  return page
}

const input = (page: Page, item: string) => page.locator(`[data-field="G.1/1/${item}"] input`).first()

/** Types the form by keyboard and hands it in. */
async function enter(page: Page, sys: string, arm: string) {
  await input(page, 'SYS').focus()
  await page.keyboard.type(sys)
  await input(page, 'DIA').focus()
  await page.keyboard.type('84')
  await page.locator('[data-field="G.1/1/ARM"]').getByText(arm, { exact: true }).click()
  await page.getByRole('button', { name: 'Hand in the entry' }).press('Enter')
}

test('two people enter a form, neither sees the other\'s, and a third settles what differs', { skip }, async () => {
  const admin = await casebook.page()
  await casebook.as(admin, 'admin')
  await send(admin, 'post', '/studies', { id: study, name: 'Doubly', environment: 'TRAINING', manager: casebook.login('datamanager')!.user })
  for (const role of ['coordinator', 'investigator']) await send(admin, 'post', `/people/${casebook.login(role)!.user}/roles`, { study, role, site: '' })
  await admin.context().close()
  const manager = await casebook.page()
  await casebook.as(manager, 'datamanager')
  await send(manager, 'post', `/studies/${study}/sites`, { id: '01', name: { en: 'First Hospital', 'zh-CN': '第一医院' }, zone: 'Asia/Shanghai' })
  let { hash } = await send(manager, 'put', `/studies/${study}/drafts/D.1`, definition, { 'If-None-Match': '*' });
  ({ hash } = await send(manager, 'post', `/studies/${study}/drafts/D.1/validate`, { hash, waivers: [] }))
  await send(manager, 'post', `/studies/${study}/drafts/D.1/publish`, { hash })

  let first = await as('coordinator', '/')
  const { subject } = await send(first, 'post', `/studies/${study}/subjects`, { site: '01' })
  const path = `/s/${study}/subjects/${encodeURIComponent(subject)}/f/E.1/1/F.1/1`, api = `/studies/${study}/subjects/${encodeURIComponent(subject)}/forms/E.1/1/F.1/1`
  await first.goto(path)
  await first.getByText('Two people enter this form').waitFor()
  await input(first, 'SYS').fill('31')
  await input(first, 'SYS').press('Tab')
  await first.getByText('What you typed is kept').waitFor()
  await everyLook(first, 'double-enter')
  await first.context().close() // and opens another browser
  first = await as('coordinator', path)
  await input(first, 'SYS').waitFor()
  assert.equal(await input(first, 'SYS').inputValue(), '31', 'what was typed is there again')
  await input(first, 'SYS').fill('')
  await enter(first, '310', 'Left')
  await first.getByText('The first entry is in.').waitFor()
  assert.equal(await first.locator('.fields').count(), 0, 'what was handed in is not shown')

  const second = await as('investigator', `/s/${study}/entries`)
  await second.getByRole('link', { name: 'Enter again' }).press('Enter')
  await second.getByText('Somebody has entered this form once.').waitFor()
  assert.equal(await input(second, 'SYS').inputValue(), '')
  await enter(second, '130', 'Left')
  await second.getByText('Somebody who entered neither settles them.').waitFor()
  await second.context().close()

  await manager.goto(`/s/${study}/entries`)
  await manager.getByRole('link', { name: 'Settle' }).waitFor()
  await everyLook(manager, 'double-list')
  await manager.getByRole('link', { name: 'Settle' }).press('Enter')
  await manager.getByText('differ in 1 item').waitFor()
  const other = manager.getByRole('radio', { name: 'Another value' })
  await other.press('Space')
  await input(manager, 'SYS').fill('131')
  await everyLook(manager, 'double-settle')
  await manager.getByLabel('Reason').last().fill('the source says 131')
  await manager.getByRole('button', { name: 'Settle' }).press('Enter')
  await manager.getByRole('heading', { name: 'Double entry' }).waitFor({ state: 'detached' })
  const form = await casebook.get<FormData>(manager, api)
  assert.deepEqual(form.items.map(v => `${v.item} ${v.value}`).sort(), ['ARM L', 'DIA 84', 'SYS 131'])
  const book = await casebook.get<Subject>(manager, `/studies/${study}/subjects/${encodeURIComponent(subject)}`)
  assert.equal(book.events[0]!.forms[0]!.state, 'complete')
  await manager.goto(`/s/${study}/entries`)
  await manager.locator('.empty').waitFor()
  await manager.context().close()

  // From now on it is a form like any other.
  await first.reload()
  await input(first, 'SYS').waitFor()
  assert.equal(await input(first, 'SYS').inputValue(), '131')
  await first.context().close()
})
