// A patient's phone in a real Chromium on a real server: enrolment, offline, a killed tab, a killed server, access.
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { serious } from './axe.ts'
import { launch } from './chromium.ts'

const binary = process.env['CASEBOOK_BIN']
const shots = process.env['CASEBOOK_SHOTS']
const skip = binary ? false : 'CASEBOOK_BIN names no program'
const pin = '246810'

type Greeting = { address: string; trialId: string; logins: { role: string; user: string; password: string }[]; patient: { subject: string; link: string; pin: string } }
/** A pair made for these tests (RFC 8292). */
const vapid = { public: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM', private: 'tBHItJI5svbpez7KI4CCXg' }
let site: string, dir: string, port: number, server: ChildProcess, greeting: Greeting, browser: Browser

/** A questionnaire of ours: a licence, something to read, a question with several answers. */
const mouth = { resourceType: 'Questionnaire', url: 'https://example.org/Questionnaire/mouth', version: '1', name: 'MOUTH', title: 'Mouth and skin', language: 'en', status: 'active', copyright: '© the tests of casebook. Free to use.', item: [
  { linkId: 'READ', type: 'display', text: 'Think of the last seven days.' },
  { linkId: 'SIGNS', type: 'choice', repeats: true, text: 'Which of these did you notice?', answerOption: [['DRY', 'A dry mouth'], ['RASH', 'A rash'], ['ITCH', 'Itching']].map(([code, display]) => ({ valueCoding: { code, display } })) },
  { linkId: 'WORST', type: 'string', maxLength: 40, text: 'What was worst?' }] }
/** Adds it to the study, while no server runs, and has the site go over to that version. */
function amend() {
  const file = join(dir, 'mouth.json')
  writeFileSync(file, JSON.stringify(mouth))
  const db = ['--db', join(dir, 'demo')]
  for (const args of [['study', 'import', file, '--into', greeting.trialId, '--event', 'E.DIARY', ...db], ['study', 'apply', greeting.trialId, '--site', site, '--to', '2', '--reason', 'approved', ...db]]) {
    const { status, stderr } = spawnSync(binary!, args, { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  }
}

/** Starts the demo on its port, and again on the same data after it was killed. */
async function start() {
  server = spawn(binary!, ['demo', '--json', '--addr', `127.0.0.1:${port}`, '--data', join(dir, 'demo'), '--channels', join(dir, 'channels.json')], { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  for await (const part of server.stdout!) { said += part; if (said.includes('\n')) break }
  greeting = JSON.parse(said) as Greeting
}
async function kill() {
  const gone = new Promise(end => server.once('exit', end))
  server.kill('SIGKILL')
  await gone
}

before(async () => {
  if (skip) return
  dir = mkdtempSync(join(tmpdir(), 'casebook-patient-'))
  port = await new Promise<number>(got => { const s = createServer().listen(0, '127.0.0.1', () => { const at = (s.address() as { port: number }).port; s.close(() => got(at)) }) })
  // Two ways to be reminded; nothing answers there, and no test waits for a message.
  writeFileSync(join(dir, 'channels.json'), JSON.stringify({ sms: { url: 'http://127.0.0.1:9/' }, push: { contact: 'study@example.org', ...vapid }, wechat: { appid: 'wx1', url: 'http://127.0.0.1:9' } }))
  await start()
  browser = await launch()
})
after(async () => {
  if (skip) return
  await browser?.close()
  await kill()
  rmSync(dir, { recursive: true, force: true })
})

async function staff<T>(path: string, method = 'GET', data?: unknown, role = 'coordinator'): Promise<T> {
  const context = await browser.newContext({ baseURL: greeting.address })
  const login = greeting.logins.find(l => l.role === role)!
  await context.request.post('/api/v1/session', { data: { user: login.user, password: login.password }, headers: { 'X-Casebook': '1', Origin: greeting.address } })
  const answer = await context.request.fetch(`/api/v1/studies/${greeting.trialId}${path}`, { method, ...data ? { data } : {}, headers: { 'X-Casebook': '1', Origin: greeting.address } })
  assert.ok(answer.ok(), `${path}: ${answer.status()}`)
  const got = await answer.json() as T
  await context.close()
  return got
}

/** A new patient at the coordinator's site, with an invitation. */
async function invited() {
  site ??= (await staff<{ rows: { site: string }[] }>('/matrix?limit=1')).rows[0]!.site
  const { subject } = await staff<{ subject: string }>('/subjects', 'POST', { site })
  const { path, pin } = await staff<{ path: string; pin: string }>(`/subjects/${subject}/epro/phones`, 'POST', {})
  return { subject, path, code: pin }
}

async function phone(lang = 'zh-CN', width = 390): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width, height: 844 }, locale: lang, baseURL: greeting.address, timezoneId: 'Asia/Shanghai', hasTouch: true, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  return { context, page }
}

async function enrol(page: Page, path: string, code: string) {
  await page.goto(path)
  await page.fill('input[name=code]', code)
  await page.keyboard.press('Enter')
  await page.fill('input[name=pin]', pin)
  await page.fill('input[name=again]', pin)
  await page.keyboard.press('Enter')
  await page.locator('.badge').waitFor()
  await page.locator('[data-form="F.SYM"]').first().waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready)
}

async function unlock(page: Page) {
  await page.fill('input[name=pin]', pin)
  await page.keyboard.press('Enter')
  await page.locator('.badge').waitFor()
}

type Box = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer }
type Lock = { salt: Uint8Array<ArrayBuffer>; box: Box; rounds?: number; opens?: Box }
const lockOf = (page: Page) => page.evaluate(async () => {
  const db = await new Promise<IDBDatabase>(ok => { const r = indexedDB.open('casebook-patient'); r.onsuccess = () => ok(r.result) })
  const lock = await new Promise<Lock>(ok => { const r = db.transaction('meta').objectStore('meta').get('lock'); r.onsuccess = () => ok(r.result as Lock) })
  db.close()
  return lock.opens ? { rounds: lock.rounds, opens: true } : {}
})

/** Makes the phone one of before: everything that it keeps is sealed under the PIN itself, in 310,000 rounds. */
async function ofBefore(page: Page) {
  await page.evaluate(async pin => {
    const db = await new Promise<IDBDatabase>(ok => { const r = indexedDB.open('casebook-patient'); r.onsuccess = () => ok(r.result) })
    const all = <T>(r: IDBRequest<T>) => new Promise<T>(ok => { r.onsuccess = () => ok(r.result) })
    const derive = async (salt: Uint8Array<ArrayBuffer>, iterations: number) => {
      const raw = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits'])
      return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, raw, 256))
    }
    const keyOf = (raw: Uint8Array<ArrayBuffer>) => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
    const open = (b: Box, k: CryptoKey) => crypto.subtle.decrypt({ name: 'AES-GCM', iv: b.iv }, k, b.data)
    const close = async (data: ArrayBuffer, k: CryptoKey): Promise<Box> => { const iv = crypto.getRandomValues(new Uint8Array(12)); return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, k, data) } }
    const meta = () => db.transaction('meta').objectStore('meta')
    const names = await all(meta().getAllKeys()), kept = await all(meta().getAll()) as unknown[]
    const lock = kept[names.indexOf('lock')] as Lock
    const opened = await open(lock.opens!, await keyOf(await derive(lock.salt, lock.rounds!)))
    const now = await keyOf(new Uint8Array(JSON.parse(new TextDecoder().decode(opened)) as number[]))
    const salt = crypto.getRandomValues(new Uint8Array(16)), then = await keyOf(await derive(salt, 310_000))
    const anew = await Promise.all(kept.map(async (v, i) => names[i] === 'lock' ? { salt, box: await close(await open(lock.box, now), then) } : (v as Box).iv ? close(await open(v as Box, now), then) : v))
    const tx = db.transaction('meta', 'readwrite')
    anew.forEach((v, i) => tx.objectStore('meta').put(v, names[i]!))
    await new Promise<void>(ok => { tx.oncomplete = () => ok() })
    db.close()
  }, pin)
  return lockOf(page)
}

