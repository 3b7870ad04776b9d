// Parts of the definition browser: code lists, units, rules with what they read and stand at, documents.
import { useEffect, useState } from 'preact/hooks'
import { label, unitLabel } from '../form/definition.ts'
import { Icon } from '../look/icon.tsx'
import { Chip, Empty, Tag } from '../look/parts.tsx'
import type { Text, Version } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { ruleKey, type Book, type Rule, type Stand } from './definition.ts'
import { to } from './route.ts'

/** A text in the pages' two languages; what is missing is said. */
export function Both({ text, fallback = '' }: { text: Text | undefined; fallback?: string }) {
  const zh = text?.['zh-CN'] ?? text?.['zh'] ?? text?.['zh-Hans'], en = text?.['en'] ?? text?.['en-US'] ?? text?.['']
  const missing = <span class="tag warn"><Icon name="warn" />{t('def.untranslated')}</span>
  return <><td class="about" lang="zh-CN">{zh ?? (text || fallback ? missing : '')}</td><td class="about" lang="en">{en ?? (fallback || (text ? missing : ''))}</td></>
}

export const ItemLink = ({ id, book, oid }: { id: string; book: Book; oid: string }) => {
  const item = book.items.get(oid)
  return item ? <a href={to.definition(id, 'items', oid)} title={label(item)}>{oid}</a> : <span class="mono">{oid}</span>
}

export function UsedBy({ id, book, oid }: { id: string; book: Book; oid: string }) {
  const [all, show] = useState(false)
  const items = book.usedBy(oid), few = all ? items : items.slice(0, 6)
  if (!items.length) return <span class="dim">{t('def.unused')}</span>
  return <span class="row wrap">{few.map(i => <ItemLink key={i.oid} id={id} book={book} oid={i.oid} />)}
    {few.length < items.length && <button type="button" class="btn quiet s" onClick={() => show(true)}>+{items.length - few.length}</button>}</span>
}

export function CodeLists({ id, book, at }: { id: string; book: Book; at: string }) {
  const lists = book.version.codeLists ?? []
  useEffect(() => { if (at) document.getElementById('cl-' + at)?.scrollIntoView({ block: 'start' }) }, [at])
  if (!lists.length) return <Empty icon="rows" title={t('def.none')}>{t('def.noneDo')}</Empty>
  return <div class="deflists">{lists.map(l => <section key={l.oid} id={'cl-' + l.oid} class={`card ${l.oid === at ? 'here' : ''}`}>
    <header><h2 class="grow">{say(l.description, l.name)} <span class="xs dim mono">{l.oid}</span></h2><span class="xs dim">{l.dataType}</span></header>
    {l.external ? <p class="body">{t('def.external', { name: l.external.dictionary ?? '', version: l.external.version ?? '' })}</p> : <div class="scroll" tabIndex={0} role="region" aria-label={l.name}><table class="tbl">
      <thead><tr><th scope="col">{t('def.code')}</th><th scope="col">{t('def.zh')}</th><th scope="col">{t('def.en')}</th>{l.items?.some(c => c.weight) && <th scope="col" class="num">{t('def.weight')}</th>}</tr></thead>
      <tbody>{l.items?.map(c => <tr key={c.code}><th scope="row" class="mono">{c.code}</th><Both text={c.decode} fallback={c.decode ? '' : c.code} />{l.items?.some(x => x.weight) && <td class="num">{c.weight}</td>}</tr>)}</tbody></table></div>}
    <p class="body xs"><span class="dim">{t('def.usedIn')} </span><UsedBy id={id} book={book} oid={l.oid} /></p>
  </section>)}</div>
}

export function Units({ id, book }: { id: string; book: Book }) {
  const units = book.version.units ?? []
  if (!units.length) return <Empty icon="rows" title={t('def.none')}>{t('def.noneDo')}</Empty>
  return <section class="card"><h2 class="sr">{t('def.units')}</h2><div class="scroll" tabIndex={0} role="region" aria-label={t('def.units')}><table class="tbl">
    <thead><tr><th scope="col">OID</th><th scope="col">{t('def.name')}</th><th scope="col">{t('def.zh')}</th><th scope="col">{t('def.en')}</th><th scope="col" class="fill">{t('def.usedIn')}</th></tr></thead>
    <tbody>{units.map(u => <tr key={u.oid}><th scope="row" class="mono xs">{u.oid}</th><td>{u.name}</td><Both text={u.symbol} fallback={unitLabel(u)} /><td class="fill xs"><UsedBy id={id} book={book} oid={u.oid} /></td></tr>)}</tbody></table></div></section>
}

const looks = { check: ['inf', 'check'], hide: ['', 'branch'], compute: ['sign', 'pulse'] } as const
export const RuleTag = ({ rule }: { rule: Rule }) => <Tag tone={looks[rule.kind][0]} icon={looks[rule.kind][1]}>{word('rules', rule.kind)}</Tag>
export const RuleLink = ({ id, rule }: { id: string; rule: Rule }) => <a href={to.definition(id, 'rules', ruleKey(rule))}>{rule.id}</a>

