// A form's rules while somebody types: they show and hide, compute and warn before the server answers, only what depends
// on a change runs, and where the server differs it is told and obeyed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Index } from '../form/definition.ts'
import { Live, type Disagreement } from '../form/live.ts'
import { FormModel, type Keeper } from '../form/model.ts'
import type { FormData, LiveRule, Rules, Value, Version } from '../wire/types.ts'
import { Rules as Phone } from '../patient/rules.ts'

type Kind = LiveRule['kind']
type Asked = [item: string, type: string, rules?: Partial<Record<Kind, string>>]

/** A study of one form with the questions of a group that does not repeat (G) and one that does (L). */
function study(once: Asked[], log: Asked[] = [], given: Rules['given'] = {}, over?: string) {
  const all = [...once, ...log]
  const version: Version = {
    oid: 'V', name: 'V', eventRefs: [{ oid: 'E' }], events: [{ oid: 'E', name: 'E', type: 'Scheduled', forms: [{ oid: 'F' }] }],
    forms: [{ oid: 'F', name: 'F', groups: [{ oid: 'G' }, ...log.length ? [{ oid: 'L' }] : []] }],
    groups: [{ oid: 'G', name: 'G', items: once.map(([oid]) => ({ oid, ...all.find(a => a[0] === oid)![2]?.compute ? { method: oid } : {} })) }, { oid: 'L', name: 'L', repeating: true, items: log.map(([oid]) => ({ oid })) }],
    items: all.map(([oid, type]) => ({ oid, name: oid, dataType: { number: 'float', bool: 'boolean' }[type] ?? type })),
    methods: all.filter(a => a[2]?.compute).map(([oid]) => ({ oid, name: oid })),
  }
  const of = (group: string, list: Asked[]) => list.flatMap(([item, , more = {}]) =>
    Object.entries(more).map(([kind, source]): LiveRule => ({ kind: kind as Kind, id: `${kind} ${item}`, group, item, source, message: { en: `${item} is odd` } })))
  const rules: Rules = {
    today: '2026-11-25', zone: 'UTC', types: { OLD: 'number', ...Object.fromEntries(all.map(([oid, type]) => [oid, type])) }, given,
    rules: [...over ? [{ kind: 'hide' as const, id: 'over', group: 'L', source: over }] : [], ...of('G', once), ...of('L', log)],
  }
  return { sections: new Index(version).sections('F'), rules }
}

function live(once: Asked[], log: Asked[] = [], rows = ['1'], given: Rules['given'] = {}, over?: string) {
  const { sections, rules } = study(once, log, given, over)
  const engine = new Live(rules, sections, () => rows)
  engine.begin([])
  const set = (item: string, value: string, repeat = '1', group = log.some(a => a[0] === item) ? 'L' : 'G') => engine.change({ group, repeat, item }, { value })
  return { engine, set, sections, rules }
}

test('a question appears, a value is computed and a check warns while it is typed', () => {
  const { engine, set } = live([
    ['SEX', 'text'], ['PREG', 'bool', { hide: "SEX != 'F'" }], ['W', 'number', { check: 'W < 200' }], ['H', 'number'], ['BMI', 'number', { compute: 'round(W / (H * H), 1)' }],
  ])
  assert.ok(engine.hidden.has('G/1/PREG'), 'nobody can tell yet, so it is hidden')
  set('SEX', 'F')
  assert.ok(!engine.hidden.has('G/1/PREG'))
  set('W', '95'); set('H', '1.75')
  assert.equal(engine.computed.get('G/1/BMI'), '31')
  set('W', '950')
  assert.deepEqual(engine.failing.get('G/1/W')?.map(r => r.id), ['check W'])
  set('W', '')
  assert.equal(engine.failing.size, 0)
  assert.equal(engine.computed.get('G/1/BMI'), '')
})

test('a hidden value is kept, counts for nothing, and is back when it is shown again', () => {
  const { engine, set } = live([
    ['SMOKES', 'bool'], ['CIGS', 'number', { hide: '!SMOKES', check: 'CIGS < 60' }], ['PACKS', 'number', { compute: 'CIGS / 20' }], ['ASK', 'text', { hide: 'blank(PACKS) || PACKS < 2' }],
  ])
  set('SMOKES', 'true'); set('CIGS', '80')
  assert.equal(engine.computed.get('G/1/PACKS'), '4')
  assert.ok(!engine.hidden.has('G/1/ASK'))
  assert.ok(engine.failing.has('G/1/CIGS'))
  set('SMOKES', 'false')
  assert.equal(engine.computed.get('G/1/PACKS'), '')
  assert.ok(engine.hidden.has('G/1/ASK'), 'what depends on a hidden value must follow')
  assert.ok(!engine.failing.has('G/1/CIGS'), 'a hidden value is asked nothing')
  set('SMOKES', 'true')
  assert.equal(engine.computed.get('G/1/PACKS'), '4')
})

