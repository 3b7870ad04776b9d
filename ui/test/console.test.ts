// The console's way from a document to a request.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { find, sample } from '../app/operations.ts'

const document = JSON.parse(readFileSync('../openapi/openapi.json', 'utf8'))

test('every address of the document is listed, and found by its words in any order', () => {
  let all = 0
  for (const operations of Object.values(document.paths)) all += Object.keys(operations as object).length
  assert.equal(find(document, '').length, all)
  assert.deepEqual(find(document, 'patch forms').map(e => e.method + ' ' + e.op.operationId), ['PATCH edcSave'])
  assert.equal(find(document, 'webhooks post').every(e => e.method === 'POST' && e.path.includes('webhooks')), true)
  assert.equal(find(document, 'no such address').length, 0)
})

test('a body begins in the shape that the document gives it, also one that holds itself', () => {
  const save = find(document, 'patch forms')[0]!.op.requestBody!.content['application/json']!
  assert.deepEqual(sample(document, save.schema), { items: [{ blank: '', group: '', item: '', repeat: '', value: '' }], reason: '' })
  const self = { ...document, components: { schemas: { knot: { type: 'object', properties: { inner: { $ref: '#/components/schemas/knot' } } } } } }
  assert.ok(JSON.stringify(sample(self, { $ref: '#/components/schemas/knot' })).length < 200)
})
