import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseValue } from '../check/check.ts'
import { explain } from '../check/explain.ts'
import { blankDefinition, find, merge, move, Past, put, putRef, quoted, refsOf, remove, rename, spotOf, usesOf, written, type Definition } from '../app/designerdraft.ts'
import { grown } from '../app/designeroutline.tsx'
import { comparison, faultOf, rulesOf, scopeOf, zoneOf } from '../app/designerrules.ts'
import { namesFor } from '../app/designerrule.tsx'
import { Index } from '../form/definition.ts'
import { Live } from '../form/live.ts'
import { inWindow } from '../form/sheet.ts'
import type { Version } from '../wire/types.ts'

/** A form that asks whether somebody smokes, how many, and gives packs; another form asks the age. */
function smoking(): Definition {
  let d = blankDefinition('V')
  d = grown(grown(d, 'forms', '')[0], 'items', 'IG.1')[0]
  d = rename(put(d, 'items', 'IT.1', { dataType: 'boolean', question: { en: 'Do you smoke?' } }), { kind: 'items', oid: 'IT.1' }, 'SMOKES')
  for (const [oid, dataType] of [['CIGS', 'integer'], ['PACKS', 'float']]) d = rename(put(grown(d, 'items', 'IG.1')[0], 'items', `IT.${d.items.length + 1}`, { dataType: dataType! }), { kind: 'items', oid: `IT.${d.items.length + 1}` }, oid!)
  d = grown(grown(d, 'forms', '')[0], 'items', 'IG.2')[0]
  d = rename(put(d, 'items', 'IT.4', { dataType: 'integer' }), { kind: 'items', oid: 'IT.4' }, 'AGE')
  d = { ...d, conditions: [{ oid: 'C', name: 'C', expressions: written('!SMOKES') }, { oid: 'N', name: 'N', expressions: written('SMOKES') }], methods: [{ oid: 'M', name: 'M', expressions: written('CIGS / 20') }] }
  const refs = refsOf(d, 'items', 'IG.1').map(r => r.oid === 'CIGS' ? { ...r, hidden: 'C', mandatoryWhen: 'N' } : r.oid === 'PACKS' ? { ...r, method: 'M' } : r)
  d = put(d, 'groups', 'IG.1', { items: refs })
  return put(d, 'items', 'CIGS', { checks: [{ comparator: 'LT', values: ['60'] }, { expressions: written('CIGS < AGE * 2') }] })
}

test('a new name goes into every reference and every rule, and nowhere else', () => {
  const d = rename(smoking(), { kind: 'items', oid: 'CIGS' }, 'IT-CIGS')
  assert.deepEqual(refsOf(d, 'items', 'IG.1').map(r => r.oid), ['SMOKES', 'IT-CIGS', 'PACKS'])
  assert.equal(find(d, 'methods', 'M')!.expressions![0]!.code, '`IT-CIGS` / 20')
  assert.equal(find(d, 'items', 'IT-CIGS')!.checks![1]!.expressions![0]!.code, '`IT-CIGS` < AGE * 2')
  assert.equal(rename(d, { kind: 'items', oid: 'IT-CIGS' }, 'CIGS').methods![0]!.expressions![0]!.code, 'CIGS / 20')
  const text = put(smoking(), 'methods', 'M', { expressions: written("len('CIGS') + CIGS.X + CIGSY") })
  assert.equal(rename(text, { kind: 'items', oid: 'CIGS' }, 'N').methods![0]!.expressions![0]!.code, "len('CIGS') + CIGS.X + CIGSY")
  assert.equal(rename(smoking(), { kind: 'items', oid: 'CIGS' }, 'AGE').items.length, 4, 'a name that is taken is not given twice')
  assert.equal(quoted('today'), '`today`')
})

test('what goes takes its references along', () => {
  let d = remove(smoking(), { kind: 'conditions', oid: 'C' })
  assert.equal(refsOf(d, 'items', 'IG.1')[1]!.hidden, undefined)
  d = remove(d, { kind: 'items', oid: 'SMOKES' })
  assert.deepEqual(refsOf(d, 'items', 'IG.1').map(r => r.oid), ['CIGS', 'PACKS'])
  assert.deepEqual(usesOf(smoking(), { kind: 'methods', oid: 'M' }), [{ kind: 'groups', oid: 'IG.1' }])
  assert.deepEqual(refsOf(move(smoking(), 'items', 'IG.1', 'PACKS', -2), 'items', 'IG.1').map(r => r.oid), ['PACKS', 'SMOKES', 'CIGS'])
  assert.deepEqual(spotOf(smoking(), 'ItemDef[CIGS]/RangeCheck[2]'), { kind: 'items', oid: 'CIGS' })
})

