// The API's console: every address of its document, tried with one's own session. Nothing is fetched from outside.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { lang, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { byTag, find, sample, unsaid, type Document, type Entry, type Parameter, type Said, type Schema } from './operations.ts'
import { Head, Shell } from './shell.tsx'

/** The document is in English; in another language its sentences are a file of their own. */
const speak = (): Promise<Said> => lang.value === 'zh-CN' ? import('../words/zh/api.ts').catch(() => unsaid) : Promise.resolve(unsaid)

type Answer = { status: number; took: number; kind: string; text: string }

export function Console() {
  const doc = useLoad('console', signal => call<Document>('GET', '/openapi.json', { signal }))
  const said = useLoad('console ' + lang.value, speak).data ?? unsaid
  const [typed, type] = useState(''), [chosen, choose] = useState<string>()
  const found = doc.data ? find(doc.data, typed, said) : [], groups = doc.data ? byTag(doc.data, found) : []
  const here = found.find(e => e.op.operationId === chosen) ?? groups[0]?.entries[0]
  return <Shell title={t('console.title')} crumbs={[{ text: t('console.title') }]}>
    <Head title={t('console.title')} lead={doc.data ? t('console.lead', { n: found.length }) : ' '}><a class="btn" href="/api/v1/openapi.json" download="openapi.json">OpenAPI 3.1</a></Head>
    {doc.problem && <Trouble problem={doc.problem} retry={doc.reload} />}
    {!doc.data && !doc.problem && <Waiting />}
    {doc.data && <div class="console">
      <section class="card list"><div class="f"><div class="in"><input type="search" aria-label={t('console.find')} placeholder={t('console.find')} value={typed} onInput={e => type(e.currentTarget.value)} /></div></div>
        {!found.length && <Empty icon="search" title={t('console.none')}>{t('console.noneDo')}</Empty>}
        <div class="groups">{groups.map(({ tag, entries }) => <section key={tag.name} aria-labelledby={'tag-' + tag.name}><h2 id={'tag-' + tag.name}><span class="mono">{tag.name}</span> {said.tags[tag.name] ?? tag.description}</h2>
          <ul>{entries.map(e => <li key={e.op.operationId}><button type="button" aria-current={e.op === here?.op ? 'true' : undefined} onClick={() => choose(e.op.operationId)}><Method of={e.method} /><span><b class="mono">{e.path.replace('/api/v1', '')}</b><small>{said.operations[e.op.operationId] ?? e.op.summary}</small></span></button></li>)}</ul></section>)}</div></section>
      {here && <Try key={here.op.operationId} d={doc.data} at={here} said={said} />}</div>}
  </Shell>
}

const Method = ({ of }: { of: string }) => <span class={'verb mono ' + of.toLowerCase()}>{of}</span>