function StandLink({ id, book, stand }: { id: string; book: Book; stand: Stand }) {
  const form = stand.what === 'ItemGroupDef' ? stand.in : stand.oid
  return stand.what === 'ItemDef' ? <ItemLink id={id} book={book} oid={stand.oid} />
    : book.forms.has(form ?? '') ? <a href={to.definition(id, 'forms', form!)}>{stand.oid}</a> : <span class="mono">{stand.oid}</span>
}

const perPage = 100

/** Rules in a table, filtered by kind and by whether they run. */
export function RuleList({ id, book, rules }: { id: string; book: Book; rules: Rule[] }) {
  const [kind, setKind] = useState(''), [state, setState] = useState(''), [most, more] = useState(perPage)
  const shown = rules.filter(r => (!kind || r.kind === kind) && (!state || (state === 'idle') === !r.source))
  const idle = rules.filter(r => !r.source).length
  if (!rules.length) return <Empty icon="branch" title={t('def.noRules')}>{t('def.noneDo')}</Empty>
  return <section class="card defrules"><header><h2 class="grow">{t('def.found', { n: shown.length })}</h2>
    <Chip name={t('def.kind')} value={kind} onChange={setKind} choices={[{ value: '', text: t('def.any') }, ...(['check', 'hide', 'compute'] as const).map(k => ({ value: k, text: `${word('rules', k)} (${rules.filter(r => r.kind === k).length})` }))]} />
    <Chip name={t('def.runs')} value={state} onChange={setState} choices={[{ value: '', text: t('def.any') }, { value: 'runs', text: `${t('def.runs')} (${rules.length - idle})` }, { value: 'idle', text: `${t('def.idle')} (${idle})` }]} /></header>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('def.rules')}><table class="tbl">
      <thead><tr><th scope="col">{t('def.rule')}</th><th scope="col">{t('def.kind')}</th><th scope="col" class="about">{t('def.text')}</th><th scope="col" class="fill">{t('def.message')}</th><th scope="col" class="about">{t('def.reads')}</th><th scope="col" class="about">{t('def.stands')}</th></tr></thead>
      <tbody>{shown.slice(0, most).map(r => <tr key={ruleKey(r)}><th scope="row"><RuleLink id={id} rule={r} /></th>
        <td><span class="row"><RuleTag rule={r} />{r.hard && <Tag tone="bad" icon="alert">{t('def.hard')}</Tag>}{!r.source && <Tag tone="warn" icon="warn">{t('def.idle')}</Tag>}</span></td>
        <td class="about"><code class="xs wrap-any">{r.source || r.written?.[0]?.code}</code></td><td class="fill">{say(r.message ?? r.about)}</td>
        <td class="about xs"><span class="row wrap">{r.reads.map(x => <ItemLink key={x.as} id={id} book={book} oid={x.item} />)}</span></td>
        <td class="about xs"><span class="row wrap">{r.stands.slice(0, 6).map((s, i) => <StandLink key={i} id={id} book={book} stand={s} />)}{r.stands.length > 6 && <span class="dim">+{r.stands.length - 6}</span>}</span></td></tr>)}</tbody></table></div>
    {shown.length > most && <p class="body"><button type="button" class="btn" onClick={() => more(most + perPage)}>{t('def.more', { n: shown.length - most })}</button></p>}
  </section>
}

export function RulePage({ id, book, rule }: { id: string; book: Book; rule: Rule }) {
  const name = (oid: string) => { const item = book.items.get(oid); return item ? label(item) : '' }
  return <>
    <section class="card"><header><h2 class="grow">{rule.name && rule.name !== rule.id ? rule.name : rule.id}</h2><RuleTag rule={rule} />{rule.kind === 'check' && <Tag tone={rule.hard ? 'bad' : 'inf'} icon={rule.hard ? 'alert' : 'info'}>{t(rule.hard ? 'def.hard' : 'def.soft')}</Tag>}
      {rule.source ? <Tag tone="ok" icon="check">{t('def.runs')}</Tag> : <Tag tone="warn" icon="warn">{t('def.idle')}</Tag>}</header>
      <div class="body stack">
        {rule.source && <pre class="defcode"><code>{rule.source}</code></pre>}
        {rule.why && <p class="note warn"><Icon name="warn" /><span>{say(rule.why)}</span></p>}
        {rule.written?.filter(w => w.code !== rule.source).map((w, i) => <div key={i}><p class="xs dim">{t('def.written')}{w.context && ` · ${w.context}`}</p><pre class="defcode dim"><code>{w.code}</code></pre></div>)}
        {(rule.message || rule.about) && <div class="scroll" tabIndex={0} role="region" aria-label={t('def.message')}><table class="tbl"><thead><tr><th scope="col">{t('def.zh')}</th><th scope="col">{t('def.en')}</th></tr></thead><tbody><tr><Both text={rule.message ?? rule.about} /></tr></tbody></table></div>}
      </div></section>
    <Flow title={rule.id} left={rule.reads.map(x => ({ key: x.as, text: x.as, sub: name(x.item), href: book.items.has(x.item) ? to.definition(id, 'items', x.item) : undefined }))} leftHead={t('def.reads')} leftNone={t('def.readsNothing')}
      right={rule.stands.map((s, i) => ({ key: String(i), text: s.oid, sub: `${word('stand', s.as)}${s.in ? ` · ${s.in}` : ''}`, href: s.what === 'ItemDef' ? to.definition(id, 'items', s.oid) : book.forms.has(s.oid) ? to.definition(id, 'forms', s.oid) : book.forms.has(s.in ?? '') ? to.definition(id, 'forms', s.in!) : undefined }))} rightHead={t('def.stands')} rightNone={t('def.standsNowhere')} />
  </>
}

