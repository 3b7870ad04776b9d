// The open side in a browser: a program gets a key that is shown once, its requests are seen covered, a webhook is told and sent again,
// and a setting holds only after a second person has approved it, may be tried at a named site and taken back, and travels signed.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { launch } from './chromium.ts'
import { Refusal, withKey } from '../../openapi/client/casebook.ts'
import { Casebook } from './browser.ts'

const binary = process.env['CASEBOOK_BIN'], shots = process.env['CASEBOOK_SHOTS']
const skip = binary ? false : 'CASEBOOK_BIN names no program'
let dir: string, server: ChildProcess, casebook: Casebook, page: Page, id: string

before(async () => {
  if (skip) return
  dir = mkdtempSync(join(tmpdir(), 'casebook-open-'))
  writeFileSync(join(dir, 'channels.json'), '{"allow":["127.0.0.0/8"]}') // or a webhook to this machine is refused
  server = spawn(binary!, ['demo', '--json', '--data', join(dir, 'demo'), '--channels', join(dir, 'channels.json')], { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  for await (const part of server.stdout!) { said += part; if (said.includes('\n')) break }
  const demo = JSON.parse(said) as { address: string; trialId: string; logins: { role: string; user: string; password: string }[] }
  const browser = await launch()
  casebook = new Casebook(demo.address, demo, browser, async () => {})
  id = demo.trialId
  page = await casebook.page()
})
after(async () => {
  if (skip) return
  await casebook?.close()
  const gone = new Promise(end => server.once('exit', end))
  server.kill('SIGKILL')
  await gone
  rmSync(dir, { recursive: true, force: true })
})

async function picture(name: string) {
  if (!shots) return
  for (const lang of ['en', 'zh-CN']) for (const theme of ['light', 'dark']) {
    await page.evaluate(([l, th]) => { document.documentElement.dataset['theme'] = th!; if (document.documentElement.lang !== l) [...document.querySelectorAll<HTMLButtonElement>('button')].find(b => b.textContent === (l === 'en' ? 'EN' : '中文'))?.click() }, [lang, theme])
    await page.waitForTimeout(250)
    await page.screenshot({ animations: 'disabled', path: join(shots, `${name}-${lang.slice(0, 2)}-${theme}.png`), fullPage: true })
  }
  await page.evaluate(() => { document.documentElement.dataset['theme'] = 'light'; [...document.querySelectorAll<HTMLButtonElement>('button')].find(b => b.textContent === 'EN')?.click() })
}

const wearing = (key: string) => ({ Authorization: 'Bearer ' + key })

test('a program gets a key that is shown once, and what it asks is seen without a value', { skip }, async () => {
  await casebook.as(page, 'admin')
  await page.goto('/clients')
  await page.getByRole('button', { name: 'Register a program' }).press('Enter')
  const dialog = page.locator('dialog[open]')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Central laboratory')
  await dialog.getByRole('textbox', { name: 'Study', exact: true }).fill(id)
  await dialog.getByLabel('Read subjects').check()
  await dialog.getByLabel('Read forms').check()
  await dialog.getByLabel('Site (empty is all)').fill('03')
  await picture('client-new')
  await dialog.getByRole('button', { name: 'Make its key' }).press('Enter')
  const shown = page.locator('[data-key]')
  await shown.waitFor()
  const key = (await shown.innerText()).trim()
  assert.match(key, new RegExp(`^cb_${id}_[0-9a-f]{16}_[0-9a-f]{64}$`))
  await dialog.getByRole('button', { name: 'I have saved' }).or(dialog.locator('footer .primary')).first().press('Enter')
  await page.locator('.client', { hasText: 'Central laboratory' }).waitFor()
  assert.ok(!(await page.content()).includes(key), 'the key is still on the page')
  await picture('clients')
  const asked = await fetch(`${casebook.url}/trials/${id}/patients?limit=1`, { headers: wearing(key) })
  assert.ok(asked.status === 200 && asked.headers.get('RateLimit-Policy'), 'no rate is told')
  const clientId = await page.locator('.client', { hasText: 'Central laboratory' }).locator('h2 .mono').innerText()
  const api = await withKey(casebook.url, clientId, key) // the generated client: a key becomes an access token
  const seen = await api.gatewayPatients({ trialId: id, limit: '5' })
  assert.ok(seen.patients.length > 0 && seen.patients.every(p => p.siteId === '03'), JSON.stringify(seen))
  const baseline = await api.edcForm({ study: id, subject: seen.patients[0]!.patientId, event: 'E.BL', eventRepeat: '1', form: 'F.VS', formRepeat: '1' })
  assert.equal(baseline.site, '03')
  await assert.rejects(api.platformListWebhooks({ study: id }), (e: unknown) => e instanceof Refusal && e.status === 403 && e.code === 'auth.forbidden')
  assert.equal((await fetch(`${casebook.url}/api/v1/studies/${id}/webhooks`, { headers: wearing(key) })).status, 403)
  await page.goto('/requests')
  const row = page.locator('.tbl tbody tr', { hasText: '/patients' })
  while (!await row.count()) { await page.getByRole('button', { name: 'Refresh' }).click(); await page.waitForTimeout(100) }
  await row.getByRole('button').first().press('Enter') // the newest
  const body = page.locator('pre', { hasText: 'patientId' })
  await body.waitFor()
  assert.ok(!(await body.innerText()).includes(seen.patients[0]!.patientId), 'the log tells of a subject')
  await picture('requests')
  await page.goto('/clients')
  await page.getByRole('button', { name: 'End the program Central laboratory' }).press('Enter')
  await page.locator('dialog[open]').getByLabel('Reason').fill('the contract ended')
  await page.locator('dialog[open] footer .primary').press('Enter')
  await page.locator('.client .tag', { hasText: 'Ended' }).first().waitFor()
  assert.equal((await fetch(`${casebook.url}/trials/${id}/patients`, { headers: wearing(key) })).status, 401)
})

test('a webhook has its secret shown once, is told of what happens, and its deliveries can be sent again', { skip }, async () => {
  const told: { id: string; at: string; signature: string; body: string }[] = []
  const receiver = createServer((q, answer) => {
    let body = ''
    q.on('data', part => { body += part }).on('end', () => { told.push({ id: String(q.headers['webhook-id']), at: String(q.headers['webhook-timestamp']), signature: String(q.headers['webhook-signature']), body }); answer.writeHead(204).end() })
  })
  await new Promise<void>(ready => receiver.listen(0, '127.0.0.1', ready))
  after(() => { receiver.closeAllConnections(); receiver.close() })
  await casebook.as(page, 'datamanager')
  await page.goto(`/s/${id}/webhooks`)
  await page.getByRole('button', { name: 'Add a webhook' }).press('Enter')
  const dialog = page.locator('dialog[open]')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Warehouse')
  await dialog.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`)
  await dialog.getByLabel('Events').fill('settings.approved')
  await dialog.locator('footer .primary').press('Enter')
  const secret = await dialog.getByText(/^whsec_/).innerText()
  await dialog.locator('footer .primary').press('Enter')
  await page.locator('.tbl tbody tr', { hasText: 'Warehouse' }).waitFor()
  await page.goto(`/s/${id}/versions`) // an ethics committee approves, which the webhook is to be told of
  await page.getByRole('button', { name: 'Record an approval' }).press('Enter')
  await dialog.getByRole('combobox').selectOption('03')
  await dialog.getByLabel('Protocol amendment').fill('v2')
  await dialog.getByLabel('Approved from').fill('2026-01-15')
  await dialog.getByLabel('Evidence').fill('EC 2026-014')
  await picture('approval')
  await dialog.locator('footer .primary').press('Enter')
  await page.locator('tr', { hasText: 'v2' }).filter({ hasText: '15 Jan' }).waitFor()
  await page.goto(`/s/${id}/webhooks`)
  const delivery = page.locator('.tbl tbody tr', { hasText: 'settings.approved' }).filter({ hasText: 'Delivered' })
  while (!await delivery.count()) { await page.getByRole('button', { name: 'Refresh' }).click(); await page.waitForTimeout(100) }
  await delivery.getByRole('button', { name: '1 Attempts' }).press('Enter')
  await delivery.getByText(/ms · /).waitFor()
  await picture('webhooks')
  await delivery.getByRole('button', { name: 'Send again' }).press('Enter')
  while (told.length < 2) await page.waitForTimeout(50)
  assert.equal(told[0]!.id, told[1]!.id, 'what is sent again has another id')
  const { id: message, at, body, signature } = told[1]!
  assert.ok(signature.split(' ').includes('v1,' + createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${message}.${at}.${body}`).digest('base64')), 'the signature')
})

