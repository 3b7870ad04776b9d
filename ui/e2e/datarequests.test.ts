// What subjects ask about their own data, by keyboard at a site: each kind is recorded, given more time, refused and opened again, answered
// with the copy that left, and the trail tells of each step. Who does not handle them is not let in.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { everyLook } from './axe.ts'
import { open, studyOf, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server keeps no requests'
let casebook: Casebook, page: Page, study: Awaited<ReturnType<typeof studyOf>>, subject: string, today: string

before(async () => {
  if (skip) return
  casebook = await open()
  study = await studyOf(casebook)
  subject = study.matrix.rows[0]!.subject
  page = await casebook.page()
  await casebook.as(page, 'coordinator')
  await page.goto(`/s/${study.id}/today`)
  await page.getByRole('navigation').getByRole('link', { name: 'Data requests' }).press('Enter')
  await page.getByRole('button', { name: 'Record a request' }).waitFor()
  today = await page.evaluate(() => new Date().toLocaleDateString('sv')) // a browser at the site
})
after(async () => { await casebook?.close() })

const dialog = () => page.locator('dialog[open]')
const later = (days: number) => new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10)

/** Records a request and returns its card. */
async function asks(kind: string, words: string, whose = subject): Promise<Locator> {
  await page.getByRole('button', { name: 'Record a request' }).press('Enter')
  await dialog().getByLabel('Subject', { exact: true }).fill(whose)
  await dialog().getByLabel('What is asked').selectOption({ label: kind })
  await dialog().getByLabel('In their words').fill(words)
  await dialog().getByLabel('Received on').fill(today)
  await dialog().getByLabel('Received on').press('Enter')
  return page.locator('article', { hasText: words })
}

/** Takes a step on a request with a text; until is its new deadline. */
async function step(card: Locator, name: string, text: string, until = '') {
  await card.getByRole('button', { name }).press('Enter')
  if (until) await dialog().getByLabel('Answer by').fill(until)
  await dialog().getByRole('textbox', { name: /^(Answer|Reason)/ }).last().fill(text)
  await dialog().getByRole('button', { name }).press('Enter')
}

const stands = (card: Locator, state: string) => card.locator('header .tag', { hasText: state }).waitFor()

/** Prints the casebook as the card offers it, and returns the SHA-256 of what came. */
async function prints(card: Locator): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), card.getByRole('link', { name: 'Print the casebook' }).press('Enter')])
  const pdf = readFileSync(await file.path())
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
  return createHash('sha256').update(pdf).digest('hex')
}

test('a request to see the data is answered with what was printed', { skip }, async () => {
  const words = `What do you keep of me? (${process.pid})`, card = await asks('See the data', words, '99-999')
  await dialog().getByRole('alert').filter({ hasText: '99-999' }).waitFor()
  await dialog().getByLabel('Subject', { exact: true }).fill(subject)
  await everyLook(page, 'datarequests-new')
  await dialog().getByLabel('Subject', { exact: true }).press('Enter')
  await stands(card, 'Open')
  await everyLook(page, 'datarequests-open')
  await step(card, 'Answer it', 'She has seen it')
  await dialog().getByRole('alert').waitFor() // nothing was printed since it came, or it was
  await page.keyboard.press('Escape')
  const sha = await prints(card)
  await step(card, 'Answer it', 'She has seen it')
  await stands(card, 'Answered')
  assert.ok((await card.innerText()).includes(sha.slice(0, 16)), 'another copy is named than the one that left')
  await everyLook(page, 'datarequests-answered')
})

test('a copy is given more time, and then handed over', { skip }, async () => {
  const words = `A copy, please (${process.pid})`, card = await asks('A copy', words)
  await stands(card, 'Open')
  await step(card, 'More time', 'many visits', later(200))
  await dialog().getByRole('alert').waitFor() // three months at most
  await dialog().getByLabel('Answer by').fill(later(60))
  await dialog().getByRole('button', { name: 'More time' }).press('Enter')
  await card.filter({ hasText: `answer by ${later(60)}` }).waitFor()
  const sha = await prints(card)
  await step(card, 'Answer it', 'Handed over')
  await stands(card, 'Answered')
  assert.ok((await card.innerText()).includes(sha.slice(0, 16)))
})

test('a correction is refused, opened again and made', { skip }, async () => {
  const words = `My year of birth is wrong (${process.pid})`, card = await asks('Correction', words)
  await stands(card, 'Open')
  assert.equal(await card.getByRole('link', { name: 'Print the casebook' }).count(), 0)
  await step(card, 'Refuse it', 'it is what her papers say')
  await stands(card, 'Refused')
  await step(card, 'Open again', 'she brought other papers')
  await stands(card, 'Open')
  await step(card, 'Answer it', 'corrected in the casebook')
  await stands(card, 'Answered')
  await everyLook(page, 'datarequests')
})

test('the trail tells of each step', { skip }, async () => {
  await page.goto(`/s/${study.id}/trail?what=site.&subject=${encodeURIComponent(subject)}`)
  const rows = page.locator('tbody tr')
  await rows.filter({ hasText: 'Data request received' }).nth(2).waitFor()
  const all = (await rows.allInnerTexts()).filter(x => x.includes('Data request'))
  for (const [what, why] of [['changed', 'many visits'], ['changed', 'she brought other papers']]) assert.ok(all.some(x => x.includes(what!) && x.includes(why!)), `${why} is not told:\n${all.join('\n')}`)
  assert.ok(all.filter(x => x.includes('changed')).length >= 6, all.join('\n'))
  await everyLook(page, 'datarequests-trail')
})

test('who does not handle requests is not let in', { skip }, async () => {
  const other = await casebook.page()
  await casebook.as(other, 'monitor')
  await other.goto(`/s/${study.id}/today`)
  await other.locator('.tiles').waitFor()
  assert.equal(await other.getByRole('link', { name: 'Data requests' }).count(), 0)
  await other.goto(`/s/${study.id}/datarequests`)
  await other.getByRole('alert').waitFor()
  assert.equal(await other.getByRole('button', { name: 'Record a request' }).count(), 0)
  await other.context().close()
})
