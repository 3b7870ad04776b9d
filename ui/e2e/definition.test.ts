// A definition on its way: a file is looked at, taken in with a waiver, published, read in the browser and printed.
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { launch } from './chromium.ts'
import { Casebook } from './browser.ts'

const binary = process.env['CASEBOOK_BIN'], shots = process.env['CASEBOOK_SHOTS']
const skip = binary ? false : 'CASEBOOK_BIN names no program'
const who = { role: 'datamanager', user: 'gaoyan', password: 'a long enough password' }
let dir: string, server: ChildProcess, casebook: Casebook, page: Page

const run = (args: string[], input = '') => {
  const done = spawnSync(binary!, [...args, '--db', join(dir, 'data')], { input, encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
}

before(async () => {
  if (skip) return
  dir = mkdtempSync(join(tmpdir(), 'casebook-definition-'))
  run(['study', 'import', '../demo/study.xml'])
  run(['person', 'add', who.user, 'Gao Yan', '--locale', 'en'], who.password + '\n')
  run(['person', 'grant', who.user, who.role, 'HTN-24'])
  server = spawn(binary!, ['serve', '--second-factor', 'none', '--addr', '127.0.0.1:0', '--db', join(dir, 'data')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  await new Promise<void>(ready => server.stderr!.on('data', part => { said += part; if (/serving address=\S+/.test(said)) ready() })) // read on: a log that nobody reads ends the server
  const browser = await launch()
  casebook = new Casebook(/serving address=(\S+)/.exec(said)![1]!, { logins: [who], trialId: 'HTN-24' }, browser, async () => {})
  page = await casebook.page()
  await casebook.as(page, who.role)
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
  for (const lang of ['zh-CN', 'en']) for (const theme of ['dark', 'light']) {
    await page.getByRole('button', { name: lang === 'en' ? 'EN' : '中文', exact: true }).click()
    await page.evaluate(t => { document.documentElement.dataset['theme'] = t }, theme)
    await page.waitForTimeout(200)
    await page.screenshot({ animations: 'disabled', path: join(shots, `${name}-${lang.slice(0, 2)}-${theme}.png`), fullPage: true })
  }
}

/** The demo's definition of the next version, with a colour that ODM does not know and a check in a language that nobody reads here. */
function changed(): string {
  const is = readFileSync('../demo/study.xml', 'utf8').replace('OID="HTN-24.1"', 'OID="HTN-24.2"')
    .replace('<ItemDef OID="IT.PULSE"', '<ItemDef Colour="red" OID="IT.PULSE"')
    .replace(/(<ItemDef OID="IT\.SYS"[\s\S]*?)<RangeCheck /, '$1<RangeCheck Comparator="LT" SoftHard="Soft"><FormalExpression Context="Basic">10 GOTO 10</FormalExpression></RangeCheck>\n<RangeCheck ')
  assert.match(is, /GOTO[\s\S]*Colour|Colour[\s\S]*GOTO/)
  return is
}

const choose = (name: string, text: string) => page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/xml', buffer: Buffer.from(text) })

test('a file that cannot be read is refused with its element and line, and nothing is kept', { skip }, async () => {
  await page.goto('/s/HTN-24/import')
  await choose('wrong.xml', changed().replace('<StudyName>', '<studyName>').replace('</StudyName>', '</studyName>'))
  const note = page.locator('.note.bad')
  await note.waitFor()
  assert.match(await note.innerText(), /wrong\.xml is refused[\s\S]*line \d+, element studyName/)
})

test('a file is taken in: its losses are shown, its problem is waived by name, and it is published', { skip }, async () => {
  await choose('study-2.xml', changed())
  const losses = page.locator('.losses tbody tr')
  await losses.first().waitFor()
  await page.locator('.losses').getByRole('searchbox').fill('Colour')
  assert.match(await losses.first().innerText(), /Colour/)
  const saving = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download the report' }).click()
  const csv = readFileSync((await (await saving).path())!, 'utf8')
  assert.match(csv, /^\uFEFF?line,fate,element,code,what\r\n\d+,(kept|dropped),.*,loss\.attribute_unknown,.*Colour/)
  await page.locator('.losses').getByRole('searchbox').fill('')
  await page.getByRole('button', { name: '中文' }).click()
  await page.getByText('标准中没有的属性 Colour 原样保留').waitFor() // told in the reader's language
  await page.getByRole('button', { name: 'EN', exact: true }).click()
  await picture('import-losses')
  await page.getByRole('button', { name: /Import as a draft|作为草稿导入/ }).click()
  await page.getByRole('button', { name: 'Validate without waivers' }).click()
  const trouble = page.locator('[role=alert]')
  await trouble.waitFor() // without a waiver it is refused
  assert.match(await trouble.innerText(), /trial\.version_kept/)
  await page.getByLabel('Reason to waive ItemDef[IT.SYS]').first().fill('checked by hand at the visit')
  await picture('import-waive')
  await page.getByRole('button', { name: 'Validate, waiving 1' }).click()
  await page.getByRole('button', { name: 'Publish the version' }).click()
  await page.locator('.note.ok').waitFor()
  await page.getByRole('link', { name: 'Look at the definition' }).click()
})

test('the published version is read: found by a word, rules both ways, the form as it is asked', { skip }, async () => {
  await page.locator('.defmx tbody tr').first().waitFor()
  assert.match(await page.locator('.head').innerText(), /Version 2 · HTN-24\.2/)
  await page.getByRole('searchbox').fill('收缩压 it.sys')
  await page.locator('.list li', { has: page.locator('.mono', { hasText: /^IT\.SYS$/ }) }).getByRole('link').click()
  const flow = page.locator('.flow')
  await flow.waitFor()
  await flow.getByRole('link', { name: 'IT.DIA#5' }).click() // a rule of another item reads this one
  await flow.getByRole('link', { name: 'IT.DIA', exact: true }).first().waitFor()
  await picture('definition-rule')
  await page.goto('/s/HTN-24/definition/rules')
  await page.getByLabel('runs').selectOption('idle')
  assert.match(await page.locator('.tbl tbody tr').first().innerText(), /IT\.SYS#1[\s\S]*does not run[\s\S]*10 GOTO 10/)
  await page.goto('/s/HTN-24/definition/forms/F.VS')
  const field = page.locator('[data-field="IG.VS/1/IT.SYS"] input')
  await field.waitFor()
  assert.ok(await field.isDisabled(), 'a preview takes a value')
})

test('its forms are on paper, and its checks in a document', { skip }, async () => {
  await page.goto('/s/HTN-24/definition/documents')
  const links = page.locator('.defdocs a')
  await links.first().waitFor()
  const sizes: number[] = []
  for (const href of await links.evaluateAll(all => all.map(a => (a as HTMLAnchorElement).href))) {
    const file = await page.request.get(href), body = await file.body()
    assert.equal(file.status(), 200, href)
    if (href.includes('/crf')) { assert.equal(body.subarray(0, 5).toString(), '%PDF-'); sizes.push(body.length) }
    if (href.includes('/specification')) assert.ok(body.toString().includes('10 GOTO 10'), href)
  }
  assert.equal(sizes.length, 4)
  assert.ok(sizes[0]! > sizes[1]! && sizes[2]! > sizes[3]!, 'the Chinese forms hold no Chinese') // the characters are in the file
})