/** Answers the question on the screen with something that fits. */
async function reply(page: Page) {
  const text = page.locator('#field'), option = page.locator('.options label').first(), quick = page.locator('.quick button').first()
  if (await page.locator('.options').count()) await option.click()
  else if (await page.locator('.vas').count()) { await page.locator('.line').focus(); await page.keyboard.press('ArrowRight') }
  else if (await quick.count()) await quick.click()
  else await text.fill(await text.getAttribute('inputmode') === 'decimal' ? '7' : '07:30')
}
const next = (page: Page) => page.locator('footer .main')

/** Scrolls to where every option was on the screen. */
const seeAll = (page: Page) => page.evaluate(() => scrollTo(0, document.body.scrollHeight))

/** Answers until the confirmation, or only so many questions. */
async function answer(page: Page, most = 99) {
  for (let n = 0; n < most; n++) {
    const heading = await page.locator('h1').textContent()
    if (await page.locator('ul.answers').count()) return
    await reply(page)
    await seeAll(page)
    await next(page).click()
    await page.waitForFunction(before => document.querySelector('h1')?.textContent !== before || document.querySelector('ul.answers'), heading)
  }
}
async function complete(page: Page) {
  await answer(page)
  await next(page).click()
  await page.locator('.done').waitFor()
}
const badge = (page: Page) => page.locator('.badge').first().getAttribute('data-unsent')
const clear = (page: Page) => page.waitForFunction(() => document.querySelector('.badge')?.getAttribute('data-unsent') === '0')
async function startForm(page: Page, form = 'F.SYM') {
  await page.locator(`[data-form="${form}"]`).last().click()
  await page.locator('progress, .note.bad').waitFor() // its first question, or why not
}
async function picture(page: Page, name: string) { if (shots) await page.screenshot({ animations: 'disabled', path: join(shots, name + '.png') }) }

