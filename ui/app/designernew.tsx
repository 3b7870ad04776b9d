// A new study, for who manages the platform, and a new site of a study: a button with its dialog.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, problemText } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import { t, word, type Key } from '../words/words.ts'
import { announced } from './session.ts'
import { loadStudies } from './study.ts'

type Asked = { name: string; label: Key; choices?: [string, string][]; optional?: boolean; start?: string }

/** A button, and the dialog in which something new is described. */
function Made({ button, title, lead, asked, go, make }: { button: string; title: string; lead?: string; asked: Asked[]; go: string; make: (said: Record<string, string>) => Promise<void> }) {
  const [open, setOpen] = useState(false), [said, say] = useState<Record<string, string>>(Object.fromEntries(asked.map(a => [a.name, a.start ?? ''])))
  const [fault, setFault] = useState<Problem>()
  const submit = async (e: Event) => {
    e.preventDefault()
    try { await make(Object.fromEntries(Object.entries(said).map(([k, v]) => [k, v.trim()]))); setOpen(false); setFault(undefined) } catch (x) { if (!(x instanceof Problem)) throw x; setFault(x) }
  }
  const ready = asked.every(a => a.optional || said[a.name]?.trim())
  return <><button type="button" class="btn" onClick={() => setOpen(true)}><Icon name="plus" />{button}</button>
    {open && <Dialog title={title} close={() => setOpen(false)}><form onSubmit={submit}><div class="body stack-1">
      {lead && <p class="sub">{lead}</p>}
      {fault && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(fault)}</span></p>}
      {asked.map(a => <label class="f" key={a.name}><span class="lab">{t(a.label)}{!a.optional && <span class="req" aria-hidden="true">*</span>}</span><span class="in">
        {a.choices ? <><select value={said[a.name]} onChange={e => say({ ...said, [a.name]: e.currentTarget.value })}>{a.choices.map(([v, s]) => <option key={v} value={v}>{s}</option>)}</select><span class="u"><Icon name="chev" /></span></>
          : <input name={a.name} value={said[a.name]} required={!a.optional} autocomplete="off" autocapitalize="none" spellcheck={false} onInput={e => say({ ...said, [a.name]: e.currentTarget.value })} />}</span></label>)}
    </div><footer><span class="grow" /><button type="button" class="btn" onClick={() => setOpen(false)}>{t('do.cancel')}</button><button class="btn primary" disabled={!ready}>{go}</button></footer></form></Dialog>}</>
}

export function NewStudy(_: object) {
  return <Made button={t('studies.new')} title={t('studies.new')} lead={t('studies.newLead')} go={t('studies.create')}
    asked={[{ name: 'id', label: 'studies.id' }, { name: 'name', label: 'studies.name' }, { name: 'description', label: 'studies.about', optional: true },
      { name: 'environment', label: 'studies.environment', start: 'TRAINING', choices: ['TRAINING', 'UAT', 'PRODUCTION'].map(e => [e, word('env', e)]) }, { name: 'manager', label: 'studies.manager' }]}
    make={async said => { await call('POST', '/studies', { body: said }); announced.value = t('studies.created', { id: said['id']! }); await loadStudies() }} />
}

export function NewSite({ study, added }: { study: string; added: () => void }) {
  return <Made button={t('versions.addSite')} title={t('versions.addSite')} go={t('do.add')}
    asked={[{ name: 'id', label: 'versions.siteId' }, { name: 'en', label: 'versions.siteEn' }, { name: 'zh', label: 'versions.siteZh', optional: true }, { name: 'zone', label: 'versions.siteZone', start: 'Asia/Shanghai' },
      { name: 'country', label: 'versions.siteCountry', optional: true }, { name: 'state', label: 'versions.siteState', start: 'active', choices: ['active', 'planned'].map(s => [s, word('office.site', s)]) }]}
    make={async ({ id, en, zh, zone, country, state }) => { await call('POST', `/studies/${encodeURIComponent(study)}/sites`, { body: { id, name: { en, ...zh ? { 'zh-CN': zh } : {} }, zone, country: country ?? '', state } }); added() }} />
}
