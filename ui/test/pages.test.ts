import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { funnel, labels, perHundred, ticks } from '../app/funnel.ts'
import { parse, to } from '../app/route.ts'
import { monitoringOf } from './server.ts'

test('every address that pages write is read back', () => {
  assert.deepEqual(parse('/'), { page: 'studies' })
  for (const page of ['login', 'welcome', 'proved', 'account', 'people', 'projects', 'portfolio', 'console', 'clients', 'requests', 'audit', 'settings', 'holds'] as const) assert.deepEqual(parse('/' + page), { page })
  for (const page of ['today', 'uploads', 'review', 'sign', 'locks', 'subjects', 'queries', 'entries', 'daily', 'signals', 'monitoring', 'scatter', 'power', 'enrol', 'epro', 'notices', 'compose', 'inbox', 'design', 'allocation', 'safety', 'coding', 'codesetup', 'sdvplan', 'labs', 'ranges', 'checklists', 'goods'] as const) assert.deepEqual(parse(to[page]('HTN/1')), { page, study: 'HTN/1' })
  assert.deepEqual(parse(to.definition('HTN')), { page: 'definition', study: 'HTN', part: 'events', oid: '' })
  assert.deepEqual(parse(to.definition('HTN', 'rules', 'check:I/T#1')), { page: 'definition', study: 'HTN', part: 'rules', oid: 'check:I/T#1' })
  assert.deepEqual(parse(to.indicators('HTN')), { page: 'indicators', study: 'HTN' })
  assert.deepEqual(parse(to.indicator('HTN', '+')), { page: 'indicator', study: 'HTN', kri: '+' })
  assert.deepEqual(parse(to.safetyCase('HTN', 'SAE-0001')), { page: 'safetycase', study: 'HTN', case: 'SAE-0001' })
  assert.deepEqual(parse(to.project('HTN', '0/3')), { page: 'project', study: 'HTN', site: '0/3' })
  assert.deepEqual(parse(to.notice('HTN', 'N/1')), { page: 'notice', study: 'HTN', notice: 'N/1' })
  assert.deepEqual(parse(to.letter('HTN', 'N1', '01')), { page: 'inbox', study: 'HTN', notice: 'N1', site: '01' })
  assert.deepEqual(parse(to.letter('HTN', 'N1', '')), { page: 'inbox', study: 'HTN', notice: 'N1', site: '' })
  assert.deepEqual(parse(to.casebook('HTN', '受试者 3')), { page: 'casebook', study: 'HTN', subject: '受试者 3' })
  assert.deepEqual(parse(to.log('HTN', 'S-1', 'E.AE', '1', 'F.AE')), { page: 'log', study: 'HTN', subject: 'S-1', event: 'E.AE', eventRepeat: '1', form: 'F.AE' })
  assert.deepEqual(parse(to.form('HTN', 'S-1', 'E.SCR', '1', 'F.VS', '2')), { page: 'form', study: 'HTN', subject: 'S-1', event: 'E.SCR', eventRepeat: '1', form: 'F.VS', formRepeat: '2' })
})

test('a wrong address is lost, not a crash', () => {
  for (const path of ['/s', '/x/y', '/s/HTN/nowhere', '/s/HTN/subjects/1/f/E', '/s/%E0%A4%A/subjects/1/2/3', '/login/x', '/s/HTN/definition/elsewhere']) assert.equal(parse(path).page, 'lost', path)
})

test('ticks are round numbers that cover the range', () => {
  assert.deepEqual(ticks(0, 2310, 5), [0, 500, 1000, 1500, 2000])
  assert.deepEqual(ticks(0, 0.05, 4), [0, 0.02, 0.04])
  assert.deepEqual(ticks(0, 0, 4), [0])
  assert.deepEqual(ticks(2038, 4389, 5), [2500, 3000, 3500, 4000])
})

test('the funnel keeps every site in the picture and marks only those outside', () => {
  const m = monitoringOf(), box = { left: 40, right: 700, top: 10, bottom: 240 }
  const f = funnel(m, box)
  assert.equal(f.marks.length, m.sites.length)
  for (const mark of f.marks) assert.ok(mark.x >= box.left && mark.x <= box.right && mark.y >= box.top && mark.y <= box.bottom, mark.site)
  assert.deepEqual(f.marks.filter(p => p.flag).map(p => p.site), ['07'])
  assert.deepEqual(f.marks.filter(p => p.few).map(p => p.site), ['08'])
  assert.equal(f.curves.length, 4)
  assert.ok(perHundred(m))
})

