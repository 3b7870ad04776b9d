// A form as long as one likes, for what must not grow with it.
import type { Question } from '../patient/plan.ts'

/** A form of n numbers: each is hidden by the one before it, has a check of its own, and all are added up in tens. */
export function longForm(n: number): Question[] {
  const questions: Question[] = []
  for (let i = 0; i < n; i++) {
    questions.push({ group: 'G', item: `I${i}`, type: 'integer', text: { '': `Question ${i}` }, ...i ? { hides: `I${i - 1} > 90` } : {}, checks: [{ id: `C${i}`, holds: `I${i} >= 0` }] })
    if (i % 10 === 9) questions.push({ group: 'G', item: `S${i}`, type: 'integer', text: { '': 'Sum' }, computed: Array.from({ length: 10 }, (_, k) => `I${i - k}`).join(' + ') })
  }
  return questions
}