type Phones = { phones: { subject: string; received: number; highest: number; missing: number[] }[] }
const counted = async (subject: string) => (await staff<Phones>('/epro/phones')).phones.filter(p => p.subject === subject)

test('offline: three forms, a killed tab, and everything arrives exactly once', { skip }, async () => {
  const { subject, path, code } = await invited()
  const { context, page } = await phone()
  await enrol(page, path, code)
  await picture(page, 'today-zh')
  const before = await ofBefore(page)
  await page.reload() // from here on the pages come from the phone
  await unlock(page)
  const now = await lockOf(page)
  assert.deepEqual([before, now], [{}, { rounds: 600_000, opens: true }], 'the PIN is asked for as often as OWASP says, on a phone of before, too')
  await context.setOffline(true)
  for (let n = 1; n <= 2; n++) {
    await startForm(page)
    if (n === 1) await picture(page, 'question-zh')
    await complete(page)
    assert.equal(await badge(page), String(n))
    await page.locator('footer .main').click()
  }
  await startForm(page)
  await answer(page, 2)
  const heading = await page.locator('h1').textContent()
  await page.close({ runBeforeUnload: false })
  const again = await context.newPage()
  again.setDefaultTimeout(60_000)
  await again.goto('/p/')
  await unlock(again)
  assert.equal(await again.locator('h1').textContent(), heading, 'the open record stands where it was')
  await complete(again)
  assert.equal(await badge(again), '3')
  await picture(again, 'saved-zh')
  await context.setOffline(false)
  await clear(again)
  await again.locator('.receipt').waitFor()
  await picture(again, 'sent-zh')
  const [kept] = await counted(subject)
  assert.deepEqual([kept!.received, kept!.highest, kept!.missing], [3, 3, []])
  const { quarantined } = await staff<{ quarantined: number }>('/epro')
  assert.equal(quarantined, 0)
  await context.close()
})

