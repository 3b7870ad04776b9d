// A whole form: a card per item group, in the order of the definition; the same renderer for staff, patients and previews.
import { Icon } from '../look/icon.tsx'
import { Empty, StateTag } from '../look/parts.tsx'
import { say, t } from '../words/words.ts'
import type { Named } from '../wire/types.ts'
import { label, type Section } from './definition.ts'
import { FieldView, Required, widths } from './field.tsx'
import { Asides } from './aside.tsx'
import { Grid } from './grid.tsx'
import type { Field, FormModel } from './model.ts'

export function FormView({ form }: { form: FormModel }) {
  if (!form.sections.length) return <Empty icon="form" title={t('crf.noForm')}>{t('crf.noFormDo')}</Empty>
  if (form.state.value === 'inactive') return <div class="stack"><Asides form={form} /></div>
  return <div class="stack">
    {form.sections.map((s, i) => s.group.repeating ? <Grid key={s.group.oid} form={form} section={s} /> : <Group key={s.group.oid} form={form} section={s} first={i === 0} />)}
    <Asides form={form} />
  </div>
}

function Group({ form, section: { group, questions, condition }, first }: { form: FormModel; section: Section; first: boolean }) {
  if (form.hidden.value.has(`${group.oid}/1`)) return null
  const fields = questions.map(q => form.field(group.oid, '1', q.item.oid))
  if (fields.length && fields.every(f => f.hidden.value)) return null
  return <section class="card">
    <header><h2 class="grow">{label(group)}{form.demanded.value.has(`${group.oid}/1`) && <Required />}</h2>{first && <Progress form={form} />}</header>
    <div class="fields">
      {condition && <Why condition={condition} />}
      {runs(fields).map((run, i, all) => run.condition ? <Conditional key={run.fields[0]!.key} fields={run.fields} condition={run.condition} /> : <Fields key={run.fields[0]!.key} fields={run.fields} more={i + 1 < all.length} />)}
    </div>
  </section>
}

type Run = { condition: Named | undefined; fields: Field[] }

/** Neighbours that one condition shows and hides together. */
function runs(fields: Field[]): Run[] {
  const all: Run[] = []
  for (const field of fields) {
    const { condition } = field.question
    const last = all.at(-1)
    if (last && last.condition === condition) last.fields.push(field)
    else all.push({ condition, fields: [field] })
  }
  return all
}

function Conditional({ condition, fields }: { condition: Named; fields: Field[] }) {
  if (fields.every(f => f.hidden.value)) return null
  return <div class="skipsec"><Why condition={condition} /><div class="fields"><Fields fields={fields} /></div></div>
}

function Fields({ fields, more = false }: { fields: Field[]; more?: boolean }) {
  const wide = widths(fields, more)
  return <>{fields.map(f => <FieldView key={f.key} field={f} width={wide.get(f)} />)}</>
}

const Why = ({ condition }: { condition: Named }) =>
  <p class="cond"><Icon name="branch" />{say(condition.description) || t('crf.condition', { name: condition.name })}</p>

function Progress({ form }: { form: FormModel }) {
  const { filled, total } = form.progress()
  const state = form.version.value === 0 ? 'empty' : form.state.value
  return <StateTag state={state} {...(state === 'complete' ? {} : { more: t('crf.progress', { filled, total }) })} />
}