test('letters are undone as a word, and done again', () => {
  const past = new Past<string>()
  past.keep('', 'name'); past.keep('a', 'name'); past.keep('ab', ''); past.keep('abc', 'name')
  assert.equal(past.undo('abcd'), 'abc')
  assert.equal(past.undo('abc'), 'ab')
  assert.equal(past.redo('ab'), 'abc')
  assert.equal(past.undo('abc'), 'ab')
  assert.equal(past.undo('ab'), '')
  assert.equal(past.undo(''), undefined)
})

test('two people at one draft: each keeps what only they changed, and what both changed is told', () => {
  const base = smoking()
  const mine = put(put(base, 'items', 'AGE', { question: { en: 'Age' } }), 'forms', 'F.1', { description: { en: 'Mine' } })
  const theirs = grown(put(put(base, 'items', 'SMOKES', { question: { en: 'Smoker?' } }), 'forms', 'F.1', { description: { en: 'Theirs' } }), 'codeLists', '')[0]
  const m = merge(base, mine, theirs)
  assert.deepEqual([m.mine, m.theirs, m.both], [[{ kind: 'items', oid: 'AGE' }], [{ kind: 'items', oid: 'SMOKES' }, { kind: 'codeLists', oid: 'CL.1' }], [{ kind: 'forms', oid: 'F.1' }]])
  assert.equal(find(m.definition, 'items', 'SMOKES')!.question!['en'], 'Smoker?')
  assert.equal(find(m.definition, 'items', 'AGE')!.question!['en'], 'Age')
  assert.equal(find(m.definition, 'forms', 'F.1')!.description!['en'], 'Mine')
  assert.ok(find(m.definition, 'codeLists', 'CL.1'))
  // The server writes words in its own order, and leaves out what says nothing: that is no change.
  const turned = JSON.parse(JSON.stringify(base), (_, v: unknown) => v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).reverse()) : v) as Definition
  const still = merge(put(base, 'items', 'CIGS', { checks: [{ expressions: written('CIGS < 5'), message: {} }] }), put(base, 'items', 'CIGS', { checks: [{ expressions: written('CIGS < 5'), message: {} }] }), put(turned, 'items', 'CIGS', { checks: [{ expressions: written('CIGS < 5') }] }))
  assert.deepEqual([still.mine, still.theirs, still.both], [[], [], []])
  const spelled = { ...base, items: base.items.map(i => ({ length: 0, digits: 0, hasDigits: false, ...i })) } // the server writes numbers that say nothing
  assert.deepEqual(merge(base, base, spelled).theirs, [])
  const gone = merge(base, remove(base, { kind: 'methods', oid: 'M' }), base)
  assert.deepEqual([gone.mine.length, gone.definition.methods], [2, []]) // the method, and the group that named it
})

test('the draft\'s form runs its rules in the preview, across forms too', () => {
  const d = smoking(), { rules, computed, idle } = rulesOf(d, 'F.1', item => item === 'AGE' ? '30' : undefined, '2026-03-02')
  assert.deepEqual([computed, idle], [['IG.1/PACKS'], 0])
  assert.deepEqual(rules.rules.map(r => `${r.kind} ${r.item}: ${r.source}`), ['hide CIGS: !SMOKES', 'demand CIGS: SMOKES', 'check CIGS: CIGS < 60', 'check CIGS: CIGS < AGE * 2', 'compute PACKS: CIGS / 20'])
  const live = new Live(rules, new Index(d as unknown as Version).sections('F.1', computed), () => ['1'])
  const at = (item: string) => ({ group: 'IG.1', repeat: '1', item })
  live.begin([[at('SMOKES'), { value: 'true' }], [at('CIGS'), { value: '80' }]])
  assert.deepEqual([[...live.demanded], live.computed.get('IG.1/1/PACKS'), live.failing.get('IG.1/1/CIGS')?.length], [['IG.1/1/CIGS'], '4', 2])
  live.change(at('SMOKES'), { value: 'false' })
  assert.deepEqual([[...live.demanded], [...live.hidden]], [[], ['IG.1/1/CIGS']])
  const asked = putRef(d, 'groups', 'F.1', 'IG.1', { mandatoryWhen: 'N' }) // a condition makes the group mandatory
  const group = new Live(rulesOf(asked, 'F.1', () => undefined, '2026-03-02').rules, new Index(asked as unknown as Version).sections('F.1', computed), () => ['1'])
  group.begin([[at('SMOKES'), { value: 'true' }]])
  assert.deepEqual([...group.demanded].sort(), ['IG.1/1', 'IG.1/1/CIGS'])
  assert.ok(group.change(at('SMOKES'), { value: 'false' }).has('IG.1/1'))
  assert.equal(group.demanded.size, 0)
  const broken = put(d, 'conditions', 'C', { expressions: written('!SMOKE') })
  assert.equal(rulesOf(broken, 'F.1', () => undefined, '2026-03-02').idle, 1)
})

