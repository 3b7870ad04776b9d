// One day, from a server on which there is nothing to an archive: the first account, a study from a REDCap dictionary, two sites, a
// subject, entry by keyboard, a query and its answer, verification, a signature, a change that voids it, a new one, the lock, the file.
import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { FormData, Signature } from '../wire/types.ts'
import { open, type Casebook } from './browser.ts'

const binary = process.env['CASEBOOK_BIN'], shots = process.env['CASEBOOK_SHOTS']
const skip = binary ? false : 'CASEBOOK_BIN names no program'
const password = 'one day of a study'
const people = [['datamanager', 'He Qing', '何清', ''], ['monitor', 'Chen Rui', '陈锐', ''], ['coordinator', 'Lin Yue', '林月', '01'], ['investigator', 'Zhou Ning', '周宁', '01']] as const

const dictionary = `"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?","Field Annotation"
record_id,vitals,,text,"Record",,,,,,,,,,,,,
visit_date,vitals,,text,"Date of the visit",,,date_ymd,,,,,y,,,,,
smokes,vitals,,radio,"Does the patient smoke?","0, No | 1, Yes",,,,,,,y,,,,,
cigarettes,vitals,,text,"How many a day?",,,integer,1,80,,"[smokes] = '1'",,,,,,
systolic,vitals,"Blood pressure",text,"Systolic pressure, mmHg",,,integer,70,200,,,y,,,,,
diastolic,vitals,,text,"Diastolic pressure, mmHg",,,integer,40,120,,,y,,,,,
pulse_pressure,vitals,,calc,"Pulse pressure","[systolic] - [diastolic]",,,,,,,,,,,,
remark,vitals,,notes,"Remarks",,,,,,,,,,,,,
`

let dir: string, server: ChildProcess, casebook: Casebook, admin: Page

