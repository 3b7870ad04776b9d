// The console's way from a document to a request.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { byTag, find, sample, type Document, type Parameter } from '../app/operations.ts'
import * as zh from '../words/zh/api.ts'

const document: Document = JSON.parse(readFileSync('../openapi/openapi.json', 'utf8'))

test('every address of the document is listed, and found by its words in any order', () => {
  let all = 0
  for (const operations of Object.values(document.paths)) all += Object.keys(operations as object).length
  assert.equal(find(document, '').length, all)
  assert.deepEqual(find(document, 'patch forms').map(e => e.method + ' ' + e.op.operationId), ['PATCH edcSave'])
  assert.equal(find(document, 'webhooks post').every(e => e.method === 'POST' && e.path.includes('webhooks')), true)
  assert.equal(find(document, 'no such address').length, 0)
  assert.deepEqual(find(document, 'post 更换签名密钥', zh).map(e => e.op.operationId), ['platformRotateWebhook'])
  assert.deepEqual(byTag(document, find(document, '')).flatMap(g => g.entries).length, all, 'an operation stands under no tag')
  assert.deepEqual(byTag(document, find(document, 'sandbox')).map(g => g.tag.name), ['platform'])
})

// What the document says in English and the console lacks in Chinese, and the other way round.
function unlike(d: Document, said: typeof zh) {
  const operations = find(d, '').map(e => e.op), wants = {
    tags: new Map(d.tags.map(tag => [tag.name, tag.description])),
    operations: new Map(operations.map(op => [op.operationId, op.description ?? op.summary])),
    parameters: new Map(operations.flatMap(op => op.parameters ?? []).filter((p): p is Parameter & { description: string } => !!p.description).map(p => [p.name, p.description])),
  }
  return (['tags', 'operations', 'parameters'] as const).flatMap(part => [
    ...[...wants[part]].filter(([name]) => !/\p{Script=Han}.*[。]$/u.test(said[part][name] ?? '')).map(([name, text]) => `add to ${part}:  ${/\W/.test(name) ? `'${name}'` : name}: '…。', // ${text}`),
    ...Object.keys(said[part]).filter(name => !wants[part].has(name)).map(name => `take from ${part}:  ${name}`)])
}

test('the console says in Chinese what the document says', () => {
  const found = unlike(document, zh)
  assert.equal(found.length, 0, `ui/words/zh/api.ts is not what openapi/openapi.json says; each wants one Chinese sentence that ends with 。:\n  ${found.join('\n  ')}`)
})

// The control: an operation without its sentence, one in English, and a sentence of an operation that has gone.
test('a sentence that is missing, in English or left over is found', () => {
  const { edcSave: _, ...rest } = zh.operations
  const found = unlike(document, { ...zh, operations: { ...rest, edcSign: 'Signs.', edcGone: '没有了。' } })
  assert.deepEqual(found.map(line => line.replace(/ \/\/.*/, '')).sort(), ["add to operations:  edcSave: '…。',", "add to operations:  edcSign: '…。',", 'take from operations:  edcGone'])
})

test('a body begins in the shape that the document gives it, also one that holds itself', () => {
  const save = find(document, 'patch forms')[0]!.op.requestBody!.content['application/json']!
  assert.deepEqual(sample(document, save.schema), { items: [{ blank: '', group: '', item: '', repeat: '', value: '' }], reason: '' })
  const self = { ...document, components: { schemas: { knot: { type: 'object', properties: { inner: { $ref: '#/components/schemas/knot' } } } } } }
  assert.ok(JSON.stringify(sample(self, { $ref: '#/components/schemas/knot' })).length < 200)
})
