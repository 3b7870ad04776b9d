// A form of the definition as a coordinator sees it, its items in both languages, and one item with every rule about it.
import { useMemo } from 'preact/hooks'
import { Index, label } from '../form/definition.ts'
import { FormView } from '../form/form.tsx'
import { FormModel, type Keeper } from '../form/model.ts'
import { Icon } from '../look/icon.tsx'
import { Tag } from '../look/parts.tsx'
import type { FormData, FormDef, ItemDef } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { ruleKey, type Book, type Rule } from './definition.ts'
import { Both, Flow, ItemLink, RuleLink, RuleList } from './definitionparts.tsx'
import { to } from './route.ts'

/** Nothing of a preview is ever kept. */
const nobody: Keeper = { load: () => Promise.reject(new Error('a preview')), save: () => Promise.reject(new Error('a preview')), disagree() {}, pause: () => Promise.resolve() }
const empty = (form: string): FormData => ({ subject: '', event: '', eventRepeat: '1', form, formRepeat: '1', version: 0, state: 'empty', site: '', items: [], hidden: [], queries: [] })

export function FormPage({ id, book, form }: { id: string; book: Book; form: FormDef }) {
  const model = useMemo(() => new FormModel(new Index(book.version).sections(form.oid), empty(form.oid), nobody), [book, form])
  const at = book.schedule().filter(({ event }) => event.forms.some(r => r.oid === form.oid))
  const items = book.itemsOf(form), rules = book.rulesOf(form)
  return <>
    <p class="row wrap">{at.map(({ event }) => <Tag key={event.oid} icon="flag">{label(event)}</Tag>)}{form.repeating && <Tag icon="history">{t('def.repeats')}</Tag>}<span class="xs dim mono">{form.oid}</span></p>
    <h2 class="deft">{t('def.preview')} <span class="sub">{t('def.previewLead')}</span></h2>
    <fieldset disabled class="plain defform"><legend class="sr">{label(form)}</legend><FormView form={model} /></fieldset>
    <section class="card"><header><h2 class="grow">{t('def.both')}</h2></header><div class="scroll" tabIndex={0} role="region" aria-label={t('def.both')}><table class="tbl">
      <thead><tr><th scope="col">OID</th><th scope="col">{t('def.zh')}</th><th scope="col">{t('def.en')}</th><th scope="col">{t('def.type')}</th><th scope="col">{t('def.codelist')}</th><th scope="col" class="fill">{t('def.rules')}</th></tr></thead>
      <tbody>{items.map(({ group, item, ref }) => <tr key={`${group.oid}/${item.oid}`}>
        <th scope="row"><ItemLink id={id} book={book} oid={item.oid} />{ref.mandatory && <span class="req" title={t('def.mandatory')}> *<span class="sr">{t('def.mandatory')}</span></span>}</th>
        <Both text={item.question} fallback={item.name} /><td class="xs">{typeOf(item)} {unitOf(book, item)}</td>
        <td class="xs">{item.codeList && <a href={to.definition(id, 'codelists', item.codeList)}>{item.codeList}</a>}</td>
        <td class="fill xs"><span class="row wrap">{[...new Set([...book.deciders.get(item.oid) ?? [], ...book.readers.get(item.oid) ?? []])].map(r => <RuleLink key={ruleKey(r)} id={id} rule={r} />)}</span></td></tr>)}</tbody></table></div></section>
    {rules.length > 0 && <RuleList id={id} book={book} rules={rules} />}
  </>
}

const typeOf = (item: ItemDef) => `${item.dataType}${item.length ? ` · ${t('def.length', { n: item.length })}` : ''}`
const unitOf = (book: Book, item: ItemDef) => item.units?.map(u => say(book.units.get(u)?.symbol, book.units.get(u)?.name ?? u)).join(', ')

export function ItemPage({ id, book, item }: { id: string; book: Book; item: ItemDef }) {
  const sub = (r: Rule) => say(r.message ?? r.about) || r.source
  const node = (r: Rule, as: string) => ({ key: ruleKey(r), text: r.id, sub: [as, sub(r)].filter(Boolean).join(' · '), href: to.definition(id, 'rules', ruleKey(r)) })
  const how = (r: Rule) => [...new Set(r.stands.filter(s => s.oid === item.oid).map(s => word('stand', s.as)))].join(', ')
  const deciders = book.deciders.get(item.oid) ?? [], readers = book.readers.get(item.oid) ?? []
  return <>
    <section class="card"><header><h2 class="grow mono">{item.oid}</h2>{item.multiple && <Tag icon="rows">{t('def.repeats')}</Tag>}</header>
      <div class="scroll" tabIndex={0} role="region" aria-label={item.oid}><table class="tbl"><thead><tr><th scope="col">{t('def.zh')}</th><th scope="col">{t('def.en')}</th><th scope="col">{t('def.type')}</th><th scope="col">{t('def.unit')}</th><th scope="col">{t('def.codelist')}</th><th scope="col" class="fill">{t('def.usedIn')}</th></tr></thead>
        <tbody><tr><Both text={item.question} fallback={item.name} /><td>{typeOf(item)}</td><td>{unitOf(book, item)}</td>
          <td>{item.codeList && <a href={to.definition(id, 'codelists', item.codeList)}>{item.codeList}</a>}</td>
          <td class="fill"><span class="row wrap">{book.asked(item.oid).map(f => <a key={f.oid} href={to.definition(id, 'forms', f.oid)}><Icon name="form" /> {label(f)}</a>)}</span></td></tr></tbody></table></div></section>
    <Flow title={item.oid} left={deciders.map(r => node(r, how(r)))} right={readers.map(r => node(r, ''))} leftHead={t('def.decidedBy')} leftNone={t('def.noRules')} rightHead={t('def.readBy')} rightNone={t('def.noRules')} />
  </>
}