before(async () => {
  if (skip) return
  dir = mkdtempSync(join(tmpdir(), 'casebook-day-'))
  server = spawn(binary!, ['serve', '--second-factor', 'none', '--db', join(dir, 'data'), '--addr', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const address = await new Promise<string>((found, gone) => {
    server.once('exit', () => gone(new Error('the server ended')))
    createInterface(server.stderr!).on('line', line => { const at = /msg=serving address=(\S+)/.exec(line); if (at) found(at[1]!) })
  })
  casebook = await open({ url: address, demo: { trialId: 'DAY', logins: [...people.map(p => p[0]), 'admin'].map(role => ({ role, user: role, password })) } })
})
after(async () => {
  if (skip) return
  await casebook?.close()
  server?.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** A step's picture, in both languages, where pictures are wanted. */
let taken = 0
async function picture(page: Page, name: string) {
  if (!shots) return
  const n = String(++taken).padStart(2, '0')
  for (const lang of ['zh-CN', 'en']) {
    await page.getByRole('button', { name: lang === 'en' ? 'EN' : '中文', exact: true, includeHidden: true }).dispatchEvent('click') // behind a dialog, too
    await page.screenshot({ animations: 'disabled', path: join(shots, `day-${n}-${name}-${lang.slice(0, 2)}.png`) })
  }
}

const dialog = (page: Page) => page.getByRole('dialog')
async function submit(page: Page, button: string) {
  await dialog(page).getByRole('button', { name: button, exact: true }).click()
  await dialog(page).waitFor({ state: 'detached' })
}
async function choosePassword(page: Page, link: string) {
  await page.goto(link)
  await page.fill('#password', password)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign in' }).click()
}
/** A window in which somebody has signed in as people do. */
async function window(role: string) {
  const page = await casebook.page()
  await casebook.signIn(page, role)
  return page
}

test('one day', { skip }, async t => {
  const begun = performance.now()
  let broken = false
  const step = (name: string, work: () => Promise<void>) => t.test(name, { skip: broken && 'an earlier step failed' }, async () => { broken = true; await work(); broken = false })
  let subject = '', form = '', manager: Page, coordinator: Page, monitor: Page, investigator: Page
  const forms = () => casebook.get<FormData>(coordinator, `/studies/DAY/subjects/${subject}/forms/${form}`)
  const field = (page: Page, item: string) => page.locator(`[data-field$="/${item}"]`)
  const standings = () => casebook.get<{ signatures: Signature[] }>(monitor, `/studies/DAY/subjects/${subject}/standings`)

  await step('the first account is opened by the address in the file, and makes a study', async () => {
    admin = await casebook.page()
    await admin.goto(readFileSync(join(dir, 'data', 'first-administrator'), 'utf8').trim())
    await admin.fill('#user', 'admin')
    await admin.fill('#name', 'Wu Lan')
    await admin.fill('#name-zh', '吴岚')
    await picture(admin, 'welcome')
    await admin.fill('#password', password)
    await admin.keyboard.press('Enter')
    await admin.getByRole('button', { name: 'Sign in' }).click()
    await casebook.signIn(admin, 'admin')
    await picture(admin, 'nothing')
  })

  await step('people are invited, one by a link that they open, and given what they may do', async () => {
    await admin.goto('/people')
    const own = { headers: { 'X-Casebook': '1', Origin: casebook.url } }
    for (const [role, name, nameZh] of people.slice(1)) {
      const invited = await (await admin.request.post('/api/v1/people', { data: { user: role, name, nameZh, locale: 'en', identified: 'document' }, ...own })).json() as { path: string }
      await admin.request.put('/api/v1/invitation', { data: { token: invited.path.split('#')[1], password }, ...own })
    }
    await admin.getByRole('button', { name: 'Invite' }).click()
    for (const [id, value] of [['#p-user', 'datamanager'], ['#p-name', 'He Qing'], ['#p-nameZh', '何清']] as const) await admin.fill(id, value)
    await admin.selectOption('#p-locale', 'en')
    await admin.selectOption('#p-identified', 'document')
    await picture(admin, 'invite')
    await dialog(admin).getByRole('button', { name: 'Invite' }).click()
    const link = await dialog(admin).locator('.mono b').innerText()
    manager = await casebook.page()
    await choosePassword(manager, link)
    await casebook.signIn(manager, 'datamanager')
    await admin.goto('/')
    await admin.getByRole('button', { name: 'New study' }).click()
    for (const [name, value] of [['id', 'DAY'], ['name', 'DAY-1'], ['description', 'Blood pressure · 血压'], ['manager', 'datamanager']]) await admin.locator(`dialog input[name=${name}]`).fill(value!)
    await submit(admin, 'Create')
    await admin.goto('/people')
    for (const [role, , , site] of people.slice(1)) {
      await admin.getByRole('row', { name: new RegExp(`^${role} `) }).getByRole('button', { name: 'Give a role' }).click()
      await dialog(admin).getByLabel('Role').selectOption(role)
      await dialog(admin).getByLabel('Study').fill('DAY')
      await dialog(admin).getByLabel('Site').fill(site)
      await submit(admin, 'Give a role')
    }
    await picture(admin, 'people')
    await admin.context().close()
  })

  await step('the study is made of a REDCap dictionary, and gets two sites', async () => {
    await manager.goto('/s/DAY/import')
    await manager.locator('.drop input').setInputFiles({ name: 'day.csv', mimeType: 'text/csv', buffer: Buffer.from(dictionary) })
    await manager.locator('.counts').waitFor()
    await picture(manager, 'dictionary')
    await manager.getByRole('button', { name: 'Import as a draft' }).click()
    await manager.getByRole('button', { name: /^Validate/ }).click()
    await manager.getByRole('button', { name: 'Publish the version' }).click()
    await manager.locator('.note.ok').waitFor()
    await manager.getByRole('link', { name: 'Versions', exact: true }).first().click()
    for (const [id, name, zh] of [['01', 'First Hospital', '第一医院'], ['02', 'Second Hospital', '第二医院']]) {
      await manager.getByRole('button', { name: 'Add a site' }).click()
      for (const [field, value] of [['id', id], ['en', name], ['zh', zh]]) await manager.locator(`dialog input[name=${field}]`).fill(value!)
      await submit(manager, 'Add')
      await manager.getByRole('rowheader', { name: new RegExp(`^${id} `) }).waitFor()
    }
    await picture(manager, 'sites')
  })

  await step('the first subject is enrolled, and its form is filled by keyboard alone', async () => {
    coordinator = await window('coordinator')
    await picture(coordinator, 'studies')
    await coordinator.goto('/s/DAY/subjects')
    await picture(coordinator, 'no-subjects')
    await coordinator.goto('/s/DAY/enrol')
    await coordinator.locator('#enrol-subject').waitFor()
    await coordinator.keyboard.press('Enter')
    await coordinator.locator('.forms li').first().waitFor()
    subject = decodeURIComponent(new URL(coordinator.url()).pathname.split('/').at(-1)!)
    await picture(coordinator, 'casebook')
    await coordinator.getByRole('link', { name: 'Continue entry' }).click()
    await field(coordinator, 'visit_date').waitFor()
    form = new URL(coordinator.url()).pathname.split('/f/')[1]!
    const keys = coordinator.keyboard
    await field(coordinator, 'visit_date').locator('input').first().focus()
    const enter = async (item: string, ...strokes: string[]) => {
      for (const s of strokes) await (s.length > 1 && !/^\d|^[A-Z][a-z]+ /.test(s) ? keys.press(s) : keys.type(s))
      await keys.press('Enter') // saves, and goes to the next field
      await field(coordinator, item).locator('.mark.ok, .bub').waitFor()
    }
    await enter('visit_date', '2026-03-02')
    await keys.press('ArrowDown') // the second of two choices
    await enter('smokes')
    await enter('cigarettes', '10')
    await enter('systolic', '212')
    await enter('diastolic', '88')
    await field(coordinator, 'systolic').locator('.bub').waitFor()
    const { items, queries } = await forms()
    assert.deepEqual(Object.fromEntries(items.filter(i => i.item !== 'record_id').map(i => [i.item, i.value])), { visit_date: '2026-03-02', smokes: '1', cigarettes: '10', systolic: '212', diastolic: '88', pulse_pressure: '124' })
    assert.deepEqual(queries.map(q => [q.item, q.source, q.state]), [['systolic', 'system', 'Open']])
    await picture(coordinator, 'entry')
  })

  await step('the check asks, the coordinator answers, and the monitor closes', async () => {
    await field(coordinator, 'systolic').locator('.bub').click()
    await coordinator.locator('.drawer').getByRole('button', { name: 'Answer' }).click()
    await coordinator.locator('.drawer textarea').fill('The source says 212, measured twice')
    await picture(coordinator, 'answer')
    await coordinator.locator('.drawer textarea').press('Control+Enter')
    await coordinator.locator('.drawer').getByText('Answered').first().waitFor()
    monitor = await window('monitor')
    await monitor.goto('/s/DAY/queries')
    await monitor.locator('.tbl tbody tr').first().waitFor()
    await picture(monitor, 'queries')
    await monitor.locator('h1').focus()
    await monitor.keyboard.press('x')
    await monitor.locator('main').getByRole('button', { name: 'Close' }).click()
    await monitor.locator('.empty').waitFor()
    assert.deepEqual((await forms()).queries.map(q => q.state), ['Closed'])
  })

  await step('the data manager plans what is verified: half of the subjects, and two items of everybody', async () => {
    await manager.goto('/s/DAY/review')
    await manager.getByRole('link', { name: 'Verification plan' }).click()
    await manager.getByText('Nobody has set a plan').waitFor()
    await manager.getByLabel('Share in percent: Every site').fill('50')
    for (const item of ['systolic', 'diastolic']) await manager.getByLabel('Add an item').selectOption(item)
    await manager.getByRole('button', { name: 'Save' }).click()
    await dialog(manager).locator('textarea').fill('By risk: the endpoint')
    await picture(manager, 'plan')
    await submit(manager, 'Save')
    await manager.getByText('Plan 1, set by').waitFor()
  })

  await step('the monitor verifies the form against the source', async () => {
    await monitor.goto('/s/DAY/review')
    await monitor.locator('.two-col .list li').first().waitFor()
    await picture(monitor, 'verify')
    await monitor.locator('h1').focus()
    await monitor.keyboard.press('v')
    await monitor.locator('.empty').waitFor()
  })

  const sign = async () => {
    await investigator.goto('/s/DAY/sign')
    await investigator.getByRole('button', { name: 'Sign', exact: true }).first().click()
    await dialog(investigator).locator('#sign-password').waitFor()
    await investigator.fill('#sign-user', 'investigator')
    await investigator.fill('#sign-password', password)
  }
  await step('the investigator signs the casebook', async () => {
    investigator = await window('investigator')
    await sign()
    await picture(investigator, 'sign')
    await submit(investigator, 'Sign')
    assert.deepEqual((await standings()).signatures.map(s => s.holds), [true])
  })

  await step('a change says why, and voids the signature; what changed is verified and signed again', async () => {
    await coordinator.goto(`/s/DAY/subjects/${subject}/f/${form}`)
    const diastolic = field(coordinator, 'diastolic').locator('input')
    await diastolic.fill('86')
    await diastolic.press('Enter')
    await coordinator.locator('form.why').waitFor()
    await picture(coordinator, 'reason')
    await coordinator.locator('form.why').getByRole('button', { name: 'Typing error' }).click()
    await field(coordinator, 'diastolic').locator('.mark.ok').waitFor()
    assert.deepEqual((await standings()).signatures.map(s => s.holds), [false])
    await monitor.goto('/s/DAY/review')
    await monitor.locator('.two-col .list li').first().waitFor()
    await picture(monitor, 'verify-again')
    await monitor.locator('h1').focus()
    await monitor.keyboard.press('v')
    await monitor.locator('.empty').waitFor()
    await investigator.goto('/s/DAY/sign')
    await investigator.getByText('Signature void').waitFor()
    await sign()
    await investigator.locator('.since ins', { hasText: '86' }).waitFor()
    await picture(investigator, 'sign-again')
    await submit(investigator, 'Sign')
    await coordinator.goto(`/s/DAY/subjects/${subject}`)
    await coordinator.getByText('Signature holds').waitFor()
    const holds = (await standings()).signatures.find(s => s.holds)!
    const shown = await coordinator.locator('.list li', { hasText: 'Signature holds' }).innerText()
    const year = new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: holds.zone }).format(new Date(holds.at))
    for (const part of [holds.name, holds.says.en!, holds.zone, year]) assert.ok(shown.includes(part), `the signature is shown as ${shown}, without ${part}`)
    await picture(coordinator, 'signed')
    assert.deepEqual((await standings()).signatures.map(s => s.holds), [true, false])
  })

  await step('the data manager freezes and locks the casebook, and nobody writes in it', async () => {
    await manager.goto('/s/DAY/locks')
    for (const name of ['Freeze', 'Lock']) {
      await manager.getByRole('checkbox', { name: subject }).check()
      await manager.locator('main').getByRole('button', { name, exact: true }).last().click()
      await submit(manager, name)
    }
    await manager.locator('tbody').getByText('Locked').waitFor()
    await picture(manager, 'locked')
    await coordinator.goto(`/s/DAY/subjects/${subject}/f/${form}`)
    await field(coordinator, 'diastolic').locator('input[readonly]').waitFor()
    await picture(coordinator, 'form-locked')
  })

  await step('the study is written as an archive, with its trail and its signatures', async () => {
    await manager.goto('/s/DAY/exports')
    await manager.locator('#export-format').selectOption('odm1.3.2-archival')
    await manager.getByRole('button', { name: 'Start the export' }).click()
    const link = manager.locator('.export a[download]')
    await link.waitFor()
    await picture(manager, 'archive')
    const file = await (await manager.request.get((await link.getAttribute('href'))!)).text()
    assert.match(file, /Archival="Yes"/)
    assert.equal(file.match(/<SignatureRef /g)?.length, 2)
    assert.match(file, /Value="86"[^]*Typing error/)

    // And comes back on another machine as it was.
    writeFileSync(join(dir, 'archive.xml'), file)
    const other = join(dir, 'other'), casebookSays = (...args: string[]) => execFileSync(binary!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    assert.match(casebookSays('data', 'import', '--db', other, '--study', 'DAY', '--replay', join(dir, 'archive.xml')), /of 1 subjects, .*: replayed\nstate sha256 [0-9a-f]{64}\ntrail sha256 [0-9a-f]{64}/)
    assert.match(casebookSays('verify', other), / studies, /)
  })

  const minutes = (performance.now() - begun) / 60_000
  t.diagnostic(`the day, from an empty server to its archive on another machine, took ${minutes.toFixed(1)} minutes`)
  assert.ok(minutes < 10, `the day took ${minutes.toFixed(1)} minutes`)
})
