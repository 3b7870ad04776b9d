// Pages of other sites in a browser that is signed in: one on a neighbour's port, which gets the same cookies, and one of another site. They
// post to every address that takes a POST, ask for what only the person may read, and frame our pages. Each is refused as another site's
// (403, before it is looked at), nothing is read, and nothing shown.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { open, type Casebook } from './browser.ts'

const skip = process.env['CASEBOOK_URL'] ? false : 'the tests\' own server guards nothing'
const posts = Object.entries((JSON.parse(readFileSync('../openapi/openapi.json', 'utf8')) as { paths: Record<string, object> }).paths)
  .filter(([, operations]) => 'post' in operations).map(([path]) => path)
let casebook: Casebook, attacker: Server, port: number
before(async () => {
  if (skip) return
  casebook = await open()
  attacker = createServer((_, answer) => { answer.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>win a prize</title>') })
  await new Promise<void>(listens => attacker.listen(0, listens))
  port = (attacker.address() as AddressInfo).port
})
after(async () => { await casebook?.close(); attacker?.close() })

for (const host of ['127.0.0.1', 'localhost'])
  test(`a page of ${host} does, reads and shows nothing of ours`, { skip }, async () => {
    const page = await casebook.page(), study = casebook.demo.trialId
    await casebook.as(page, 'admin')
    const paths = posts.map(path => casebook.url + path.replace('{study}', study).replace(/\{[^}]+\}/g, '1'))
    const taken: string[] = [], asked: string[] = []
    page.on('response', answer => {
      if (answer.request().method() !== 'POST') return
      asked.push(answer.url())
      if (answer.status() !== 403) taken.push(`${answer.status()} ${answer.url()}`)
    })
    await page.goto(`http://${host}:${port}/`)
    const read = await page.evaluate(async ({ paths, secret }) => {
      const sink = document.createElement('iframe'), form = document.createElement('form')
      Object.assign(sink, { name: 'sink' }); Object.assign(form, { method: 'post', enctype: 'text/plain', target: 'sink' })
      document.body.append(sink, form)
      for (const path of paths) {
        form.action = path
        await new Promise(done => { sink.onload = done; form.submit() })
      }
      return await fetch(secret, { credentials: 'include' }).then(answer => answer.text(), () => '')
    }, { paths, secret: `${casebook.url}/api/v1/session` })
    assert.equal(new Set(asked).size, new Set(paths).size, 'not every address was asked')
    assert.deepEqual(taken, [])
    assert.equal(read, '', 'the session was read')

    await page.evaluate(address => { const frame = document.createElement('iframe'); frame.src = address; frame.name = 'ours'; document.body.append(frame); return new Promise(done => { frame.onload = done }) }, `${casebook.url}/login`)
    assert.equal(await page.frame('ours')!.locator('#user').count(), 0, 'our page is in a frame')

    // The control: the same browser on our own page, which says that it is ours.
    await page.goto(`${casebook.url}/login`)
    assert.equal(await page.evaluate(async () => (await fetch('/api/v1/session')).status), 200)
    assert.equal(await page.evaluate(async () => (await fetch('/api/v1/session', { method: 'POST', headers: { 'X-Casebook': '1', 'Content-Type': 'application/json' }, body: '{}' })).status), 401)
    await page.context().close()
  })