test('the server is killed between the steps of the protocol, and the tab between its own', { skip }, async () => {
  const { subject, path, code } = await invited()
  const { context, page } = await phone('en')
  await enrol(page, path, code)
  // 1: killed before the request reaches it; 2: killed after it has committed and before its answer comes; 3: the tab
  // dies before the answer comes.
  let step = 0
  const closed = new Promise<void>(end => page.once('close', () => end()))
  await page.route('**/api/v1/epro/records', async route => {
    step++
    if (step === 1) { await kill(); amend(); await start(); await route.abort(); return } // a new version comes, too
    const answer = await route.fetch()
    assert.equal(answer.status(), 200)
    if (step === 2) { await kill(); await start(); await route.abort(); return }
    await page.close()
  })
  await startForm(page)
  await complete(page)
  const idle = () => page.waitForFunction(() => navigator.locks.query().then(l => !l.held?.some(x => x.name === 'casebook-flush')))
  const send = () => page.evaluate(() => { dispatchEvent(new Event('online')) }).catch(() => {})
  while (step < 2) { await idle(); assert.equal(await badge(page), '1', 'nothing is let go without a receipt'); if (step < 2) await send() }
  await idle()
  assert.equal(await badge(page), '1', 'nothing is let go without a receipt')
  await send()
  await closed
  const again = await context.newPage()
  again.setDefaultTimeout(60_000)
  await again.goto('/p/')
  await unlock(again)
  await clear(again)
  const [kept] = await counted(subject)
  assert.deepEqual([kept!.received, kept!.highest, kept!.missing], [1, 1, []])
  await context.close()
})

test('two tabs send once', { skip }, async () => {
  const { subject, path, code } = await invited()
  const { context, page } = await phone('en')
  await enrol(page, path, code)
  const other = await context.newPage()
  await other.goto('/p/')
  await unlock(other)
  await context.setOffline(true)
  await startForm(page)
  await complete(page)
  let posts = 0
  context.on('request', r => { if (r.url().endsWith('/epro/records')) posts++ })
  await context.setOffline(false)
  await Promise.all([page, other].map(p => p.evaluate(() => dispatchEvent(new Event('online')))))
  await clear(page)
  assert.equal((await counted(subject))[0]!.received, 1)
  assert.ok(posts <= 2, `${posts} requests`)
  await context.close()
})

/** Goes with the keyboard alone to what. */
async function walk(page: Page, what: string) {
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(w => document.activeElement?.matches(w), what)) return
  }
  assert.fail(`the keyboard does not reach ${what}`)
}

/** Nothing is cut off to the side. */
const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

for (const [lang, width, large] of [['zh-CN', 390, false], ['en', 320, true]] as const) {
  test(`access, ${lang}, ${width} px${large ? ', large text, 200 %' : ''}`, { skip }, async () => {
    const { path, code } = await invited()
    const { context, page } = await phone(lang, width)
    const look = async (name: string) => { await picture(page, `${name}-${lang}-${width}`); assert.deepEqual(await serious(page), [], name); assert.ok(await wide(page) <= 0, `${name} is too wide`) }
    if (large) await page.addInitScript(() => { localStorage.setItem('casebook.large', '1'); localStorage.setItem('casebook.theme', 'dark') })
    await page.goto(path)
    await page.locator('input[name=code]').waitFor()
    await look('enrol')
    await enrol(page, path, code)
    await look('today')
    // From here on with the keyboard alone.
    const tabTo = (what: string) => walk(page, what)
    await tabTo('[data-form="F.SYM"]')
    await page.keyboard.press('Enter')
    await page.locator('footer').waitFor()
    await look('question')
    for (let n = 0; n < 40 && !await page.locator('ul.answers').count(); n++) {
      const heading = await page.locator('h1').textContent()
      if (await page.locator('.options').count()) { await tabTo('.options input'); await page.keyboard.press('Space'); if (n < 3) await look('options') }
      else if (await page.locator('.quick').count()) { await tabTo('.quick button'); await page.keyboard.press('Enter') }
      else { await tabTo('#field'); await page.keyboard.type('7') }
      await seeAll(page)
      await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('footer .main')?.disabled)
      await tabTo('footer .main')
      await page.keyboard.press('Enter')
      await page.waitForFunction(before => document.querySelector('h1')?.textContent !== before || document.querySelector('ul.answers'), heading)
    }
    await look('confirm')
    await tabTo('footer .main')
    await page.keyboard.press('Enter')
    await page.locator('.done').waitFor()
    await look('sent')
    await page.locator('footer .main').click()
    await page.locator('header .quiet').first().click()
    await look('history')
    await page.locator('header .quiet').first().click()
    await page.locator('header .quiet').last().click()
    await look('settings')
    await context.close()
  })
}

