import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, firstOpen, nextRepeat, share, strands, whole } from '../app/visits.ts'
import type { FormState, Subject, SubjectEvent } from '../wire/types.ts'

const form = (oid: string, state: FormState, updatedAt?: string) => ({ form: oid, repeat: '1', name: { en: oid }, state, ...(updatedAt ? { updatedAt } : {}) })
const event = (oid: string, repeat: string, type: string, ...forms: SubjectEvent['forms']): SubjectEvent => ({ event: oid, repeat, name: { en: oid }, type, forms })
const subject: Subject = {
  subject: 'S-1', site: '03', status: 'enrolled', events: [
    event('E.SCR', '1', 'Scheduled', form('F.DM', 'complete'), form('F.VS', 'partial')),
    event('E.W4', '1', 'Scheduled', form('F.VS', 'empty')),
    event('E.AE', '1', 'Common', form('F.AE', 'empty')),
    event('E.DIARY', '019e122d-2cb8', 'Common', form('F.HBP', 'complete', '2026-10-01T14:00:00Z'), form('F.SYM', 'empty')),
    event('E.DIARY', '019e264f-4208', 'Common', form('F.HBP', 'empty'), form('F.SYM', 'complete', '2026-10-21T14:00:00Z')),
  ],
}
const all = strands(subject)
const of = (oid: string) => all.find(s => s.event === oid)!

test('reports of a phone stand together, numbered, each with the form it holds', () => {
  assert.deepEqual(all.map(s => s.event), ['E.SCR', 'E.W4', 'E.AE', 'E.DIARY'])
  assert.deepEqual(of('E.DIARY').visits.map(v => [v.nth, v.of, v.at.slice(0, 10), v.forms.map(f => f.form).join()]), [[1, 2, '2026-10-01', 'F.HBP'], [2, 2, '2026-10-21', 'F.SYM']])
  assert.equal(share(whole(of('E.DIARY'))), 1)
})

test('only what is scheduled or begun is due', () => {
  assert.deepEqual([done(whole(of('E.SCR'))), share(whole(of('E.SCR'))), share(whole(of('E.W4')))], [1, .5, 0])
  assert.equal(share(whole(of('E.AE'))), undefined)
  assert.equal(of('E.AE').visits[0]!.forms.length, 1, 'it can still be opened')
  assert.deepEqual([firstOpen(all)?.visit.event, firstOpen(all)?.form.form], ['E.SCR', 'F.VS'])
  assert.equal(firstOpen([of('E.AE'), of('E.DIARY')]), undefined)
})

test('staff number the repeats they add, whatever phones have sent', () => {
  assert.equal(nextRepeat(of('E.SCR')), '2')
  assert.equal(nextRepeat(of('E.DIARY')), '1')
})