test('rows have their own rules, and lists take the rows that have values', () => {
  const { engine, set } = live([['N', 'number', { compute: 'count(each(TERM))' }], ['WORST', 'number', { compute: 'max(each(SEV))' }]],
    [['TERM', 'text'], ['SEV', 'number'], ['SAE', 'bool', { hide: '!(SEV >= 3)' }]], ['1', '2', '3'])
  set('TERM', 'headache', '1'); set('SEV', '2', '1'); set('SEV', '4', '3')
  assert.deepEqual(['1', '2', '3'].map(r => engine.hidden.has(`L/${r}/SAE`)), [true, true, false])
  assert.equal(engine.computed.get('G/1/N'), '1')
  assert.equal(engine.computed.get('G/1/WORST'), '4')
  set('SEV', '', '3')
  assert.equal(engine.computed.get('G/1/WORST'), '2')
})

test('a condition over a group hides its rows and their values', () => {
  const { engine, set } = live([['ANY', 'bool'], ['N', 'number', { compute: 'count(each(TERM))' }]], [['TERM', 'text']], ['1'], {}, '!ANY')
  set('ANY', 'true'); set('TERM', 'cough')
  assert.equal(engine.computed.get('G/1/N'), '1')
  set('ANY', 'false')
  assert.ok(engine.hidden.has('L/1'))
  assert.equal(engine.computed.get('G/1/N'), '0')
})

test('values of other visits come from the server', () => {
  const { engine, set } = live([['W', 'number', { check: 'W >= prev(OLD) * 0.9' }]], [], ['1'], { 'prev(OLD)': { value: '100' } })
  set('W', '85')
  assert.ok(engine.failing.has('G/1/W'))
  set('W', '95')
  assert.ok(!engine.failing.has('G/1/W'))
})

test('a change of one of 187 questions runs only what depends on it', () => {
  const items = Array.from({ length: 187 }, (_, i): Asked => [`Q${i}`, 'number', {
    check: `Q${i} < 1000`, ...i % 2 ? { hide: `Q${i - 1} > 500` } : {}, ...i === 186 ? { compute: 'Q0 + Q1 + Q2' } : {},
  }])
  const { engine, set } = live(items)
  for (let i = 0; i < 186; i++) set(`Q${i}`, '7')
  const cost = (item: string, value: string) => { const before = engine.evaluations; set(item, value); return engine.evaluations - before }
  assert.equal(cost('Q101', '8'), 1, 'its own check')
  assert.ok(cost('Q100', '9') <= 3, 'its check, its neighbour\'s condition and check')
  assert.ok(cost('Q0', '9') <= 6)
  const small = live(items.slice(0, 20).map(([oid, type, rules]): Asked => [oid, type, { ...rules }]))
  const smallCost = (item: string, value: string) => { const before = small.engine.evaluations; small.set(item, value); return small.engine.evaluations - before }
  small.set('Q10', '7'); small.set('Q11', '7')
  assert.equal(smallCost('Q11', '8'), cost('Q11', '8'), 'a change costs the same in a form of 20 and of 187')
})

test('rules that need each other are left to the server', () => {
  assert.throws(() => live([['A', 'number', { hide: 'B > 1' }], ['B', 'number', { hide: 'A > 1' }]]), /need each other/)
})