test('what is written in a funnel covers no other text and no other site, and stays above the axis', () => {
  const m = monitoringOf(), box = { left: 44, right: 672, top: 12, bottom: 244 }, one = m.sites.find(s => s.flag === 0)!, loud = m.sites.find(s => s.flag)!
  const at = (site: string, denominator: number, metric: number, flag: number) => ({ ...(flag ? loud : one), site, denominator, metric, flag, score: flag })
  const d = one.denominator, v = m.mu
  const close = { ...m, sites: [at('01', d, v, 0), at('02', d * 1.005, v * 1.2, 0), at('03', d * 1.02, v, 0), at('04', d * .985, v * .95, 0), at('05', d * 1.2, 0, -1), at('06', d * 1.25, 0, -2), at('07', d * 1.5, 0, 0)] }
  const f = funnel(close, box), written = [...labels(f, box, f.y(m.mu), p => p.flag ? `${p.site} Heting University Hospital` : p.site)]
  assert.equal(written.length, 7)
  type Rect = readonly [number, number, number, number]
  const covers = (a: Rect, b: Rect) => Math.min(a[2], b[2]) - Math.max(a[0], b[0]) > .01 && Math.min(a[3], b[3]) - Math.max(a[1], b[1]) > .01
  const over = (rects: Rect[]) => rects.flatMap((a, i) => rects.slice(i + 1).filter(b => covers(a, b))).length
  assert.equal(over(written.map(([, l]) => l.rect)), 0)
  assert.ok(over(f.marks.map(p => [p.x - 7, p.y - 21, p.x + 7, p.y - 6])) > 0, 'the control: written above each, they cover one another')
  for (const [site, l] of written) {
    assert.ok(l.rect[0] >= box.left && l.rect[2] <= 720 && l.rect[3] <= box.bottom + 8, site)
    for (const p of f.marks) assert.ok(p.site === site || !covers(l.rect, [p.x - 4, p.y - 4, p.x + 4, p.y + 4]), `${site} covers ${p.site}`)
  }
})

test('a funnel without data draws nothing and does not fail', () => {
  const f = funnel({ ...monitoringOf(), sites: [], bounds: [], mu: 0 }, { left: 0, right: 100, top: 0, bottom: 100 })
  assert.deepEqual([f.marks.length, f.curves.length], [0, 0])
})

test('the shell is under 120 KB gzip, and nothing in it needs an exception to the content security policy', { skip: !existsSync('dist/index.html') && 'the bundle is not built' }, () => {
  const html = readFileSync('dist/index.html', 'utf8')
  assert.ok(!/<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/.test(html), html)
  const files = readdirSync('dist/assets').filter(f => /\.(js|css)$/.test(f))
  const shell = new Set<string>() // what the first page names, and what that imports before anything runs
  const fetched = (f: string) => {
    if (shell.has(f)) return
    shell.add(f)
    if (f.endsWith('.js')) for (const [, next] of readFileSync('dist/assets/' + f, 'utf8').matchAll(/(?:from|import)"\.\/([^"]+)"/g)) fetched(next!)
  }
  for (const [, f] of html.matchAll(/\/assets\/([^"]+\.(?:js|css))/g)) fetched(f!)
  fetched(readdirSync('dist/assets').filter(f => /^(zh|en)-.*\.js$/.test(f)).sort((a, b) => readFileSync('dist/assets/' + b).length - readFileSync('dist/assets/' + a).length)[0]!) // one language: the longer
  const size = [...shell].reduce((n, f) => n + gzipSync(readFileSync('dist/assets/' + f)).length, 0)
  assert.ok(size > 30_000 && size < 120_000, `${size} B in ${[...shell].join(' ')}`)
  for (const f of files) {
    const text = readFileSync('dist/assets/' + f, 'utf8')
    assert.ok(!/url\(["']?data:|@import/.test(text), `${f} loads what default-src 'self' refuses`)
    assert.ok(!/(?<![.\w])eval\(|new Function\(/.test(text), `${f} evaluates text`)
  }
})
