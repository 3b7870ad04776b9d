import assert from 'node:assert/strict'
import { test } from 'node:test'
import { read, show } from '../form/value.ts'

const kept = (type: string, typed: string) => { const r = read(type, typed); return 'value' in r ? r.value : r.bad }

test('what sites type becomes the lexical form of ODM', () => {
  const cases: [type: string, typed: string, kept: string][] = [
    ['integer', '186', '186'], ['integer', ' １８６ ', '186'], ['integer', '18.6', 'bad.integer'], ['integer', '+7', '7'],
    ['float', '36.6', '36.6'], ['float', '３６。６', '36.6'], ['float', '.5', '0.5'], ['float', '36,6', 'bad.number'], ['float', '−1.5', '-1.5'],
    ['date', '2026-11-23', '2026-11-23'], ['date', '20261123', '2026-11-23'], ['date', '2026/1/3', '2026-01-03'], ['date', '2026年11月3日', '2026-11-03'],
    ['date', '2026-02-29', 'bad.date'], ['date', '2024-02-29', '2024-02-29'], ['date', '2026-13-01', 'bad.date'], ['date', '2026-11-UN', 'bad.date'], ['date', '23/11/2026', 'bad.date'],
    ['partialDate', '2026-11-UN', '2026-11'], ['partialDate', '2026-un-un', '2026'], ['partialDate', '2026-UN-12', 'bad.partialDate'], ['partialDate', '2026年11月', '2026-11'],
    ['partialDate', '2026', '2026'], ['partialDate', '2026-11-23', '2026-11-23'], ['incompleteDate', '2026-11-UNK', '2026-11--'],
    ['time', '10:20', '10:20:00'], ['time', '0920', '09:20:00'], ['time', '24:00', 'bad.time'], ['partialTime', '9:05', '09:05'],
    ['datetime', '2026-11-23 10:20', '2026-11-23T10:20:00'], ['datetime', '2026-11-23', 'bad.datetime'], ['partialDatetime', '2026-11', '2026-11'],
    ['text', '  头晕 ', '头晕'], ['date', '', ''], ['integer', '   ', ''],
  ]
  for (const [type, typed, want] of cases) assert.equal(kept(type, typed), want, `${type} ${JSON.stringify(typed)}`)
})

test('what is kept is shown as sites write it', () => {
  assert.equal(show('partialDate', '2026-11'), '2026-11-UN')
  assert.equal(show('partialDate', '2026'), '2026-UN-UN')
  assert.equal(show('incompleteDate', '2026-11--'), '2026-11-UN')
  assert.equal(show('time', '10:20:00'), '10:20')
  assert.equal(show('time', '10:20:31'), '10:20:31')
  assert.equal(show('datetime', '2026-11-23T10:20:00'), '2026-11-23 10:20')
  assert.equal(show('float', undefined), '')
})

test('what is shown can be kept again unchanged', () => {
  for (const [type, value] of [['partialDate', '2026'], ['partialDate', '2026-11'], ['incompleteDate', '2026-11--'], ['incompleteDate', '2026----'], ['time', '10:20:31'], ['time', '10:20:00'], ['datetime', '2026-11-23T10:20:00']] as const) {
    assert.equal(kept(type, show(type, value)), value, `${type} ${value}`)
  }
})
