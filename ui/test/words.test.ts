import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { en } from '../words/en.ts'
import { zh, type Key } from '../words/zh.ts'
import { day, lang, say, signed, t, when } from '../words/words.ts'

const holes = (sentence: string) => [...new Set([...sentence.matchAll(/\{(\w+)/g)].map(m => m[1]!))].sort()

test('both languages say the same things', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort())
  for (const key of Object.keys(zh) as Key[]) {
    assert.ok(zh[key].trim() && en[key].trim(), `${key} is empty`)
    assert.deepEqual(holes(en[key]), holes(zh[key]), `${key} fills other places`)
  }
})

test('no Chinese in the English, no Chinese sentence left in English', () => {
  const han = /[\u4e00-\u9fff]/
  for (const key of Object.keys(zh) as Key[]) assert.ok(!han.test(en[key]), `${key}: ${en[key]}`)
  const same = (Object.keys(zh) as Key[]).filter(key => !han.test(zh[key]) && /[a-z]{4}/i.test(zh[key].replace(/\{[^}]*\}/g, '')))
  assert.deepEqual(same, [])
})

test('numbers choose the form of the word', () => {
  lang.value = 'en'
  assert.equal(t('matrix.total', { n: 1 }), '1 subject')
  assert.equal(t('matrix.total', { n: 160 }), '160 subjects')
  lang.value = 'zh-CN'
  assert.equal(t('matrix.total', { n: 1 }), '共 1 名受试者')
})

test('a text falls back to what there is', () => {
  lang.value = 'zh-CN'
  assert.equal(say({ zh: '体重', en: 'Weight' }), '体重')
  assert.equal(say({ en: 'Weight', de: 'Gewicht' }), 'Weight')
  assert.equal(say({ de: 'Gewicht' }), 'Gewicht')
  assert.equal(say({ '': 'kg' }), 'kg')
  assert.equal(say({}, 'IT.WT'), 'IT.WT')
})

test('days are told as the reader tells them, in the zone of the site', () => {
  const at = '2026-11-22T18:30:00Z', now = new Date('2026-11-23T09:00:00+08:00')
  lang.value = 'zh-CN'
  assert.equal(day(at, 'Asia/Shanghai', now), '11-23')
  assert.equal(when(at, 'Asia/Shanghai', now), '02:30')
  lang.value = 'en'
  assert.equal(day(at, 'UTC', now), '22 Nov')
  assert.equal(day('2025-11-22T18:30:00Z', 'UTC', now), '22 Nov 2025')
  assert.equal(day('nonsense', 'UTC', now), '')
})

test('scores carry their sign', () => {
  assert.equal(signed(-3.44), '−3.4')
  assert.equal(signed(2.05), '+2.0')
  assert.equal(signed(-0.04), '0.0')
})

test('every sentence is said somewhere', () => {
  const sources = ['app', 'form', 'look'].flatMap(dir => readdirSync(dir).filter(f => /\.tsx?$/.test(f)).map(f => readFileSync(`${dir}/${f}`, 'utf8'))).join('\n')
  const byCode = ['env', 'role', 'status', 'state', 'query', 'source', 'signal', 'blank', 'reason', 'theme', 'exposure', 'step', 'kind', 'mark', 'signed', 'stage', 'stageStep', 'level', 'meaning', 'locks', 'contact', 'sigstep', 'visit', 'plan', 'verb', 'export', 'format', 'formatAbout', 'personState', 'sending', 'kinds', 'left', 'letter', 'ack', 'channel', 'type', 'kriMethod', 'kriGroup', 'kriSignal', 'kriAccrual', 'kriOf', 'kriBy', 'kriWord', 'draft', 'change', 'impact', 'what', 'member', 'langOf', 'expected', 'rules', 'stand', 'kindOf', 'inv', 'purpose', 'delivery', 'keyState', 'scope', 'setBecause', 'setLevel', 'designKind', 'eventType', 'dataType', 'comparator', 'ruleType', 'ruleFault', 'problemKind', 'upload', 'labState', 'labProblem', 'nrind', 'admKind', 'tokenKind', 'allocState', 'allocWhy', 'allocLacks', 'codingKind', 'codingState', 'codingSource', 'codingSynonym', 'codingFate', 'ownState', 'ownKind', 'identified'] // the server's words, looked up by word()
  const byTwo = ['epro.by', 'epro.standing', 'epro.decidedAs', 'epro.why', 'epro.decision', 'epro.do', 'epro.is', 'epro.way', 'epro.message', 'epro.wish', 'epro.signed', 'office.plan', 'office.state', 'office.kind', 'office.severity', 'office.issue', 'office.escalated', 'office.says', 'office.step', 'office.paper', 'office.training', 'office.site', 'office.moveSite', 'office.moveMeans', 'project.stage', 'signin.provider', 'doc.state', 'safety.clock', 'safety.criterion', 'safety.outcome', 'safety.causality', 'safety.action', 'safety.to', 'safety.differs', 'safety.message', 'mv.kind', 'mv.state', 'mv.late', 'mv.step', 'mv.figure', 'goods.kinds', 'goods.what', 'pay.kind', 'dsr.kind', 'dsr.from', 'dsr.state', 'dsr.step', 'imp.step', 'up.step', 'up.n', 'design.panel']
  const unused = (Object.keys(zh) as Key[]).filter(key => !byCode.includes(key.split('.')[0]!) && !byTwo.some(two => key.startsWith(two + '.')) && !sources.includes(`'${key}'`))
  assert.deepEqual(unused, [])
})
