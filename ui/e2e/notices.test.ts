// A notice's whole way in two browsers: composed, previewed, sent, watched live, signed, answered, and counted.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { open, studyOf, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server keeps no notices'
let casebook: Casebook
before(async () => { casebook = await open() })
after(async () => { await casebook?.close() })

test('a project manager asks, a coordinator signs and answers, and the matrix follows', { skip }, async () => {
  const { id } = await studyOf(casebook)
  const office = await casebook.page()
  await casebook.as(office, 'projectmanager')
  await office.goto(`/s/${id}/notices/new`)
  await office.getByLabel('Investigator', { exact: true }).uncheck()
  await office.getByLabel('Coordinator', { exact: true }).check()
  await office.getByLabel(/^03 /).check()
  await office.getByLabel('Acknowledgement').selectOption('signed')
  await office.getByLabel('Title Chinese').fill('召回批次 {{batch}}')
  await office.getByLabel('Body Chinese').fill('请隔离 {{batch}} 批次。')
  await office.getByLabel('Title English').fill('Recall of batch {{batch}}')
  await office.getByLabel('Body English').fill('Please put batch {{batch}} aside.')
  const question = office.getByRole('button', { name: 'Add Questions' })
  await question.click()
  await office.getByLabel('Type 1').selectOption('integer')
  await office.getByLabel('Chinese 1').fill('隔离了几盒？')
  await office.getByLabel('English 1').fill('How many boxes?')

  await office.getByRole('button', { name: 'Preview' }).click()
  await office.getByText('The text names the variable batch').waitFor() // nobody has said what it is
  await office.getByRole('button', { name: 'Add Variables' }).click()
  await office.getByLabel('Name 1').fill('batch')
  await office.getByLabel('Type 1').first().selectOption('integer')
  await office.getByLabel('Value 1').fill('4711')
  await office.getByRole('button', { name: 'Preview' }).click()
  await office.getByText('1 recipient at 1 place').first().waitFor()
  await office.getByText('Please put batch 4711 aside.').waitFor()
  await office.getByRole('button', { name: 'Send', exact: true }).click()
  await office.getByRole('heading', { name: 'Site by site' }).waitFor()
  await office.getByText('1 missing', { exact: true }).waitFor()

  const site = await casebook.page({ lang: 'zh-CN' })
  await casebook.as(site, 'coordinator')
  await site.goto(`/s/${id}/inbox`)
  await site.getByRole('link', { name: '召回批次 4711' }).first().click()
  await site.getByText('请隔离 4711 批次。').waitFor()
  await site.getByLabel('密码').fill(casebook.login('coordinator')!.password)
  await site.getByRole('button', { name: '签名确认' }).press('Enter')
  const name = site.getByLabel('用户名') // the first signature of a session asks for the name, too
  await name.waitFor()
  await name.fill(casebook.login('coordinator')!.user)
  await site.getByLabel('密码').fill(casebook.login('coordinator')!.password)
  await site.keyboard.press('Enter')
  await site.getByText('已签名').waitFor()
  await site.getByLabel('隔离了几盒？').fill('many')
  await site.getByRole('button', { name: '提交回复' }).click()
  await site.locator('[role=alert]').waitFor()
  await site.getByLabel('隔离了几盒？').fill('12')
  await site.getByRole('button', { name: '提交回复' }).click()
  await site.getByRole('button', { name: '更正回复' }).waitFor()

  await office.locator('tbody').getByText('Done').waitFor() // by itself
  await office.getByText('mean 12').waitFor()
  const exported = await office.request.get(await office.getByRole('link', { name: 'CSV' }).getAttribute('href') ?? '')
  assert.match(await exported.text(), /,12\n?$/m)
  await office.context().close()
  await site.context().close()
})
