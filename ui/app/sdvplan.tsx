// The plan of source data verification: a sample of subjects, by site where sites differ in risk, and the forms and items of everybody that are critical.
import { useState } from 'preact/hooks'
import { label, type Index } from '../form/definition.ts'
import { Icon } from '../look/icon.tsx'
import { Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { entry } from '../wire/entry.ts'
import { moment, say, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, num, Table } from './officeparts.tsx'
import { to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { index, mayDo, ownSites, zone } from './study.ts'

type Plan = { sample: number; sites?: Record<string, number>; forms?: string[]; items?: string[] }
type InForce = { number: number; plan: Plan; by: string; at: string; drawn: { site: string; subjects: number; sampled: number }[] }

export function SDVPlan({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} plan`, signal => call<InForce>('GET', at(id, '/plan'), { signal }))
  return <Shell title={t('plan.title')} crumbs={[{ text: t('review.title'), href: to.review(id) }, { text: t('plan.title') }]}>
    {problem && <Trouble problem={problem} retry={reload} />}
    {(!data || !index.value) && !problem && <Waiting />}
    {data && index.value && <Edit key={data.number} id={id} was={data} definition={index.value} done={reload} />}
  </Shell>
}

/** The plan without what says nothing, so that two can be compared. */
const plain = (p: Plan) => JSON.stringify([p.sample, Object.entries(p.sites ?? {}).sort(), [...p.forms ?? []].sort(), [...p.items ?? []].sort()])

function Edit({ id, was, definition, done }: { id: string; was: InForce; definition: Index; done: () => void }) {
  const [is, set] = useState<Plan>(was.plan), [saving, save] = useState(false)
  const may = mayDo('study.manage'), forms = is.forms ?? [], items = is.items ?? []
  const all = [...definition.forms.values()], asked = new Map(all.flatMap(f => definition.sections(f.oid).flatMap(s => s.questions).map(q => [q.item.oid, label(f)] as const)))
  const own = (site: string, share: string) => {
    const { [site]: _, ...others } = is.sites ?? {}
    set({ ...is, sites: share === '' ? others : { ...others, [site]: share100(share) } })
  }
  const change = plain(is) !== plain(was.plan)
  return <>
    <Head title={t('plan.title')} lead={was.number ? t('plan.inForce', { n: was.number, who: was.by, at: moment(was.at, zone.value) }) : t('plan.none')}>
      {may && <button type="button" class="btn primary" disabled={!change} onClick={() => save(true)}>{t('do.save')}</button>}</Head>
    <Table name={t('plan.sample')} heads={[t('plan.site'), num(t('plan.share')), t('plan.drawn')]}>
      <tr><th scope="row">{t('plan.everySite')}</th><td class="num"><Share name={t('plan.everySite')} value={String(is.sample)} set={may ? v => set({ ...is, sample: share100(v) }) : undefined} /></td>
        <td><Drawn of={was.drawn.reduce((sum, d) => ({ subjects: sum.subjects + d.subjects, sampled: sum.sampled + d.sampled }), { subjects: 0, sampled: 0 })} /></td></tr>
      {ownSites.value.map(s => { const d = was.drawn.find(x => x.site === s.id), share = entry(is.sites, s.id)
        return <tr key={s.id}><th scope="row"><b>{s.id}</b> {say(s.name)}</th><td class="num"><Share name={`${s.id} ${say(s.name)}`} value={share === undefined ? '' : String(share)} hint={String(is.sample)} set={may ? v => own(s.id, v) : undefined} /></td>
          <td>{d && <Drawn of={d} />}</td></tr> })}
    </Table>
    <p class="sub">{t('plan.sampleWhy')}</p>
    <section class="card"><header><h2 class="grow">{t('plan.forms')}</h2><span class="sub">{t('plan.formsWhy')}</span></header><div class="body row wrap">
      {all.map(f => <label class="opt" key={f.oid}><input type="checkbox" disabled={!may} checked={forms.includes(f.oid)} onChange={() => set({ ...is, forms: forms.includes(f.oid) ? forms.filter(x => x !== f.oid) : [...forms, f.oid] })} />{label(f)}</label>)}</div></section>
    <Table name={t('plan.items')} heads={[t('coding.item'), t('coding.forms'), '']}>
      {!items.length && <tr><td colSpan={3} class="sub">{t('plan.noItems')}</td></tr>}
      {items.map(oid => <tr key={oid}><th scope="row">{definition.itemLabel(oid)} <span class="xs dim mono">{oid}</span></th><td class="sub">{asked.get(oid)}</td>
        <td>{may && <button type="button" class="btn s" onClick={() => set({ ...is, items: items.filter(x => x !== oid) })}>{t('coding.removeItem')}<span class="sr"> {oid}</span></button>}</td></tr>)}</Table>
    {may && <Choose label={t('plan.addItem')} value="" set={oid => { if (oid) set({ ...is, items: [...items, oid] }) }}
      choices={[{ value: '', text: t('plan.addItemHint') }, ...[...asked].filter(([oid]) => !items.includes(oid)).map(([oid, form]) => ({ value: oid, text: `${form} · ${definition.itemLabel(oid)}` }))]} />}
    {saving && <Save id={id} is={is} number={was.number} close={() => save(false)} done={() => { save(false); announced.value = t('plan.saved'); done() }} />}
  </>
}

const share100 = (text: string) => Math.max(0, Math.min(100, Math.round(Number(text)) || 0))

/** A share in percent; without set it is only read. */
function Share({ name, value, hint, set }: { name: string; value: string; hint?: string; set?: ((v: string) => void) | undefined }) {
  if (!set) return <>{value || hint} %</>
  return <span class="in share"><input type="number" min={0} max={100} aria-label={t('plan.shareOf', { name })} value={value} placeholder={hint} onInput={e => set(e.currentTarget.value)} /><span class="u">%</span></span>
}

function Drawn({ of }: { of: { subjects: number; sampled: number } }) {
  return <span class="row"><progress max={Math.max(1, of.subjects)} value={of.sampled} aria-label={t('plan.drawn')} /><span class="xs sub">{t('plan.drawnOf', of)}</span></span>
}

function Save({ id, is, number, close, done }: { id: string; is: Plan; number: number; close: () => void; done: () => void }) {
  const [reason, setReason] = useState('')
  return <Ask title={t('plan.title')} close={close} ready={!!reason.trim()} go={async () => { await call('PUT', at(id, '/plan'), { body: { plan: is, number, reason: reason.trim() } }); done() }}>
    <p class="note"><Icon name="info" /><span>{t('plan.effect')}</span></p><Field label={t('locks.reason')} value={reason} set={setReason} lines /></Ask>
}
