// Entries that hold no values are told in words, whatever their facts look like.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { told } from '../app/told.ts'
import { readFileSync } from 'node:fs'
import { verbWords } from '../words/verbs.ts'
import type { TrailEntry } from '../wire/types.ts'

const entry = (what: string, now: unknown, old: unknown = {}) => ({ what, old: JSON.stringify(old), new: JSON.stringify(now), changes: [] }) as unknown as TrailEntry

test('a verb without a sentence shows its plain facts, and passes over what is no text', () => {
  assert.match(told(entry('somebody.did', { number: 3, by: { depth: { of: 1 } }, counts: { a: 1 }, list: [{ x: 2 }, 'one'], name: { en: 'Blood', 'zh-CN': '血' } })), /number: 3/)
  assert.equal(told(entry('trial.version.published', null)), '')
})

test('an unreadable entry is not a page that fails', () => {
  for (const what of ['x', 'settings.proposed', 'settings.released']) assert.equal(told({ what, old: '{', new: '{', changes: [] } as unknown as TrailEntry).includes('undefined'), false, what)
  assert.equal(told({ what: 'x', old: '{', new: '"text"', changes: [] } as unknown as TrailEntry), '')
})

test('a query says what was asked, and a change what it was', () => {
  assert.match(told(entry('record.query.raised', { text: { en: 'Please confirm.', 'zh-CN': '请确认。' } })), /Please confirm|请确认/)
  assert.match(told(entry('record.stage.changed', { stage: 'frozen' }, { stage: 'open' })), /→|frozen|冻结/)
})

/** The verbs of a book that have no words, and words of verbs that no book has. */
const unsaid = (book: string) => {
  const listed = [...book.matchAll(/^\| `([a-z_.]+)` \|/gm)].map(m => m[1]!)
  return [...listed.filter(v => !verbWords[v]), ...Object.keys(verbWords).filter(v => !listed.includes(v))]
}

test('every verb of the ledger has its words in both languages', () => {
  const book = readFileSync('../docs/format/ledger.md', 'utf8')
  assert.deepEqual(unsaid(book), [])
  assert.deepEqual(unsaid(book + '| `ward.bed.made` | the bed | |\n'), ['ward.bed.made'])
  for (const [verb, [zh, en]] of Object.entries(verbWords)) assert.ok(/[\u4e00-\u9fff]/.test(zh) && /^[A-Z]/.test(en), verb)
})
