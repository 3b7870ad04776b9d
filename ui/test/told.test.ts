// Entries that hold no values are told in words, whatever their facts look like.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { told } from '../app/told.ts'
import type { TrailEntry } from '../wire/types.ts'

const entry = (what: string, now: unknown, old: unknown = {}) => ({ what, old: JSON.stringify(old), new: JSON.stringify(now), changes: [] }) as unknown as TrailEntry

test('a verb without a sentence shows its plain facts, and passes over what is no text', () => {
  assert.match(told(entry('settings.released', { number: 3, by: { depth: { of: 1 } }, counts: { a: 1 }, list: [{ x: 2 }, 'one'], name: { en: 'Blood', 'zh-CN': '血' } })), /number: 3/)
  assert.equal(told(entry('trial.version.published', null)), '')
})

test('an unreadable entry is not a page that fails', () => {
  assert.equal(told({ what: 'x', old: '{', new: '"text"', changes: [] } as unknown as TrailEntry), '')
})

test('a query says what was asked, and a change what it was', () => {
  assert.match(told(entry('record.query.raised', { text: { en: 'Please confirm.', 'zh-CN': '请确认。' } })), /Please confirm|请确认/)
  assert.match(told(entry('record.stage.changed', { stage: 'frozen' }, { stage: 'open' })), /→|frozen|冻结/)
})