test('a setting holds only after a second person has approved it, and the page says why', { skip }, async () => {
  await casebook.as(page, 'admin')
  const head = { 'X-Casebook': '1', Origin: casebook.url }
  const invited = await page.request.post('/api/v1/people', { data: { user: 'second', name: 'Second Person', nameZh: '', locale: 'en', identified: 'document' }, headers: head })
  const token = ((await invited.json()) as { path: string }).path.split(/[#/=]/).at(-1)!
  assert.ok((await page.request.post('/api/v1/people/second/roles', { data: { study: 'platform', site: '', role: 'admin' }, headers: head })).ok())
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Draft a change' }).press('Enter')
  const dialog = page.locator('dialog[open]')
  await dialog.getByRole('combobox').selectOption('api.client_rate')
  await dialog.getByLabel('Value', { exact: true }).fill('75')
  await dialog.getByRole('textbox', { name: 'Study', exact: true }).fill(id)
  await dialog.getByLabel('Reason').fill('the laboratory sends at night')
  await picture('settings-draft')
  await dialog.locator('footer .primary').press('Enter')
  const look = page.getByRole('button', { name: 'Look at the difference the laboratory' })
  await look.press('Enter')
  await dialog.getByText('a second person approves it').waitFor()
  assert.equal(await dialog.locator('footer .primary').count(), 0, 'one can approve oneself')
  await page.keyboard.press('Escape')
  const chosen = await page.request.put('/api/v1/invitation', { data: { token, password: 'a long walk by the river' }, headers: head })
  assert.ok(chosen.ok(), await chosen.text())
  assert.ok((await page.request.post('/api/v1/session', { data: { user: 'second', password: 'a long walk by the river' }, headers: head })).ok())
  const { drafts } = await (await page.request.get('/api/v1/settings/drafts')).json() as { drafts: { id: string }[] }
  assert.equal((await page.request.post(`/api/v1/settings/drafts/${drafts[0]!.id}/approve`, { data: { trial: {} }, headers: head })).status(), 422, 'it is approved without a signature')
  await page.goto('/settings')
  await look.press('Enter')
  await dialog.locator('ins', { hasText: '75' }).waitFor()
  await dialog.getByLabel('User name').fill('second')
  await dialog.getByLabel('Password').fill('a long walk by the river')
  await picture('settings-diff')
  await dialog.locator('footer .primary').press('Enter')
  await page.locator('.tbl tbody tr', { hasText: 'in force' }).waitFor()
  await page.getByRole('textbox', { name: 'Study', exact: true }).fill(id)
  await page.getByRole('button', { name: 'Show' }).press('Enter')
  await page.locator('tr', { hasText: 'api.client_rate' }).filter({ hasText: '75' }).waitFor()
  await page.getByRole('button', { name: 'Why this value api.client_rate' }).press('Enter')
  assert.match(await page.locator('.reasons').innerText(), /In force\s*75[\s\S]*Overridden\s*50/)
  await picture('settings')
  await page.goto('/audit')
  for (const row of [/Settings released[\s\S]*approved by Second Person[\s\S]*api.client_rate = 75 @HTN-24/, /Amendment approved[\s\S]*v2/, /Webhook added[\s\S]*Warehouse/, /Token revoked[\s\S]*Central laboratory[\s\S]*the contract ended/])
    await page.locator('.tbl tbody tr').filter({ hasText: row }).first().waitFor()
  await picture('audit')
  if (shots) { await page.goto('/console'); await page.locator('.console .try').waitFor(); await picture('console') }
})

test('a release is tried at a named site and taken back, exported signed, and imported as a draft', { skip }, async () => {
  await casebook.as(page, 'admin')
  const head = { 'X-Casebook': '1', Origin: casebook.url }, dialog = page.locator('dialog[open]'), save = dialog.locator('footer .primary')
  const second = async () => assert.ok((await page.request.post('/api/v1/session', { data: { user: 'second', password: 'a long walk by the river' }, headers: head })).ok())
  const at = async (site: string) => (await casebook.get<{ settings: { key: string; value: string }[] }>(page, `/settings?study=${id}&site=${site}`)).settings.find(s => s.key === 'api.client_rate')!.value
  const draft = { changes: [{ key: 'api.client_rate', place: { study: id }, value: '80' }], reason: 'more at night' }
  assert.equal((await page.request.post('/api/v1/settings/drafts', { data: draft, headers: head })).status(), 201)
  await second()
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Look at the difference more at night' }).press('Enter')
  await dialog.locator('ins', { hasText: '80' }).waitFor()
  await dialog.getByLabel('These sites on trial').fill(`${id}/03`)
  await dialog.getByLabel('User name').fill('second')
  await dialog.getByLabel('Password').fill('a long walk by the river')
  await picture('settings-trial')
  await save.press('Enter')
  await page.getByText('Release 2 is on trial at some sites').waitFor()
  while (await at('03') !== '80') await page.waitForTimeout(50) // every process takes it over by itself
  assert.equal(await at('04'), '75', 'the trial reaches a site that was not named')
  await picture('settings-on-trial')
  await page.getByRole('button', { name: 'End the trial' }).press('Enter')
  await dialog.getByLabel('Reason').fill('the laboratory waits')
  await save.press('Enter')
  await page.getByText('Release 2 is on trial at some sites').waitFor({ state: 'detached' })
  while (await at('03') !== '75') await page.waitForTimeout(50)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Signed export 2' }).press('Enter')])
  assert.equal(file.suggestedFilename(), 'settings-2.txt')
  const bundle = readFileSync(await file.path(), 'utf8')
  await page.getByRole('button', { name: 'Import a signed release' }).press('Enter')
  await dialog.getByLabel('The signed text').fill(bundle.replace('"80"', '"8000"'))
  await dialog.getByLabel('Reason').fill('as the other hospital has it')
  await save.press('Enter')
  await dialog.getByRole('alert').getByText('it was altered').waitFor()
  await picture('settings-import')
  await dialog.getByLabel('The signed text').fill(bundle)
  await save.press('Enter')
  await page.getByText('second', { exact: true }).first().waitFor()
  await casebook.as(page, 'admin')
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Look at the difference as the other hospital has it' }).press('Enter')
  await dialog.locator('del', { hasText: '75' }).waitFor()
  await dialog.locator('ins', { hasText: '80' }).waitFor()
  await dialog.getByLabel('User name').fill(casebook.login('admin')!.user)
  await dialog.getByLabel('Password').fill(casebook.login('admin')!.password)
  await save.press('Enter')
  await page.locator('.tbl tbody tr', { hasText: 'in force' }).filter({ hasText: 'as the other hospital has it' }).waitFor()
  while (await at('04') !== '80') await page.waitForTimeout(50)
})