function Try({ d, at, said }: { d: Document; at: Entry; said: Said }) {
  const media = at.op.requestBody?.content['application/json'], example = media?.examples?.['one']?.value
  const [values, set] = useState<Record<string, string>>({})
  const [body, write] = useState(media ? JSON.stringify(example ?? sample(d, media.schema), null, 2) : '')
  const [answer, hear] = useState<Answer>(), [busy, wait] = useState(false)
  const given = (p: Parameter) => (values[p.name] ?? '').trim()
  const parameters = at.op.parameters ?? [], lacks = parameters.some(p => p.required && !given(p))
  const query = parameters.filter(p => p.in === 'query' && given(p)).map(p => `${p.name}=${encodeURIComponent(given(p))}`).join('&')
  const path = at.path.replace(/\{(\w+)\}/g, (whole, name: string) => values[name]?.trim() ? encodeURIComponent(values[name]!.trim()) : whole) + (query && '?' + query)
  const headers: Record<string, string> = { 'Accept-Language': lang.value, ...(at.method === 'GET' ? {} : { 'X-Casebook': '1' }), ...(media ? { 'Content-Type': 'application/json' } : {}), ...Object.fromEntries(parameters.filter(p => p.in === 'header' && given(p)).map(p => [p.name, given(p)])) }
  const curl = [`curl -X ${at.method} '${location.origin}${path}'`, ...Object.entries(headers).map(([k, v]) => `-H '${k}: ${v}'`), ...(media ? [`-d '${body.replace(/'/g, `'\\''`)}'`] : [])].join(' \\\n  ')
  const send = async (e: Event) => {
    e.preventDefault()
    const begun = performance.now(), stop = new AbortController(), timer = setTimeout(() => stop.abort(), 15000)
    wait(true)
    try {
      const r = await fetch(path, { method: at.method, headers, credentials: 'same-origin', cache: 'no-store', signal: stop.signal, ...(media ? { body } : {}) })
      const kind = r.headers.get('Content-Type') ?? '', text = kind.includes('event-stream') ? t('console.stream') : await r.text()
      hear({ status: r.status, took: performance.now() - begun, kind, text: kind.includes('json') ? pretty(text) : text })
    } catch { hear({ status: 0, took: performance.now() - begun, kind: '', text: t('console.silent') }) } finally { clearTimeout(timer); stop.abort(); wait(false) }
  }
  return <section class="card try"><header><h2><Method of={at.method} /> <span class="mono">{at.path}</span></h2><p>{said.operations[at.op.operationId] ?? at.op.description ?? at.op.summary}</p>
    <p class="row"><Tag icon="shield">{at.op['x-casebook-policy']}</Tag><span class="xs dim mono">{at.op.operationId}</span></p></header>
    <form onSubmit={send} class="body stack-1">
      {parameters.map(p => <div class="f" key={p.in + p.name}><div class="lab"><label for={'c-' + p.name}><span class="mono">{p.name}</span>{p.required ? ' *' : ''}</label></div>
        <div class="in"><input id={'c-' + p.name} value={values[p.name] ?? ''} autocomplete="off" autocapitalize="none" spellcheck={false} aria-describedby={'h-' + p.name} onInput={e => set({ ...values, [p.name]: e.currentTarget.value })} /></div>
        <p class="xs dim" id={'h-' + p.name}>{said.parameters[p.name] ?? p.description ?? ''} {p.in === 'header' ? t('console.header') : ''}</p></div>)}
      {media && <div class="f"><div class="lab"><label for="c-body">{t('console.body')}</label></div><textarea id="c-body" class="mono" rows={Math.min(16, body.split('\n').length + 1)} spellcheck={false} value={body} onInput={e => write(e.currentTarget.value)} /></div>}
      {at.method !== 'GET' && <p class="note warn"><Icon name="warn" /><span>{t('console.real')}</span></p>}
      <div class="row"><button class="btn primary" disabled={lacks || busy}>{t('console.send')}</button></div>
    </form>
    <div class="body stack-1"><h3>{t('console.request')}</h3><pre class="mono" tabIndex={0} aria-label={t('console.request')}>{curl}</pre>
      <h3>{t('console.answer')}</h3><div role="status">{answer ? <><p class="row"><Tag tone={answer.status && answer.status < 400 ? 'ok' : 'bad'} icon={answer.status && answer.status < 400 ? 'check' : 'alert'}>{answer.status || '–'}</Tag><span class="xs dim num">{t('console.took', { n: Math.round(answer.took) })}</span><span class="xs dim mono">{answer.kind}</span></p></> : <p class="sub">{t('console.notYet')}</p>}</div>
      {answer && <pre class="mono answer" tabIndex={0} aria-label={t('console.answer')}>{answer.text || '∅'}</pre>}
      <details><summary>{t('console.shape')}</summary><pre class="mono" tabIndex={0}>{Object.entries(at.op.responses).filter(([status]) => status < '3').map(([status, r]) => `${status} ${shape(d, r.content?.['application/json']?.schema)}`).join('\n')}</pre></details></div>
  </section>
}

function pretty(text: string): string { try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return text } }

const shape = (d: Document, s?: Schema) => s ? JSON.stringify(sample(d, s), null, 2) : ''
