// Composing a notice: whom it is for, what it says in both languages, what it asks back; and first a preview, then sending.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Files, Trouble } from '../look/parts.tsx'
import { call, Problem } from '../wire/api.ts'
import type { Text } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'
import { Choice, formOf, Line, Questions, Rows, type Asked } from './asked.tsx'
import { at, Enclosed, type Enclosure } from './notices.tsx'
import { go, to } from './route.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { study as here } from './study.ts'

type Filled = { name: string; type: string; zh: string; en: string }
type Preview = { count: number; sites: { site: string; name: Text; count: number }[]; texts: { language: string; title: string; body: string }[]; recipients: { site: string; name: string; role: string }[]; reach: Record<string, number> }

const roles = ['investigator', 'coordinator', 'monitor', 'datamanager', 'projectmanager', 'office']
const types = ['boolean', 'integer', 'date', 'text', 'choice']
const channels = ['mail', 'sms', 'wecom', 'dingtalk', 'feishu', 'endpoint']

export function Compose({ id }: { id: string }) {
  const [to_, setRoles] = useState<string[]>(['investigator'])
  const [sites, setSites] = useState<string[]>([])
  const [countries, setCountries] = useState<string[]>([]), [enrolled, setEnrolled] = useState(false)
  const [kind, setKind] = useState('normal'), [ack, setAck] = useState('plain')
  const [title, setTitle] = useState({ zh: '', en: '' }), [body, setBody] = useState({ zh: '', en: '' })
  const [filled, setFilled] = useState<Filled[]>([]), [asked, setAsked] = useState<Asked[]>([])
  const [hours, setHours] = useState(72), [remind, setRemind] = useState(24), [escalate, setEscalate] = useState(''), [then, setThen] = useState<string[]>([])
  const [ways, setWays] = useState<string[]>(['mail'])
  const [enclosed, setEnclosed] = useState<Enclosure[]>([]), [refused, setRefused] = useState<Problem>()
  const [preview, setPreview] = useState<Preview>()
  const [problem, setProblem] = useState<Problem>()
  const [key, setKey] = useState(() => crypto.randomUUID()) // of what is previewed, so that a second click sends nothing twice
  const [deadline, setDeadline] = useState('')
  const draft = (until: string) => ({
    id: key, kind, ack, audience: { roles: to_, ...(sites.length ? { sites } : {}), ...(countries.length ? { countries } : {}), ...(enrolled ? { enrolled } : {}) },
    title: { 'zh-CN': title.zh, en: title.en }, body: { 'zh-CN': body.zh, en: body.en },
    variables: filled.map(v => ({ name: v.name, type: v.type, value: v.type === 'text' ? { 'zh-CN': v.zh, en: v.en } : { '': v.zh } })),
    ...(asked.length ? { form: formOf(asked, { 'zh-CN': '回复', en: 'Reply' }) } : {}), ...(enclosed.length ? { attachments: enclosed } : {}), channels: ways, ...(until ? { deadline: until } : {}), ...(remind ? { remindHours: remind } : {}), ...(until && escalate ? { escalate, ...(then.length ? { then } : {}) } : {}),
  })
  const changed = <T,>(set: (v: T) => void) => (v: T) => { set(v); setPreview(undefined) }
  /** Brings files, whose type the server finds in their bytes. */
  const bring = async (files: File[]) => {
    setRefused(undefined)
    try {
      let all = enclosed
      for (const file of files) {
        const form = new FormData()
        form.append('file', file)
        const kept = await call<Enclosure>('POST', `/studies/${encodeURIComponent(id)}/files`, { body: form })
        if (!all.some(f => f.hash === kept.hash && f.name === kept.name)) changed(setEnclosed)(all = [...all, kept])
      }
    } catch (e) { if (!(e instanceof Problem)) throw e; setRefused(e) }
  }
  const look = async (e: Event) => {
    e.preventDefault()
    const until = hours ? new Date(Date.now() + hours * 3_600_000).toISOString() : ''
    setKey(crypto.randomUUID()); setDeadline(until)
    try { const p = await call<Preview>('POST', at(id, 'preview'), { body: draft(until) }); setPreview(p); setProblem(undefined); announced.value = t('compose.reaches', { n: p.count, m: p.sites.length }) }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e); setPreview(undefined) }
  }
  const send = async () => {
    try { const n = await call<{ id: string }>('POST', at(id), { body: draft(deadline) }); announced.value = t('compose.sent'); go(to.notice(id, n.id)) }
    catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  const toggle = (list: string[], x: string) => list.includes(x) ? list.filter(y => y !== x) : [...list, x]
  const boxes = (name: string, all: string[], on: string[], set: (v: string[]) => void, text: (x: string) => string) =>
    <fieldset class="stack-1"><legend class="lab">{name}</legend><div class="opts">{all.map(x => <label key={x} class={`opt ${on.includes(x) ? 'on' : ''}`}><input type="checkbox" checked={on.includes(x)} onChange={() => set(toggle(on, x))} />{text(x)}</label>)}</div></fieldset>
  const abroad = [...new Set(here.value!.sites.map(s => s.country ?? ''))].filter(Boolean).sort()
  return <Shell title={t('compose.title')} crumbs={[{ text: t('nav.notices'), href: to.notices(id) }, { text: t('compose.title') }]}>
    <Head title={t('compose.title')} lead={t('compose.lead')} />
    <form class="two-col" onSubmit={look}>
      <div class="stack">
        <section class="card"><header><h2 class="grow">{t('compose.audience')}</h2></header><div class="body stack">
          {boxes(t('compose.roles'), roles, to_, changed(setRoles), r => word('role', r))}
          {boxes(t('compose.sites'), here.value!.sites.map(s => s.id), sites, changed(setSites), s => `${s} ${say(here.value!.sites.find(x => x.id === s)?.name)}`)}
          {abroad.length > 0 && boxes(t('compose.countries'), abroad, countries, changed(setCountries), c => c)}
          <label class="row"><input type="checkbox" checked={enrolled} onChange={e => changed(setEnrolled)(e.currentTarget.checked)} />{t('compose.enrolled')}</label>
        </div></section>
        <section class="card"><header><h2 class="grow">{t('compose.text')}</h2></header><div class="body stack">
          <p class="xs dim">{t('compose.variablesHint')}</p>
          {(['zh', 'en'] as const).map(l => <fieldset key={l} class="stack-1"><legend class="lab">{t(l === 'zh' ? 'compose.zh' : 'compose.en')}</legend>
            <div class="in"><input lang={l} aria-label={`${t('compose.subject')} ${t(l === 'zh' ? 'compose.zh' : 'compose.en')}`} placeholder={t('compose.subject')} value={title[l]} onInput={e => changed(setTitle)({ ...title, [l]: e.currentTarget.value })} /></div>
            <div class="in long"><textarea lang={l} rows={5} aria-label={`${t('compose.body')} ${t(l === 'zh' ? 'compose.zh' : 'compose.en')}`} placeholder={t('compose.body')} value={body[l]} onInput={e => changed(setBody)({ ...body, [l]: e.currentTarget.value })} /></div></fieldset>)}
          <Rows name={t('compose.variables')} rows={filled} set={changed(setFilled)} fresh={{ name: '', type: 'text', zh: '', en: '' }} each={(v, set, k) => <>
            <Line name={t('compose.name')} n={k} value={v.name} set={name => set({ ...v, name })} /><Choice name={t('compose.type')} n={k} value={v.type} all={['text', 'integer', 'float', 'date']} text={x => word('type', x)} set={type => set({ ...v, type })} />
            <Line name={v.type === 'text' ? t('compose.zh') : t('compose.value')} n={k} value={v.zh} set={zh => set({ ...v, zh })} />{v.type === 'text' && <Line name={t('compose.en')} n={k} value={v.en} set={en => set({ ...v, en })} />}</>} />
        </div></section>
        <section class="card"><header><h2 class="grow">{t('notices.attachments')}</h2></header><div class="body stack-1">
          <Enclosed all={enclosed} remove={i => changed(setEnclosed)(enclosed.filter((_, k) => k !== i))} />
          <label class="f"><span class="sr">{t('compose.attach')}</span><Files many accept=".pdf,.png,.jpg,.jpeg,.tif,.tiff,.docx,.xlsx,.txt,.csv" choose={files => void bring(files)} /><span class="xs dim">{t('compose.attachKinds')}</span></label>
          {refused && <Trouble problem={refused} />}
        </div></section>
        <section class="card"><header><h2 class="grow">{t('compose.form')}</h2></header><div class="body stack">
          {!asked.length && <p class="sub sm">{t('compose.formNone')}</p>}
          <Questions asked={asked} set={changed(setAsked)} types={types} />
        </div></section>
      </div>
      <div class="stack">
        <section class="card"><header><h2 class="grow">{t('compose.how')}</h2></header><div class="body stack">
          <Choice name={t('compose.kind')} value={kind} all={['normal', 'safety']} text={x => word('kinds', x)} set={changed(setKind)} labelled />
          <Choice name={t('compose.ack')} value={ack} all={['none', 'plain', 'signed']} text={x => word('ack', x)} set={changed(setAck)} labelled />
          <Choice name={t('compose.deadline')} value={String(hours)} all={['0', '24', '72', '168', '336']} text={x => x === '0' ? t('compose.noDeadline') : t('compose.hours', { n: x })} set={v => changed(setHours)(Number(v))} labelled />
          <Choice name={t('compose.remind')} value={String(remind)} all={['0', '24', '48', '72']} text={x => x === '0' ? t('compose.never') : t('compose.hours', { n: x })} set={v => changed(setRemind)(Number(v))} labelled />
          {hours > 0 && <Choice name={t('compose.escalate')} value={escalate} all={['', ...roles]} text={x => x ? word('role', x) : t('compose.nobody')} set={v => { changed(setEscalate)(v); setThen(v ? then.filter(x => x !== v) : []) }} labelled />}
          {hours > 0 && escalate && [...then, ''].slice(0, 3).map((r, i) => <Choice key={i} name={t('compose.then', { n: i + 1 })} value={r} all={['', ...roles.filter(x => x !== escalate && (x === r || !then.includes(x)))]} text={x => x ? word('role', x) : t('compose.nobody')}
            set={v => changed(setThen)(v ? [...then.slice(0, i), v, ...then.slice(i + 1)] : then.slice(0, i))} labelled />)}
          {boxes(t('compose.channels'), channels, ways, changed(setWays), c => word('channel', c))}
          <p class="xs dim"><Icon name="shield" /> {t('compose.outside')}</p>
        </div></section>
        <section class="card" aria-live="polite"><header><h2 class="grow">{t('compose.preview')}</h2></header><div class="body stack-1">
          {problem && <Trouble problem={problem} />}
          {!preview && !problem && <p class="sub sm">{t('compose.previewDo')}</p>}
          {preview && <><p class="big"><b>{t('compose.reaches', { n: preview.count, m: preview.sites.length })}</b></p>
            {ways.length > 0 && <p class="xs dim">{ways.map(w => `${word('channel', w)} ${preview.reach[w] ?? 0}`).join(' · ')}</p>}
            {preview.texts.map(x => <article key={x.language} lang={x.language} class="letter"><b>{x.title}</b><p class="prewrap">{x.body}</p></article>)}
            <details><summary>{t('compose.list')}</summary><ul class="sm people">{preview.recipients.map((r, i) => <li key={i}><b>{r.name}</b> <span class="sub">{word('role', r.role)}{r.site && ` · ${r.site}`}</span></li>)}</ul></details></>}
          <div class="row wrap"><button type="submit" class={`btn ${preview ? '' : 'primary'}`}><Icon name="search" />{t('compose.look')}</button>
            <button type="button" class={`btn ${preview ? 'primary' : ''}`} disabled={!preview} onClick={() => void send()}><Icon name="up" />{t('compose.send')}</button></div>
        </div></section>
      </div>
    </form>
  </Shell>
}
