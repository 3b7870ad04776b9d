// Measures whether a long form stays at 60 frames a second on the phone: types into every question of a form of 20 and of
// one of 187, in turn, in a real Chromium, and tells how long each keystroke kept the page busy and which frames were late.
//   CASEBOOK_BIN=… node build.mjs --main e2e/frames.ts [rounds] [slowdown]
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { longForm } from '../test/longform.ts'

const [rounds = '1', slowdown = '1'] = process.argv.slice(2)
const frame = 1000 / 60
const dir = mkdtempSync(join(tmpdir(), 'casebook-frames-'))
const server = spawn(process.env['CASEBOOK_BIN']!, ['demo', '--json', '--addr', '127.0.0.1:0', '--data', join(dir, 'demo')], { stdio: ['ignore', 'pipe', 'ignore'] })
let said = ''
for await (const part of server.stdout) { said += part; if (said.includes('\n')) break }
const { address, patient } = JSON.parse(said) as { address: string; patient: { link: string; pin: string } }
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--headless=new', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'] })
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en', baseURL: address, serviceWorkers: 'block', hasTouch: true })
const page = await context.newPage()
page.setDefaultTimeout(60_000)
const sizes = [20, 187]
await page.route('**/api/v1/epro/plan', async route => {
  const answer = await route.fetch(), plan = await answer.json() as { forms: Record<string, unknown>; unasked: string[] }
  for (const n of sizes) { plan.forms[`F.${n}`] = { form: `F.${n}`, name: `${n} questions`, hash: 'ab', questions: longForm(n) }; plan.unasked.push(`F.${n}`) }
  await route.fulfill({ json: plan })
})
await page.goto(patient.link)
await page.fill('input[name=code]', patient.pin)
await page.keyboard.press('Enter')
await page.fill('input[name=pin]', '246810')
await page.fill('input[name=again]', '246810')
await page.keyboard.press('Enter')
await page.locator('[data-form="F.187"]').waitFor()

type Seen = { frames: number[]; long: number[] }
/** Watches every frame, and those that were busy for longer than 50 ms. */
const watch = (page: Page) => page.evaluate(() => {
  const seen: Seen = { frames: [], long: [] }
  let last = 0, on = true
  const tick = (at: number) => { if (last) seen.frames.push(at - last); last = at; if (on) requestAnimationFrame(tick) }
  requestAnimationFrame(tick)
  const frames = new PerformanceObserver(l => { for (const e of l.getEntries()) seen.long.push(e.duration) })
  frames.observe({ type: 'long-animation-frame' })
  Object.assign(window, { seen, stop: () => { on = false; frames.disconnect() } })
})
/** What the page itself does after a keystroke: from the input to the end of the microtask that draws. */
const cost = (page: Page) => page.evaluate(() => {
  const spent: number[] = []
  Object.assign(window, { spent })
  let from = 0
  document.addEventListener('input', () => { from = performance.now(); setTimeout(() => spent.push(performance.now() - from)) }, true)
})
await cost(page)
const cdp = await context.newCDPSession(page)
await cdp.send('Emulation.setCPUThrottlingRate', { rate: Number(slowdown) })

const at = (list: number[], q: number) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0
console.log(`${rounds} rounds, processor slowed down ${slowdown} times; a frame is ${frame.toFixed(1)} ms`)
console.log('questions  keystrokes  work p50  p99   max ms  frames  one late  two or more late  busy longer than 50 ms')
for (let round = 0; round < Number(rounds); round++) for (const n of sizes) {
  await page.locator(`[data-form="F.${n}"]`).click()
  await page.locator('#field').waitFor()
  await page.evaluate(() => { (window as unknown as { spent: number[] }).spent.length = 0 })
  await watch(page)
  for (let i = 0; i < n; i++) {
    await page.getByRole('heading', { name: `Question ${i}`, exact: true }).waitFor()
    await page.locator('#field').focus()
    await page.keyboard.type('47')
    await page.locator('footer .main').click()
  }
  await page.locator('ul.answers').waitFor()
  const { seen, spent } = await page.evaluate(() => { const w = window as unknown as { seen: Seen; spent: number[]; stop: () => void }; w.stop(); return { seen: w.seen, spent: [...w.spent] } })
  const late = (from: number, to: number) => seen.frames.filter(f => f > from * frame && f <= to * frame).length
  console.log(`${String(n).padStart(9)}  ${String(spent.length).padStart(10)}  ${at(spent, .5).toFixed(1).padStart(8)}  ${at(spent, .99).toFixed(1).padStart(4)}  ${Math.max(...spent).toFixed(1).padStart(6)}  ${String(seen.frames.length).padStart(6)}  ${String(late(1.5, 2.5)).padStart(8)}  ${String(late(2.5, 1e9)).padStart(16)}  ${String(seen.long.length).padStart(6)}`)
  await page.locator('footer .main').click()
  await page.locator('.done').waitFor()
  await page.locator('footer .main').click()
}
await browser.close()
server.kill()
rmSync(dir, { recursive: true, force: true })