/** A member of staff's own window, signed in. */
async function desk(role: string, lang = 'en', width = 1280): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale: lang, baseURL: greeting.address, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  await context.addInitScript(l => { localStorage.setItem('casebook.lang', l) }, lang) // else it is the person's own
  const { user, password } = greeting.logins.find(l => l.role === role)!
  await context.request.post('/api/v1/session', { data: { user, password }, headers: { 'X-Casebook': '1', Origin: greeting.address } })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  return page
}
/** Looks at a page of the staff as it is, and at 320 px. */
async function look(page: Page, name: string) {
  await picture(page, name)
  assert.deepEqual(await serious(page), [], name)
  await page.setViewportSize({ width: 320, height: 844 })
  await picture(page, name + '-320')
  assert.ok(await wide(page) <= 0, `${name} is too wide`)
  await page.setViewportSize({ width: 1280, height: 900 })
}

test('a licence, a note, several answers to one question; then the site asks for a correction, and the patient agrees', { skip }, async () => {
  const { subject, path, code } = await invited()
  const { schedule } = await staff<{ schedule: { forms: object[] } }>('/epro/schedule')
  await staff('/epro/schedule', 'PUT', { ...schedule, forms: [...schedule.forms, { form: 'MOUTH', anchor: { kind: 'event' }, window: 'P1D' }] }, 'datamanager')
  const { context, page } = await phone('en', 320)
  await enrol(page, path, code)
  const seen = async (name: string) => { await picture(page, name); assert.deepEqual(await serious(page), [], name); assert.ok(await wide(page) <= 0, `${name} is too wide`) }
  await page.locator('[data-form=MOUTH]').click()
  await page.getByText('Free to use').waitFor() // before the first question
  await seen('licence')
  await next(page).click()
  await page.getByRole('heading', { name: 'Think of the last seven days.' }).waitFor()
  assert.equal(await page.locator('main input').count(), 0, 'a note is read')
  await next(page).click()
  const boxes = page.locator('.options input[type=checkbox]')
  for (const n of [2, 0]) await boxes.nth(n).click()
  await seen('several')
  await next(page).click()
  await page.locator('#field').fill('The itching')
  await next(page).click()
  assert.match(await page.locator('ul.answers').textContent() ?? '', /A dry mouth, Itching/)
  await next(page).click()
  await page.locator('.done').waitFor()
  await clear(page)
  await page.locator('footer .main').click()
  const staffs = await desk('coordinator')
  await staffs.goto(`/s/${greeting.trialId}/epro?tab=answers`)
  await staffs.getByRole('row', { name: subject }).getByRole('button').click()
  const dialog = staffs.getByRole('dialog')
  await dialog.getByText('A dry mouth, Itching').first().waitFor()
  await look(staffs, 'answers')
  await dialog.getByRole('checkbox', { name: 'A dry mouth' }).uncheck()
  await dialog.locator('textarea').fill('Said so on the telephone')
  await dialog.locator('.btn.primary').click()
  await dialog.waitFor({ state: 'detached' })
  await page.evaluate(() => dispatchEvent(new Event('online')))
  await page.locator('[data-offer=correct] .main').click()
  await page.getByText('Said so on the telephone').waitFor()
  assert.match(await page.locator('ul.answers').textContent() ?? '', /Now: A dry mouth, Itching.*To become: Itching/)
  await seen('correction')
  await next(page).click()
  await page.locator('[data-form=MOUTH]').waitFor()
  assert.equal(await page.locator('[data-offer=correct]').count(), 0)
  await staffs.locator('[data-tab=changes]').click()
  await staffs.getByRole('row', { name: subject }).getByText('corrected').waitFor()
  await look(staffs, 'corrections')
  await staffs.context().close()
  await context.close()
})