test('a check by comparator is the rule that the server makes of it', () => {
  const item = (dataType: string, more = {}) => ({ oid: 'X', name: 'X', dataType, ...more })
  assert.equal(comparison(item('integer'), { comparator: 'GE', values: ['1.50'] }), 'X >= 1.5')
  assert.equal(comparison(item('text'), { comparator: 'NOTIN', values: ["a'b", 'c'] }), "!(X in ['a\\'b', 'c'])")
  assert.equal(comparison(item('date'), { comparator: 'LT', values: ['2026-01-01'] }), 'X < @2026-01-01')
  assert.equal(comparison(item('time'), { comparator: 'GT', values: ['10:30:00'] }), 'X > @T10:30:00')
  assert.equal(comparison(item('integer', { multiple: true }), { comparator: 'IN', values: ['1', '2'] }), 'all(x: X, x in [1, 2])')
  assert.equal(comparison(item('integer'), { comparator: 'GE', values: ['ten'] }), '')
})

test('a rule is explained part by part, and says what nobody had to look at', () => {
  const scope = scopeOf(smoking())
  const rule = explain('(SMOKES && CIGS > 20) || AGE < 18', scope, 'bool')
  const values = { SMOKES: 'true', CIGS: '30', AGE: '12' } as Record<string, string>
  const got = rule.explain({ values: rule.refs.map(r => parseValue(r.type, values[r.name]!)!) })
  assert.equal(got.value, true)
  assert.deepEqual(got.parts.map(p => [p.source, p.values.length ? String(p.values[0]) : 'unseen', p.depth]),
    [['(SMOKES && CIGS > 20) || AGE < 18', 'true', 0], ['(SMOKES && CIGS > 20)', 'true', 1], ['SMOKES', 'true', 2], ['CIGS > 20', 'true', 2], ['CIGS', '30', 3], ['AGE < 18', 'unseen', 1], ['AGE', 'unseen', 2]])
  const each = explain('any(x: [1, CIGS, 3], x > 2)', scope)
  const parts = each.explain({ values: [parseValue('number', '5')!] }).parts
  assert.deepEqual(parts.find(p => p.source === 'x > 2')!.values, [false, true])
  assert.deepEqual([faultOf('CIGS + ', scope)?.code, faultOf('CIG > 1', scope)?.place, faultOf('CIGS', scope, 'bool')?.code], ['rule.syntax', 'column 1', 'rule.type'])
})

test('names are offered by what they are called and by what they ask', () => {
  assert.deepEqual(namesFor(smoking(), 'sm').map(n => n.insert), ['SMOKES'])
  assert.equal(namesFor(smoking(), 'do you').map(n => n.insert)[0], 'SMOKES')
  assert.ok(namesFor(smoking(), 'coal').some(n => n.insert === 'coalesce('))
})

test('zones change their clocks when they did', () => {
  assert.deepEqual(zoneOf('Asia/Tokyo'), [32400])
  const berlin = zoneOf('Europe/Berlin')!
  assert.ok(berlin.includes(Date.UTC(2024, 2, 31, 1) / 1000) && berlin.includes(Date.UTC(2024, 9, 27, 1) / 1000))
  assert.equal(zoneOf('Mars/Olympus'), undefined)
})

test('what is being typed goes on in a new drawing of the preview, and is kept from there', async () => {
  const d = smoking(), values = new Map()
  const draw = () => { const { rules, computed } = rulesOf(d, 'F.1', () => undefined, '2026-03-02'); return inWindow(new Index(d as unknown as Version).sections('F.1', computed), values, { form: 'F.1', computed, rules }) }
  const smokes = (of: ReturnType<typeof draw>) => of.field('IG.1', '1', 'SMOKES')
  const before = draw(), cold = draw(), after = draw()
  smokes(before).type('true')
  after.goOn(before)
  smokes(before).commit() // the click that was on its way
  await before.idle()
  const shows = (of: ReturnType<typeof draw>) => [smokes(of).draft.value, of.field('IG.1', '1', 'CIGS').hidden.value]
  assert.deepEqual([shows(after), shows(cold)], [['true', false], ['', true]]) // the control has taken nothing over
  smokes(after).commit()
  await after.idle()
  assert.deepEqual([...values.values()].map(v => [v.item, v.value]), [['SMOKES', 'true']])
  assert.ok(!smokes(after).dirty)
})
