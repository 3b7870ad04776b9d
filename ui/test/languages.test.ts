// A study whose texts are in other languages than the reader's: every question, choice, unit and heading still has words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeLabel, Index, label, unitLabel } from '../form/definition.ts'
import { FormModel } from '../form/model.ts'
import type { FormData, Version } from '../wire/types.ts'
import { half, lang, say } from '../words/words.ts'

const foreign: Version = {
  oid: 'V.1', name: '1', eventRefs: [{ oid: 'E.1' }],
  events: [{ oid: 'E.1', name: 'Visit', description: { ko: '방문 1' }, type: 'Scheduled', forms: [{ oid: 'F.VS' }] }],
  forms: [{ oid: 'F.VS', name: 'Vital signs', description: { de: 'Vitalzeichen', fr: 'Signes vitaux' }, groups: [{ oid: 'IG.VS' }] }],
  groups: [{ oid: 'IG.VS', name: 'VS', description: { fr: 'Signes vitaux' }, items: [{ oid: 'IT.SYS', mandatory: true }, { oid: 'IT.POS' }, { oid: 'IT.NOTE' }] }],
  items: [
    { oid: 'IT.SYS', name: 'SYSBP', dataType: 'integer', question: { en: 'Systolic blood pressure', de: 'Systolischer Blutdruck' }, units: ['U.MMHG'] },
    { oid: 'IT.POS', name: 'POS', dataType: 'text', question: { ko: '자세' }, codeList: 'CL.POS' },
    { oid: 'IT.NOTE', name: 'NOTE', dataType: 'text' },
  ],
  codeLists: [{ oid: 'CL.POS', name: 'Position', dataType: 'text', items: [{ code: 'SIT', decode: { fr: 'Assis' } }, { code: 'SUP', decode: { de: 'Liegend' } }, { code: 'STA' }] }],
  units: [{ oid: 'U.MMHG', name: 'mmHg', symbol: { de: 'mmHg' } }],
}
const empty: FormData = { subject: 'S-1', event: 'E.1', eventRepeat: '1', form: 'F.VS', formRepeat: '1', version: 0, state: 'empty', site: '01', items: [], hidden: [], queries: [] }

test('a reader of Chinese or English gets the words there are', () => {
  for (const reader of ['zh-CN', 'en'] as const) {
    lang.value = reader
    const index = new Index(foreign)
    const [section] = index.sections('F.VS')
    assert.equal(label(index.forms.get('F.VS')!), 'Vitalzeichen')
    assert.equal(label(section!.group), 'Signes vitaux')
    assert.deepEqual(section!.questions.map(q => label(q.item)), ['Systolic blood pressure', '자세', 'NOTE'])
    assert.deepEqual(section!.questions[1]!.codes!.map(codeLabel), ['Assis', 'Liegend', 'STA'])
    assert.equal(unitLabel(section!.questions[0]!.unit), 'mmHg')
    assert.equal(index.valueLabel('IT.POS', 'SUP'), 'Liegend')
    assert.equal(say(index.events.get('E.1')!.description), '방문 1')
  }
})

test('the form is filled like any other', () => {
  const form = new FormModel(new Index(foreign).sections('F.VS'), empty, { load: async () => empty, save: async () => empty, disagree: () => {}, pause: async () => {} })
  assert.deepEqual(form.progress(), { filled: 0, total: 3 })
  const field = form.field('IG.VS', '1', 'IT.POS')
  field.type('SIT')
  assert.deepEqual(field.change(), { group: 'IG.VS', repeat: '1', item: 'IT.POS', value: 'SIT' })
})

test('a description that says the same twice is told once', () => {
  lang.value = 'zh-CN'
  assert.equal(half('A study of hypertension · 高血压研究'), '高血压研究')
  assert.equal(half('Phase III · diabetes'), 'Phase III · diabetes')
  lang.value = 'en'
  assert.equal(half('A study of hypertension · 高血压研究'), 'A study of hypertension')
  assert.equal(half(undefined), '')
})
