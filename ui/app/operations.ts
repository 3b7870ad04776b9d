// The operations of the API's document: found by words, with a body to begin with. Pure.
export type Schema = { $ref?: string; type?: string | string[]; properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[]; enum?: string[]; description?: string; format?: string; additionalProperties?: Schema | boolean }
export type Parameter = { name: string; in: 'path' | 'query' | 'header'; required?: boolean; description?: string }
export type Media = { schema: Schema; examples?: Record<string, { value: unknown }> }
export type Operation = { operationId: string; tags: string[]; summary: string; description?: string; parameters?: Parameter[]; requestBody?: { content: Record<string, Media> }; responses: Record<string, { description?: string; content?: Record<string, Media> }>; 'x-casebook-policy': string; 'x-casebook-roles'?: string[] }
export type Document = { tags: { name: string; description: string }[]; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }
export type Entry = { method: string; path: string; op: Operation }
/** What is said in another language than the document's: of a tag by its name, an operation by its id, a parameter by its name. */
export type Said = { tags: Record<string, string>; operations: Record<string, string>; parameters: Record<string, string> }
/** The document speaks for itself. */
export const unsaid: Said = { tags: {}, operations: {}, parameters: {} }

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** The addresses of a document that have all the words that were typed, in either language. */
export function find(d: Document, typed: string, said = unsaid): Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean), all: Entry[] = []
  for (const [path, operations] of Object.entries(d.paths)) for (const method of methods) {
    const op = operations[method]
    if (op && words.every(w => `${method} ${path} ${op.summary} ${op.tags.join(' ')} ${said.operations[op.operationId] ?? ''}`.toLowerCase().includes(w))) all.push({ method: method.toUpperCase(), path, op })
  }
  return all
}

/** What was found, under the tags of the document that have any of it. */
export function byTag(d: Document, found: Entry[]) {
  return d.tags.map(tag => ({ tag, entries: found.filter(e => e.op.tags[0] === tag.name) })).filter(group => group.entries.length)
}

/** A value of the shape that a schema names, to begin with. */
export function sample(d: Document, s: Schema, depth = 0): unknown {
  if (s.$ref) return depth > 4 ? {} : sample(d, d.components.schemas[s.$ref.slice(s.$ref.lastIndexOf('/') + 1)] ?? {}, depth + 1)
  if (s.anyOf) return sample(d, s.anyOf[0]!, depth)
  if (s.enum) return s.enum.find(v => v) ?? ''
  switch (Array.isArray(s.type) ? s.type[0] : s.type) {
    case 'object': return Object.fromEntries(Object.entries(s.properties ?? {}).map(([name, p]) => [name, sample(d, p, depth + 1)]))
    case 'array': return depth > 4 || !s.items ? [] : [sample(d, s.items, depth + 1)]
    case 'integer': case 'number': return 0
    case 'boolean': return false
    case 'string': return ''
  }
  return null
}