test('reminders: by text message, by push that the phone shows, and inside a chat program', { skip }, async () => {
  const { subject, path, code } = await invited()
  const { context, page } = await phone('zh-CN', 320)
  await context.grantPermissions(['notifications'], { origin: greeting.address })
  // No push service is near: the browser's half of a subscription is put in its place. What comes after is real.
  await page.addInitScript(() => {
    let made: unknown = null
    PushManager.prototype.subscribe = async function (o) { made = { endpoint: 'https://push.example.org/1', keys: { p256dh: 'BP', auth: 'a' }, key: String(o?.applicationServerKey), unsubscribe: async () => { made = null; return true } }; return made as PushSubscription }
    PushManager.prototype.getSubscription = async () => made as PushSubscription
  })
  await enrol(page, path, code)
  await page.locator('header .quiet').last().click()
  await page.getByRole('button', { name: '提醒' }).click()
  const sms = page.locator('[data-way=sms]'), push = page.locator('[data-way=push]')
  await sms.locator('input').fill('13800000001')
  await sms.locator('.main').click()
  await page.locator('.note.bad').waitFor() // without the country it is no number
  await page.locator('input[type=time]').first().fill('21:30')
  await sms.locator('input').fill('')
  await page.locator('h1').focus() // from here with the keyboard alone
  await walk(page, '[data-way=sms] input')
  await page.keyboard.type('+8613800000001')
  await walk(page, '[data-way=sms] .main')
  await page.keyboard.press('Enter')
  await sms.locator('.ok').waitFor()
  await push.locator('.main').click()
  await push.locator('.ok').waitFor()
  await picture(page, 'reminders-zh-CN-320')
  assert.deepEqual(await serious(page), [], 'reminders')
  assert.ok(await wide(page) <= 0, 'too wide')
  type Reached = { reach: { channel: string; address?: string; language: string; quiet: { from: string } }[] }
  const { reach } = await staff<Reached>(`/subjects/${subject}/epro/reach`)
  assert.deepEqual(reach.map(r => [r.channel, r.address, r.language, r.quiet.from]), [['push', undefined, 'zh-CN', '21:30'], ['sms', undefined, 'zh-CN', '21:30']])
  const { reach: whole } = await staff<Reached>(`/subjects/${subject}/epro/identity`) // to be shown an address is an act of its own
  assert.equal(whole.find(r => r.channel === 'sms')?.address, '+8613800000001')
  await sms.getByRole('button').click()
  await sms.locator('input').waitFor()
  // A push arrives: the worker shows it, though no page asks.
  const cdp = await context.newCDPSession(page)
  const registration = new Promise<string>(found => cdp.on('ServiceWorker.workerRegistrationUpdated', e => { if (e.registrations[0]) found(e.registrations[0].registrationId) }))
  await cdp.send('ServiceWorker.enable')
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: greeting.address, registrationId: await registration, data: JSON.stringify({ id: '1', title: '有问卷待填写', body: '请打开' }) })
  await page.waitForFunction(async () => (await (await navigator.serviceWorker.ready).getNotifications()).some(n => n.title === '有问卷待填写'))
  await context.close()
  // Inside a chat program: no push, and the page says so.
  const chat = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en', baseURL: greeting.address, serviceWorkers: 'block', userAgent: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 MicroMessenger/8.0' })
  const inside = await chat.newPage()
  inside.setDefaultTimeout(60_000)
  const second = await invited()
  await inside.goto(second.path)
  await inside.fill('input[name=code]', second.code)
  await inside.keyboard.press('Enter')
  await inside.fill('input[name=pin]', pin)
  await inside.fill('input[name=again]', pin)
  await inside.keyboard.press('Enter')
  await inside.locator('[data-form="F.SYM"]').first().waitFor()
  assert.match(await inside.locator('.note.warn').first().textContent() ?? '', /chat program/)
  await inside.locator('header .quiet').last().click()
  await inside.getByRole('button', { name: 'Reminders' }).click()
  assert.match(await inside.locator('[data-way=push]').textContent() ?? '', /cannot receive/)
  await inside.locator('[data-way=wechat] .main').waitFor()
  await picture(inside, 'reminders-chat-en')
  await chat.close()
})

