// The API's document passes a linter that knows nothing of us: Redocly's recommended rules, of which a warning fails as an error does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createConfig, lintFromString } from '@redocly/openapi-core'

const config = await createConfig({ extends: ['recommended'] })

async function problems(source: string) {
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config })
  return found.map(p => `${p.severity} ${p.ruleId}: ${p.message} at ${p.location[0]?.pointer ?? ''}`)
}

const document = readFileSync('../openapi/openapi.json', 'utf8')

test('the document of the API passes the linter', async () => {
  assert.deepEqual(await problems(document), [])
})

// The control: a document with mistakes does not.
test('the linter finds what is wrong', async () => {
  const small = {
    openapi: '3.1.0', info: { title: 'A', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } }, servers: [{ url: '/' }], security: [],
    paths: { '/a/{b}': { get: { operationId: 'a', summary: 'A', responses: { 200: { description: 'A', content: { 'application/json': { schema: { $ref: '#/components/schemas/None' } } } }, 400: { description: 'No' } } } } },
  }
  const found = (await problems(JSON.stringify(small))).join('\n')
  assert.match(found, /no-unresolved-refs/)
  assert.match(found, /path-parameters-defined/)
})
