// Rules in a real browser: what is typed shows and hides, computes and warns before the server has answered.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { FormData, LiveRule } from '../wire/types.ts'
import { open, studyOf, type Casebook } from './browser.ts'
import { formOf, type Target } from './target.ts'

let casebook: Casebook, page: Page, study: Awaited<ReturnType<typeof studyOf>>, at: Target
const told: string[] = []

before(async () => {
  casebook = await open()
  study = await studyOf(casebook)
  page = await casebook.page()
  page.on('request', r => { if (r.url().endsWith('/disagreements')) told.push(r.postData() ?? '') })
  await casebook.as(page, 'coordinator')
  at = await formOf(casebook, page, study)
})
after(async () => { await casebook?.close() })

const field = (key: string) => page.locator(`[data-field="${key}"]`)

/** Holds back every save until it is let go. */
async function hold() {
  let go = () => {}
  const gate = new Promise<void>(done => { go = done })
  const saves = '**/api/v1/studies/**/forms/**'
  await page.route(saves, async route => { if (route.request().method() === 'PATCH') await gate; await route.continue() })
  return async () => { go(); await page.waitForFunction(() => !document.querySelector('.mark.warn.big')); await page.unroute(saves) }
}

/** A condition that one answer to a question lifts: hidden unless X is CODE. */
function lifts(rule: LiveRule): { item: string; code: string } | undefined {
  const code = /^([\w.]+) != '(\w+)'$/.exec(rule.source), yes = /^blank\(([\w.]+)\) \|\| !\1$/.exec(rule.source)
  return rule.kind !== 'hide' ? undefined : code ? { item: code[1]!, code: code[2]! } : yes ? { item: yes[1]!, code: 'true' } : undefined
}

test('an answer shows its questions before it is saved', async () => {
  for (const { event, forms } of study.matrix.columns) for (const { form } of forms) {
    const address = at.api.replace(/\/forms\/.*/, `/forms/${encodeURIComponent(event)}/1/${encodeURIComponent(form)}/1`)
    const { rules, hidden } = await casebook.get<FormData>(page, address)
    for (const rule of rules?.rules ?? []) {
      const answer = lifts(rule), group = study.index.sections(form).flatMap(s => s.questions.some(q => q.item.oid === answer?.item) ? [s.group] : [])[0]
      const codes = study.index.sections(form).flatMap(s => s.questions).find(q => q.item.oid === answer?.item)?.codes
      const place = `${rule.group}/1/${rule.item}`
      if (!answer || !rule.item || !group || group.repeating || hidden.includes(`${group.oid}/1`) || !codes || codes.length > 4 || !hidden.includes(place)) continue
      await page.goto(at.path.replace(/\/f\/.*/, `/f/${encodeURIComponent(event)}/1/${encodeURIComponent(form)}/1`))
      const asked = field(`${group.oid}/1/${answer.item}`)
      await asked.waitFor()
      assert.equal(await field(place).count(), 0)
      const release = await hold()
      await asked.locator(`input[value="${answer.code}"]`).check()
      await field(place).waitFor()
      assert.equal((await casebook.get<FormData>(page, address)).version, 0, 'the server had answered')
      await release()
      await field(place).waitFor()
      return
    }
  }
  assert.fail('no form has a condition that one answer lifts')
})

test('a check warns before the save is answered, and the query takes its place', async t => {
  if (!at.checked) { t.skip('no item has a limit'); return }
  await page.goto(at.path)
  const { key, wrong, right } = at.checked
  const input = field(key).locator('input').first()
  await input.waitFor()
  const { version } = await casebook.get<FormData>(page, at.api)
  const release = await hold()
  await input.fill(wrong)
  const says = page.locator(`[id="f-${key.replace(/[^\w-]/g, '_')}-m"]`)
  assert.equal(await says.count(), 0, 'somebody is interrupted while typing')
  await input.blur()
  await says.locator('.soft').first().waitFor()
  assert.equal((await casebook.get<FormData>(page, at.api)).version, version, 'the server had answered')
  if (process.env['SHOTS']) await page.screenshot({ animations: 'disabled', path: `${process.env['SHOTS']}/check-before-save.png` })
  await release()
  await field(key).locator('.bub').waitFor()
  await input.fill(right)
  await page.waitForFunction(id => !document.getElementById(id), `f-${key.replace(/[^\w-]/g, '_')}-m`)
})

test('browser and server came to the same outcome throughout', () => assert.deepEqual(told, []))