test('a crisis text is shown at once, without a network', { skip }, async () => {
  const { path, code } = await invited()
  const { context, page } = await phone('en')
  await enrol(page, path, code)
  await context.setOffline(true)
  await startForm(page, 'F.HBP')
  const alarm = page.locator('dialog[open]'), number = page.locator('#field[inputmode="decimal"]')
  while (!await number.count()) { // the first number that is asked for is a pressure
    const heading = await page.locator('h1').textContent()
    await reply(page)
    await seeAll(page)
    await next(page).click()
    await page.waitForFunction(before => document.querySelector('h1')?.textContent !== before, heading)
  }
  await number.fill('190')
  await alarm.waitFor()
  assert.match(await alarm.textContent() ?? '', /blood pressure/)
  assert.ok(await alarm.locator('a[href^="tel:"]').count())
  await picture(page, 'crisis-en')
  await context.close()
})

test('what cannot be sent is kept and said: a full phone, a record that is too large, a phone that has ended', { skip }, async () => {
  const { subject, path, code } = await invited()
  const { context, page } = await phone('en')
  await enrol(page, path, code)
  await page.evaluate(() => { const whole = navigator.storage.estimate.bind(navigator.storage); Object.assign(window, { whole }); navigator.storage.estimate = async () => ({ quota: 1 << 20, usage: 1 << 20 }) })
  await startForm(page)
  assert.match(await page.locator('.note.bad').textContent() ?? '', /storage is full.*\d/)
  await page.evaluate(() => { navigator.storage.estimate = (window as unknown as { whole: StorageManager['estimate'] }).whole })
  await page.route('**/api/v1/epro/records', async route => {
    const { records } = route.request().postDataJSON() as { records: { id: string }[] }
    await route.fulfill({ status: 413, json: { results: [{ id: records[0]!.id, status: 413, code: 'epro.too_large', limit: 65536 }], now: new Date().toISOString(), missing: [] } })
  })
  await startForm(page)
  await complete(page)
  await page.locator('footer .main').click()
  await page.locator('header .quiet').first().click()
  await page.getByText('Too long to be sent (limit 64 KB)').waitFor()
  assert.equal(await badge(page), '1', 'it stays on the phone, and is counted')
  await page.unroute('**/api/v1/epro/records')
  await page.locator('header .quiet').first().click()
  // Answered without a network, and then the site ends the phone: what was opened before still arrives, and a person decides.
  await context.setOffline(true)
  await startForm(page)
  await complete(page)
  const [{ device }] = (await counted(subject)) as unknown as [{ device: string }]
  await staff(`/epro/phones/${device}`, 'DELETE', { reason: 'replaced' })
  await context.setOffline(false)
  await page.evaluate(() => dispatchEvent(new Event('online')))
  await page.waitForFunction(() => document.querySelector('.badge')?.getAttribute('data-unsent') === '1')
  await page.locator('footer .main').click()
  await page.getByText('Your diary has ended').waitFor()
  await page.locator('header .quiet').first().click()
  await page.getByText('kept by your site').waitFor()
  await context.close()
})

