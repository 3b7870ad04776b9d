import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Index } from '../form/definition.ts'
import { Live } from '../form/live.ts'
import { FormModel, type Keeper } from '../form/model.ts'
import { Problem, type Change } from '../wire/api.ts'
import type { FormData } from '../wire/types.ts'
import { Refusal, Store } from './server.ts'
import { version } from './study.ts'

const lin = { id: 'lin', name: '林悦', role: 'coordinator', password: '' }
const wang = { id: 'wang', name: '王安', role: 'coordinator', password: '' }

/** A form on the tests' server, and a keeper whose line can be cut. */
function desk(formOID = 'F.VS') {
  const store = new Store()
  const kept = store.form(store.enrol('08'), `E.SCR/1/${formOID}/1`)
  const data = () => structuredClone({ ...kept, history: undefined }) as unknown as FormData
  const line = { cut: 0, lost: 0, pauses: 0, sent: [] as [number, Change, string][] }
  const keeper: Keeper = {
    load: async () => data(),
    save: async (v, change, reason) => {
      line.sent.push([v, change, reason])
      if (line.cut-- > 0) throw new Problem(0)
      try { store.save(kept, lin, [change], v, reason) } catch (e) {
        if (e instanceof Refusal) throw new Problem(e.status, { code: e.code, texts: e.texts, ...e.more })
        throw e
      }
      if (line.lost-- > 0) throw new Problem(0)
      return data()
    },
    disagree: found => { assert.deepEqual(found, [], 'the rules here and there differ') },
    pause: async () => { line.pauses++; await Promise.resolve() },
  }
  const form = new FormModel(new Index(version).sections(formOID), data(), keeper, Live)
  const field = (item: string, group = 'IG.VS', repeat = '1') => form.field(group, repeat, item)
  const enter = async (item: string, text: string) => { field(item).type(text); field(item).commit(); await form.idle() }
  const others = (item: string, value: string, reason = '更正') => store.save(kept, wang, [{ group: 'IG.VS', repeat: '1', item, value }], kept.version, reason)
  return { form, field, enter, others, line, kept }
}

test('a first entry is saved without a reason, and tells when', async () => {
  const { field, enter, form, line } = desk()
  await enter('IT.HR', '78')
  assert.equal(field('IT.HR').status.value, 'saved')
  assert.deepEqual(line.sent, [[0, { group: 'IG.VS', repeat: '1', item: 'IT.HR', value: '78' }, '']])
  assert.equal(form.version.value, 1)
  assert.match(field('IT.HR').kept.value!.at!, /^20/)
})

test('leaving a field without a change sends nothing', async () => {
  const { field, enter, line } = desk()
  await enter('IT.HR', '78')
  await enter('IT.HR', '78')
  await enter('IT.TEMP', '')
  assert.equal(line.sent.length, 1)
  assert.equal(field('IT.HR').status.value, 'clean')
})

test('a kept value changes only with a reason', async () => {
  const { field, enter, form, line, kept } = desk()
  await enter('IT.HR', '78')
  await enter('IT.HR', '87')
  assert.equal(field('IT.HR').status.value, 'reason')
  assert.equal(line.sent.length, 1, 'it was sent before the reason was given')
  assert.equal(form.unsaved.value, 1)
  field('IT.HR').because('录入笔误')
  await form.idle()
  assert.equal(field('IT.HR').status.value, 'saved')
  assert.equal(kept.history.at(-1)!.reason, '录入笔误')
  await enter('IT.HR', '88')
  assert.equal(field('IT.HR').status.value, 'reason', 'the reason of one change must not serve the next')
})

test('undo goes back to what is kept', async () => {
  const { field, enter } = desk()
  await enter('IT.HR', '78')
  await enter('IT.HR', '87')
  field('IT.HR').undo()
  assert.equal(field('IT.HR').draft.value, '78')
  assert.equal(field('IT.HR').dirty, false)
})

test('without a network the field waits and is saved when the network is back', async () => {
  const { field, form, line } = desk()
  line.cut = 3
  const seen: string[] = []
  field('IT.HR').status.subscribe(s => seen.push(s))
  field('IT.HR').type('78'); field('IT.HR').commit()
  field('IT.TEMP').type('36.6'); field('IT.TEMP').commit()
  await form.idle()
  assert.equal(line.pauses, 3)
  assert.ok(seen.includes('retrying'))
  assert.equal(field('IT.HR').status.value, 'saved')
  assert.equal(field('IT.TEMP').status.value, 'saved')
})

test('what a person typed is not sent once that person is gone', async () => {
  const { field, form, line, kept } = desk()
  line.cut = 1
  field('IT.HR').type('78'); field('IT.HR').commit()
  form.abandon()
  await form.idle()
  assert.equal(kept.items.length, 0)
})