/** A form whose server answers as told; rules run here while a save is on the way. */
function desk(answer: (value: string) => Partial<FormData>, hold = Promise.resolve()) {
  const { sections, rules } = study([['W', 'number', { check: 'W < 200' }], ['TWICE', 'number', { compute: 'W * 2' }], ['MORE', 'text', { hide: 'blank(W) || W < 100' }]])
  const empty: FormData = { subject: 'S', event: 'E', eventRepeat: '1', form: 'F', formRepeat: '1', version: 0, state: 'empty', site: '1', items: [], hidden: ['G/1/MORE'], queries: [] }
  const told: Disagreement[] = []
  const keeper: Keeper = {
    load: async () => ({ ...empty, rules }), pause: async () => {}, disagree: found => { told.push(...found) },
    save: async (_, change) => {
      await hold
      const value = 'value' in change ? change.value : ''
      return { ...empty, version: 1, items: [item('W', value)], ...answer(value) }
    },
  }
  const form = new FormModel(sections, { ...empty, rules }, keeper, Live)
  return { form, told, field: (name: string) => form.field('G', '1', name) }
}
const item = (name: string, value: string): Value => ({ group: 'G', repeat: '1', item: name, value })
const query = (value: string) => [{ id: 'q', group: 'G', repeat: '1', item: 'W', state: 'Open', source: 'system', rule: 'check W', text: { en: `${value} is odd` } }]

test('the form follows the typing, and after the save the server', async () => {
  let release = () => {}
  const { form, field, told } = desk(v => ({ items: [item('W', v), item('TWICE', '500')], hidden: [], queries: query(v) }), new Promise(done => { release = done }))
  const [w, twice, more] = ['W', 'TWICE', 'MORE'].map(field) as [ReturnType<typeof field>, ReturnType<typeof field>, ReturnType<typeof field>]
  assert.equal(more.hidden.value, true)
  w.type('250')
  assert.equal(more.hidden.value, false, 'shown before it is saved')
  assert.equal(twice.told, '500')
  assert.deepEqual(w.warnings.value, [], 'nobody is interrupted while typing')
  w.commit()
  assert.deepEqual([...w.warnings.value as readonly LiveRule[]].map(r => r.message?.['en']), ['W is odd'], 'warned before the answer')
  release()
  await form.idle()
  assert.deepEqual(w.warnings.value, [], 'the query says it now')
  assert.equal(w.queries.value.length, 1)
  assert.equal(more.hidden.value, false)
  assert.deepEqual(told, [])
  w.type('150')
  assert.equal(w.queries.value.length, 0, 'the query is not asked of a value that settles it')
})

test('where the server differs it is told, and its word stands', async () => {
  const { form, field, told } = desk(v => ({ items: [item('W', v), item('TWICE', '501')], hidden: ['G/1/MORE'] }))
  field('W').type('250'); field('W').commit()
  await form.idle()
  assert.deepEqual(told.map(d => [d.kind, d.place, d.client, d.server]).sort(), [
    ['check', 'G/1/W', 'fails', 'holds'], ['compute', 'G/1/TWICE', '500', '501'], ['hide', 'G/1/MORE', 'false', 'true']])
  assert.equal(field('TWICE').told, '501')
  assert.equal(field('MORE').hidden.value, true)
  field('W').type('40')
  assert.equal(field('TWICE').told, '501', 'the rules here are not asked any more')
})

test('a rule that this engine does not know leaves the form to the server', async () => {
  const { sections, rules } = study([['W', 'number', { check: 'tomorrow(W)' }]])
  const data: FormData = { subject: 'S', event: 'E', eventRepeat: '1', form: 'F', formRepeat: '1', version: 0, state: 'empty', site: '1', items: [], hidden: [], queries: [], rules }
  const warn = console.warn
  console.warn = () => {}
  const form = new FormModel(sections, data, { load: async () => data, save: async () => data, pause: async () => {}, disagree: () => {} }, Live)
  form.field('G', '1', 'W').type('5')
  console.warn = warn
  assert.equal(form.field('G', '1', 'W').draft.value, '5')
  assert.deepEqual(form.field('G', '1', 'W').warnings.value, [])
})

test('on a phone a condition makes a question mandatory, and takes it back', () => {
  const question = (item: string, more = {}) => ({ group: 'G', item, type: 'boolean', text: { en: item }, ...more })
  const rules = new Phone({ form: 'F', name: 'F', questions: [question('PAIN'), question('WHERE', { type: 'text', neededWhen: 'PAIN' }), question('ALWAYS', { needed: true })] }, [2026, 3, 2])
  const needed = (answers: Record<string, string>) => rules.judge(new Map(Object.entries(answers))).shown.filter(q => q.needed).map(q => q.item)
  assert.deepEqual([needed({}), needed({ PAIN: 'true' }), needed({ PAIN: 'false' })], [['ALWAYS'], ['WHERE', 'ALWAYS'], ['ALWAYS']])
})
