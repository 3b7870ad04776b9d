// A study may call its items what JavaScript calls its own: both engines, and what they are made of, take such names like any other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blankDefinition, put, quoted, refsOf, rename, written, type Definition } from '../app/designerdraft.ts'
import { grown } from '../app/designeroutline.tsx'
import { comparison, rulesOf, typeOf } from '../app/designerrules.ts'
import { Index } from '../form/definition.ts'
import { Live } from '../form/live.ts'
import { Rules } from '../patient/rules.ts'
import type { Question } from '../patient/plan.ts'
import type { Version } from '../wire/types.ts'

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']

/** A form that asks two numbers, of which the first has that name and the second is computed of it. */
function study(name: string): Definition {
  let d = grown(grown(grown(blankDefinition('V'), 'forms', '')[0], 'items', 'IG.1')[0], 'items', 'IG.1')[0]
  d = rename(put(d, 'items', 'IT.1', { dataType: 'integer', checks: [{ comparator: 'LT', values: ['60'] }] }), { kind: 'items', oid: 'IT.1' }, name)
  d = { ...put(d, 'items', 'IT.2', { dataType: 'integer' }), methods: [{ oid: 'M', name: 'M', expressions: written(`${quoted(name)} * 2`) }] }
  return put(d, 'groups', 'IG.1', { items: refsOf(d, 'items', 'IG.1').map(r => r.oid === 'IT.2' ? { ...r, method: 'M' } : r) })
}

for (const name of names) {
  test(`the staff's engine takes an item called ${name}`, () => {
    const d = study(name), { rules, computed, idle } = rulesOf(d, 'F.1', () => undefined, '2026-03-02')
    assert.equal(idle, 0)
    const sent = JSON.parse(JSON.stringify(rules)) as typeof rules // as it comes over the wire
    assert.equal(Object.entries(sent.types).find(([n]) => n === name)?.[1], 'number')
    const live = new Live(sent, new Index(d as unknown as Version).sections('F.1', computed), () => ['1'])
    const at = { group: 'IG.1', repeat: '1', item: name }
    live.begin([])
    assert.deepEqual([live.computed.get('IG.1/1/IT.2'), live.failing.size], ['', 0])
    live.change(at, { value: '70' })
    assert.deepEqual([live.computed.get('IG.1/1/IT.2'), live.failing.get(`IG.1/1/${name}`)?.length], ['140', 1])
    assert.equal(live.item(names.find(n => n !== name)!), undefined, 'an item that is not there has a type')
    assert.equal(live.zone(name), undefined)
  })

  test(`the engine on the phone takes an item called ${name}`, () => {
    const question = (item: string, more: Partial<Question>): Question => ({ group: 'IG.1', item, type: 'integer', text: {}, ...more })
    const rules = new Rules({ form: 'F', name: 'F', questions: [question(name, { checks: [{ id: 'C', holds: `${quoted(name)} < 60`, text: {} }] }), question('TWICE', { computed: `${quoted(name)} * 2` }), question('LATER', { hides: `!(${quoted(name)} > 1)` })] } as never, [2026, 3, 2])
    const judged = (...given: [string, string][]) => rules.judge(new Map(given))
    const nothing = judged()
    assert.deepEqual([nothing.shown.map(q => q.item), nothing.computed, [...nothing.values], rules.doubt(rules.form.questions[0]!, nothing.values)], [[name], [], [], undefined])
    const all = judged([name, '70'])
    assert.deepEqual([all.shown.map(q => q.item), all.computed, [...all.values]], [[name, 'LATER'], [{ group: 'IG.1', item: 'TWICE', value: '140' }], [[name, '70'], ['TWICE', '140']]])
    assert.ok(rules.doubt(rules.form.questions[0]!, all.values))
    const text = new Rules({ form: 'F', name: 'F', questions: [question(name, { type: 'text' })] } as never, [2026, 3, 2])
    assert.equal(text.holds(`len(${quoted(name)}) > 0`, text.judge(new Map()).values), false, 'nothing was answered')
  })

  test(`${name} is no type, no comparator and no answer`, () => {
    assert.equal(typeOf({ oid: 'I', name: 'I', dataType: name }), 'text')
    assert.equal(comparison({ oid: 'I', name: 'I', dataType: 'integer' }, { comparator: name, values: ['1'] }), '')
  })
}

test('nothing that was read has changed what every object has', () => {
  assert.deepEqual(Object.keys(Object.prototype), [])
  assert.equal(({} as Record<string, unknown>)['IG.1'], undefined)
})