test('an answer lost on the way is not a conflict with oneself', async () => {
  const { field, enter, line, kept } = desk()
  line.lost = 1
  await enter('IT.HR', '78')
  assert.equal(field('IT.HR').status.value, 'saved')
  assert.equal(kept.history.filter(e => e.item === 'IT.HR').length, 1, 'the value was entered twice')
})

test('two people on different items of one form both keep theirs', async () => {
  const { field, enter, others, kept } = desk()
  await enter('IT.HR', '78')
  others('IT.TEMP', '36.6')
  await enter('IT.DIA', '84')
  assert.equal(field('IT.DIA').status.value, 'saved')
  assert.equal(field('IT.TEMP').draft.value, '36.6')
  assert.equal(kept.items.length, 3)
})

test('two people on one item: both values are shown, and one is chosen with a reason', async () => {
  const { field, enter, others, form, kept } = desk()
  await enter('IT.WT', '85.3')
  await enter('IT.WT', '58.3')
  others('IT.WT', '58.5')
  field('IT.WT').because('录入笔误')
  await form.idle()
  const weight = field('IT.WT')
  assert.equal(weight.status.value, 'conflict')
  assert.equal(weight.kept.value!.value, '58.5')
  assert.equal(weight.kept.value!.byName, '王安')
  assert.equal(weight.draft.value, '58.3')
  weight.insist()
  assert.equal(weight.status.value as string, 'reason', 'it replaces a value of somebody else without a reason')
  weight.because('原始记录更正')
  await form.idle()
  assert.equal(kept.items.find(v => v.item === 'IT.WT')!.value, '58.3')
})

test('what the server refuses is said at the field, and the others go on', async () => {
  const { field, form } = desk()
  field('IT.HR').type('12345'); field('IT.HR').commit()
  field('IT.DIA').type('84'); field('IT.DIA').commit()
  await form.idle()
  assert.equal(field('IT.HR').status.value, 'refused')
  assert.equal((field('IT.HR').fault.value as Problem).code, 'record.value_type')
  assert.equal(field('IT.DIA').status.value, 'saved')
})

test('what is plainly wrong is not sent', async () => {
  const { field, enter, line } = desk()
  await enter('IT.HR', 'seventy')
  assert.equal(field('IT.HR').fault.value, 'bad.integer')
  assert.equal(line.sent.length, 0)
})

test('typing again while a save waits sends the last word only', async () => {
  const { field, form, line } = desk()
  line.cut = 1
  field('IT.HR').type('78'); field('IT.HR').commit()
  field('IT.HR').type('787')
  await form.idle()
  assert.equal(field('IT.HR').status.value, 'editing', 'half a number was sent')
  field('IT.HR').type('79'); field('IT.HR').commit()
  await form.idle()
  assert.deepEqual(line.sent.map(([, c]) => 'value' in c && c.value), ['78', '79'])
})

test('a failing check keeps the value and opens a query; mending it closes the query', async () => {
  const { field, enter, form } = desk()
  await enter('IT.SYS', '186')
  assert.equal(field('IT.SYS').status.value, 'saved')
  assert.equal(field('IT.SYS').queries.value.length, 1)
  await enter('IT.SYS', '136')
  field('IT.SYS').because('录入笔误')
  await form.idle()
  assert.equal(field('IT.SYS').queries.value.length, 0)
})

test('conditions hide and show; hidden questions do not count', async () => {
  const { field, enter, form } = desk()
  assert.equal(field('IT.QT').hidden.value, true)
  const before = form.progress().total
  await enter('IT.ECG', 'true')
  assert.equal(field('IT.QT').hidden.value, false)
  assert.deepEqual(form.progress(), { filled: 1, total: before + 3 })
})

test('computed items follow the server', async () => {
  const { enter, field } = desk()
  await enter('IT.WT', '58.3')
  assert.equal(field('IT.BMI').draft.value, '22.2')
})

test('a reason why there is no value is kept like a value', async () => {
  const { field, form, kept } = desk()
  field('IT.TEMP').mark('not_done')
  await form.idle()
  assert.equal(kept.items[0]!.blank, 'not_done')
  field('IT.TEMP').type('36.6'); field('IT.TEMP').commit()
  assert.equal(field('IT.TEMP').status.value, 'reason')
})

test('rows of a repeating group are the server\'s and those added here', async () => {
  const { form, field } = desk('F.AE')
  assert.deepEqual(form.rows('IG.AE').value, ['1'])
  const row = form.addRow('IG.AE')
  field('IT.AETERM', 'IG.AE', row).type('头晕')
  field('IT.AETERM', 'IG.AE', row).commit()
  await form.idle()
  assert.equal(form.rows('IG.AE').value.length, 2)
  assert.equal(field('IT.AETERM', 'IG.AE', row).status.value, 'saved')
})
