// What is looked at in each kind of monitoring visit: chosen by the study office, shown as monitors will answer it.
import { useMemo, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import type { Version } from '../wire/types.ts'
import { t, word } from '../words/words.ts'
import { SheetView, useSheet } from './alone.tsx'
import { askedOf, formOf, Questions, type Asked } from './asked.tsx'
import { rulesOf } from './designerrules.ts'
import type { Definition } from './designerdraft.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg } from './officeparts.tsx'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo } from './study.ts'

type Checklist = { id: string; version: number; form: Version }

const types = ['judged', 'boolean', 'integer', 'float', 'date', 'text', 'choice']
const name = { 'zh-CN': '检查表', en: 'Checklist' }

export function Checklists({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} checklists`, signal => call<{ checklists: Checklist[] }>('GET', at(id, '/visit-checklists'), { signal }))
  const [kind, setKind] = useState('routine')
  const shown = data?.checklists.find(c => c.id === kind)
  return <Shell title={t('mv.checklists')} crumbs={[{ text: t('mv.title'), href: to.siteVisits(id) }, { text: t('mv.checklists') }]}>
    <Head title={t('mv.checklists')} lead={t('mv.checklistsLead')} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && <Choose label={t('mv.kind')} value={kind} set={setKind} choices={data.checklists.map(c => ({ value: c.id, text: word('mv.kind', c.id) }))} />}
    {shown && <One key={`${kind} ${shown.version}`} id={id} checklist={shown} done={reload} />}
  </Shell>
}

function One({ id, checklist: c, done }: { id: string; checklist: Checklist; done: () => void }) {
  const rows = useMemo(() => askedOf(c.form), [c.form])
  const [asked, set] = useState<Asked[] | undefined>(rows), [saving, save] = useState(false)
  const form = useMemo(() => asked && asked !== rows ? formOf(asked, name) as unknown as Version : c.form, [asked])
  const may = mayDo('study.manage')
  return <div class="two-col even">
    <section class="card"><header><h2 class="grow">{t('compose.questions')}</h2><span class="xs dim">{c.version ? t('mv.checklistVersion', { n: c.version }) : t('mv.checklistStandard')}</span></header><div class="body stack">
      {!asked ? <p class="note"><Icon name="info" /><span>{t('mv.checklistMore')}</span></p> : may ? <Questions asked={asked} set={set} types={types} /> : <ol class="stack-1">{c.form.items.filter(i => !i.oid.endsWith('.NOTE')).map(i => <li key={i.oid}>{i.question?.['zh-CN']}<br /><span class="sub">{i.question?.['en']}</span></li>)}</ol>}
      {may && !asked && <div><button type="button" class="btn" onClick={() => set([])}>{t('mv.checklistAnew')}</button></div>}
      {may && asked && <div><button type="button" class="btn primary" disabled={asked === rows || !asked.length} onClick={() => save(true)}>{t('do.save')}</button></div>}
    </div></section>
    <div class="stack"><h2 class="sr">{t('compose.preview')}</h2><Trial form={form} /></div>
    {saving && <SaveDialog id={id} c={c} form={form} close={() => save(false)} done={() => { save(false); done() }} />}
  </div>
}

/** The checklist as it will be answered; nothing of it is kept. */
function Trial({ form }: { form: Version }) {
  const alone = useMemo(() => ({ definition: form, form: form.forms[0]!.oid, ...rulesOf(form as unknown as Definition, form.forms[0]!.oid, () => undefined, new Date().toISOString().slice(0, 10)) }), [form])
  return <SheetView sheet={useSheet(alone, [], form)} />
}

function SaveDialog({ id, c, form, close, done }: { id: string; c: Checklist; form: Version; close: () => void; done: () => void }) {
  const [reason, setReason] = useState('')
  return <Ask title={`${t('mv.checklist')} · ${word('mv.kind', c.id)}`} close={close} ready={!c.version || !!reason.trim()} go={async () => { await call('PUT', at(id, `/visit-checklists/${seg(c.id)}`), { body: { version: c.version, form, reason } }); done() }}>
    <p class="sub">{t('mv.checklistKeeps')}</p><Field label={t('locks.reason')} value={reason} set={setReason} /></Ask>
}
