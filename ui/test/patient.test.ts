// The patients' rules: a long form costs no more at a keystroke than a short one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rules } from '../patient/rules.ts'
import { longForm } from './longform.ts'

const long = (n: number) => new Rules({ form: 'F', name: 'F', questions: longForm(n) }, [2026, 3, 2])

/** How many rules are evaluated when the fifth answer of a form that is filled in changes ten times. */
function work(n: number, anew = false): number {
  let rules = long(n), before = 0, done = 0
  const answers = new Map(Array.from({ length: n }, (_, i) => [`I${i}`, String(i % 90)]))
  rules.judge(answers)
  for (let k = 1; k <= 10; k++) {
    if (anew) rules = long(n)
    before = rules.evaluated
    const { values, shown } = rules.judge(new Map(answers).set('I4', String(k + 10)))
    assert.equal(values.get('S9'), String(Array.from({ length: 10 }, (_, i) => i).reduce((a, b) => a + b) - 4 + k + 10))
    assert.equal(shown.length, n)
    done += rules.evaluated - before
  }
  return done
}

test('a keystroke evaluates the rules that read it, however long the form is', () => {
  assert.equal(work(187), work(20))
  assert.ok(work(187) <= 30, `${work(187)} evaluations in ten keystrokes`)
})

test('control: without memory a long form costs more', () => assert.ok(work(187, true) > 5 * work(20, true)))