const px = (n: number) => `${n}px`

export type Node = { key: string; text: string; sub: string; href: string | undefined }

/** What decides something at the left, what it affects at the right, joined by lines. */
export function Flow({ title, left, right, leftHead, rightHead, leftNone, rightNone }: { title: string; left: Node[]; right: Node[]; leftHead: string; rightHead: string; leftNone: string; rightNone: string }) {
  const step = 52, height = Math.max(left.length, right.length, 1) * step, middle = height / 2
  const y = (i: number, n: number) => middle + (i - (n - 1) / 2) * step
  const lines = (n: number, d: (y: number) => string) => Array.from({ length: n }, (_, i) => <path key={i} d={d(y(i, n))} />)
  const Column = ({ all, head, none }: { all: Node[]; head: string; none: string }) => <div class="flowcol"><h3>{head} <span class="dim">{all.length || ''}</span></h3>
    {all.length ? <ul style={{ height: px(height) }}>{all.map((n, i) => <li key={n.key} style={{ top: px(y(i, all.length)) }}>{n.href ? <a href={n.href}>{n.text}</a> : <span class="mono">{n.text}</span>}<span class="xs dim">{n.sub}</span></li>)}</ul> : <p class="dim" style={{ lineHeight: px(height) }}>{none}</p>}</div>
  return <section class="card flow" tabIndex={0} role="region" aria-label={t('def.picture')}>
    <Column all={left} head={leftHead} none={leftNone} />
    <svg viewBox={`0 0 64 ${height}`} preserveAspectRatio="none" height={height} aria-hidden="true">{lines(left.length, at => `M0 ${at}C32 ${at} 32 ${middle} 64 ${middle}`)}</svg>
    <div class="flowmid"><b>{title}</b></div>
    <svg viewBox={`0 0 64 ${height}`} preserveAspectRatio="none" height={height} aria-hidden="true">{lines(right.length, at => `M0 ${middle}C32 ${middle} 32 ${at} 64 ${at}`)}</svg>
    <Column all={right} head={rightHead} none={rightNone} />
  </section>
}

/** What is made of the version for people and for other systems. */
export function Documents({ id, data }: { id: string; data: { number: number; definition: Version; hash?: string } }) {
  const at = (path: string, query: Record<string, string>) => `/api/v1/studies/${encodeURIComponent(id)}/definition/${path}?${new URLSearchParams({ version: String(data.number), ...query })}`
  const [format, setFormat] = useState('odm-xml-1.3.2')
  const file = (ext: string, lang = '') => `${id}-${data.definition.oid}${lang && '-' + lang}${ext}`
  const both = (path: string, name: string, ext: string, more: Record<string, string> = {}) => (['zh-CN', 'en'] as const).map(l =>
    <a key={l} class="btn" href={at(path, { lang: l, ...more })} download={file(`-${name}${ext}`, l)}><Icon name="down" />{l === 'en' ? 'English' : '中文'} <span class="dim xs">{ext.slice(1)}</span></a>)
  return <section class="card"><header><h2 class="grow">{t('def.documents')}</h2></header><ul class="list defdocs">
    <li><div class="grow"><b>{t('def.blank')}</b><p class="sub">{t('def.blankDo')}</p></div>{both('crf', 'crf', '.pdf')}</li>
    <li><div class="grow"><b>{t('def.annotated')}</b><p class="sub">{t('def.annotatedDo')}</p></div>{both('crf', 'acrf', '.pdf', { annotated: 'true' })}</li>
    <li><div class="grow"><b>{t('def.spec')}</b><p class="sub">{t('def.specDo')}</p></div>{both('specification', 'checks', '.md')}</li>
    <li><div class="grow"><b>{t('def.file')}</b><p class="sub">{t('def.fileDo')}</p></div>
      <Chip name={t('def.format')} value={format} onChange={setFormat} choices={formats.map(f => ({ value: f, text: f }))} />
      <a class="btn" href={at('file', { format })} download><Icon name="down" />{t('def.download')}</a></li>
  </ul><p class="body xs dim">{t('def.docsLead')} <span class="mono">{data.hash}</span></p></section>
}

/** Of those that hold a whole study first. */
const formats = ['odm-xml-1.3.2', 'odm-xml-2.0', 'casebook-text', 'redcap-csv', 'xlsform', 'fhir-r4-questionnaire']