test('consent: read to its end, understood, signed by hand; then the diaries open, until it is withdrawn', { skip }, async () => {
  const { subject, path, code } = await invited()
  const { context, page } = await phone('zh-CN', 320)
  await page.addInitScript(() => localStorage.setItem('casebook.theme', 'dark'))
  await enrol(page, path, code)
  // The office writes the next version: a draft first, in which a title is missing, then the whole.
  const office = await desk('datamanager')
  await office.goto(`/s/${greeting.trialId}/epro?tab=consent`)
  await office.locator('[data-do=edit]').click()
  const title = office.locator('[data-place="/sections/0/title"] input').first(), words = await title.inputValue()
  await office.locator('.opt input[type=checkbox]').first().check()
  await title.fill('')
  await office.locator('[data-do=publish]').click()
  await office.locator('[data-do=publish-now]').click()
  await office.waitForFunction(() => document.activeElement?.closest('[data-place="/sections/0/title"]')) // what is refused has its place
  await look(office, 'consent-draft')
  await title.fill(words)
  await office.locator('[data-do=publish]').click()
  await office.locator('[data-do=publish-now]').click()
  await office.locator('[data-do=edit]').waitFor()
  await office.context().close()
  await page.evaluate(() => dispatchEvent(new Event('online')))
  const seen = async (name: string) => { await picture(page, 'consent-' + name); assert.deepEqual(await serious(page), [], name); assert.ok(await wide(page) <= 0, `${name} is too wide`) }
  await page.waitForFunction(() => !document.querySelector('[data-form]')) // nothing is asked before
  await page.locator('[data-offer=consent]').waitFor()
  await seen('offer')
  await page.locator('[data-offer=consent] .main').click()
  await page.locator('section.read').first().waitFor()
  assert.ok(await next(page).isDisabled(), 'the end has not been seen')
  await seen('read')
  await seeAll(page)
  await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('footer .main')?.disabled)
  await next(page).click()
  await page.locator('.options input').first().waitFor()
  await page.locator('.options label').first().click() // the first answer is wrong
  await next(page).click()
  await page.locator('.note.warn').waitFor()
  await seen('asked')
  await page.locator('.options label').nth(1).click()
  const heading = await page.locator('h1').textContent()
  await next(page).click()
  await page.waitForFunction(before => document.querySelector('h1')?.textContent !== before, heading)
  await page.locator('.options label').first().click()
  await next(page).click()
  await page.fill('input[name=name]', 'Test Patient')
  assert.ok(await next(page).isDisabled(), 'nothing is drawn')
  const box = (await page.locator('svg.sign').boundingBox())!
  await page.mouse.move(box.x + 20, box.y + 60)
  await page.mouse.down()
  for (let n = 1; n <= 12; n++) await page.mouse.move(box.x + 20 + n * 15, box.y + 60 + (n % 2 ? -25 : 25))
  await page.mouse.up()
  await page.locator('svg.sign polyline').waitFor()
  await seen('signed')
  await next(page).click()
  await page.locator('[data-form="F.SYM"]').first().waitFor()
  type Row = { subject: string; state: string; number: number }
  const stands = async () => (await staff<{ subjects: Row[] }>('/epro/consent')).subjects.find(s => s.subject === subject)!
  assert.deepEqual([(await stands()).state, (await stands()).number], ['signed', 2])
  await page.locator('header .quiet').last().click()
  await page.getByRole('button', { name: '知情同意' }).click()
  await page.locator('footer .row').click()
  await next(page).click()
  await page.locator('footer .main', { hasText: '下一题' }).waitFor()
  assert.deepEqual([(await stands()).state, (await stands()).number], ['withdrawn', 0])
  await context.close()
  // Somebody else signs on paper, and their site records it.
  const other = await invited(), nurse = await desk('coordinator', 'zh-CN')
  await nurse.goto(`/s/${greeting.trialId}/epro?tab=consent`)
  await nurse.locator(`[data-paper="${other.subject}"]`).click()
  const ask = nurse.getByRole('dialog')
  await ask.locator('input[type=date]').fill('2026-01-05')
  for (const n of [0, 1]) await ask.locator('input[autocomplete=off]').nth(n).fill(['Test Patient', 'Zhou Ning'][n]!)
  await ask.locator('input[type=file]').setInputFiles({ name: 'consent.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 a page') })
  await look(nurse, 'paper')
  await ask.locator('.btn.primary').click()
  const row = nurse.getByRole('row', { name: other.subject })
  await row.getByText('纸质，2026-01-05').waitFor()
  await look(nurse, 'consents')
  await row.getByRole('button', { name: '签名' }).click()
  await nurse.getByRole('dialog').getByText('Zhou Ning').waitFor()
  assert.equal(await nurse.getByRole('link', { name: 'consent.pdf' }).count(), 1)
  await nurse.context().close()
})

test('the pages are as dark as the phone is set, until somebody chooses', { skip }, async t => {
  const context = await browser.newContext({ colorScheme: 'dark', viewport: { width: 390, height: 844 } })
  t.after(() => context.close())
  const page = await context.newPage()
  const turns = (theme: string) => page.waitForFunction(want => document.documentElement.dataset['theme'] === want, theme)
  await page.goto(`${greeting.address}/p/`)
  await turns('dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await turns('light')
  await page.evaluate(() => localStorage.setItem('casebook.theme', 'light'))
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.reload()
  await turns('light')
})
