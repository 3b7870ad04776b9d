// A casebook as it was: at any moment of its history or at a signature, and what differs from another moment.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, Trouble, Waiting } from '../look/parts.tsx'
import { api } from '../wire/api.ts'
import type { Difference, PastForm } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { index, zone } from './study.ts'

type Point = { at: string; text: string }

/** A moment as datetime-local writes it, in the browser's zone, and back. */
export const local = (at: string) => { const d = new Date(at); return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 19) }
export const instant = (text: string) => new Date(text).toISOString().replace(/\.\d+Z$/, 'Z')

export function PastCasebook({ study, subject }: { study: string; subject: string }) {
  const book = useLoad(`${study} ${subject} past book`, signal => api.subject(study, subject, signal))
  const standings = useLoad(`${study} ${subject} past standings`, signal => api.standings(study, subject, signal))
  const [at, setAt] = useState('')
  const [other, setOther] = useState('')
  const past = useLoad(`${study} ${subject} past ${at}`, signal => api.past(study, subject, at, signal))
  const diff = useLoad(`${study} ${subject} diff ${at} ${other}`, async signal => at || other ? api.diff(study, subject, at, other, signal) : undefined)
  const first = book.data?.enrolledAt ? Date.parse(book.data.enrolledAt) : Date.now() - 1, now = Date.now()
  const points: Point[] = (standings.data?.signatures ?? []).map(s => ({ at: `signature:${s.id}`, text: t('past.signature', { name: s.name, at: moment(s.at, zone.value) }) }))
  const shown = Date.parse(at) || now
  return <Shell title={t('past.title')} crumbs={[{ text: t('nav.subjects'), href: to.subjects(study) }, { text: subject, href: to.casebook(study, subject) }, { text: t('past.title') }]}>
    <Head title={`${subject} · ${t('past.title')}`} lead={t('past.lead')} />
    <section class="card"><h2 class="sr">{t('past.at')}</h2><div class="body trail-ask">
      <Moment id="past-at" label={t('past.at')} value={at} set={setAt} points={points} />
      <Moment id="past-to" label={t('past.to')} value={other} set={setOther} points={points} />
      <div class="f wide"><div class="lab"><label for="past-slide">{t('past.slider')}</label></div>
        <input id="past-slide" type="range" min={0} max={1000} value={Math.round((shown - first) / (now - first) * 1000)} aria-valuetext={moment(new Date(shown).toISOString(), zone.value)}
          onChange={e => { const n = e.currentTarget.valueAsNumber; setAt(n === 1000 ? '' : instant(new Date(first + (now - first) * n / 1000).toISOString())) }} /></div>
    </div></section>
    {past.problem && <Trouble problem={past.problem} retry={past.reload} />}
    {diff.problem && <Trouble problem={diff.problem} retry={diff.reload} />}
    {(at || other) && diff.data && <Differences all={diff.data.differences} />}
    {!past.data && !past.problem && <Waiting />}
    {past.data && <section class="card"><header><h2 class="grow">{t('past.as')}</h2><span class="xs dim">{at.startsWith('signature:') ? points.find(p => p.at === at)?.text : at ? moment(at, zone.value) : t('past.now')} · {t('past.queries', { n: past.data.queries.length })}</span></header>
      {past.data.unsettled?.map((u, i) => <p key={i} class="note"><Icon name="form" /><span>{say(u.visit)} · {say(u.title, u.form)}: {word('state', u.state)} · {moment(u.since, zone.value)}</span></p>)}
      {past.data.forms.length ? past.data.forms.map(f => <PastValues key={`${f.event}/${f.eventRepeat}/${f.form}/${f.formRepeat}`} form={f} />) : <Empty icon="history" title={t('past.nothing')}>{t('past.nothingDo')}</Empty>}
    </section>}
  </Shell>
}

/** A moment to choose: a day and time, now, or one of the signatures. */
function Moment({ id, label, value, set, points }: { id: string; label: string; value: string; set: (at: string) => void; points: Point[] }) {
  const signed = value.startsWith('signature:')
  return <div class="f"><div class="lab"><label for={id}>{label}</label></div>
    <div class="row wrap"><div class="in"><input id={id} type="datetime-local" step={1} value={value && !signed ? local(value) : ''} onChange={e => set(e.currentTarget.value ? instant(e.currentTarget.value) : '')} /></div>
      <select class="in" aria-label={`${label}: ${t('past.points')}`} value={signed ? value : ''} onChange={e => set(e.currentTarget.value)}>
        <option value="">{value && !signed ? moment(value, zone.value) : t('past.now')}</option>{points.map(p => <option key={p.at} value={p.at}>{p.text}</option>)}</select></div></div>
}

const text = (item: string, value: string | undefined, blank: string | undefined) => blank ? word('blank', blank) : value ? index.value?.valueLabel(item, value) ?? value : t('audit.empty')

/** A difference in words: of what, what was there then, what later. */
export const told = (d: Difference) => ({
  about: [d.file ? t('past.file') : '', d.item ? index.value?.itemLabel(d.item) ?? d.item : ''].filter(s => s).join(' · '),
  was: d.file ? d.old || t('audit.empty') : text(d.item, d.old, d.oldBlank), then: d.file ? d.new || t('audit.empty') : text(d.item, d.new, d.newBlank),
})

function Differences({ all }: { all: Difference[] }) {
  if (!all.length) return <Empty icon="check" title={t('past.same')}>{t('past.sameDo')}</Empty>
  return <section class="card"><header><h2 class="grow"><Icon name="history" /> {t('past.diff')}</h2><span class="xs dim">{all.length}</span></header>
    <div class="scroll" tabIndex={0} role="region" aria-label={t('past.diff')}><table class="tbl">
      <thead><tr><th scope="col">{t('past.form')}</th><th scope="col" class="about">{t('past.item')}</th><th scope="col">{t('past.was')}</th><th scope="col">{t('past.then')}</th><th scope="col">{t('past.by')}</th><th scope="col" class="fill">{t('trail.why')}</th></tr></thead>
      <tbody>{all.map((d, i) => <tr key={i}><td class="sub">{say(d.visit)} · {say(d.title)}</td><th scope="row" class="about">{told(d).about}</th>
        <td><del>{told(d).was}</del></td><td><ins>{told(d).then}</ins></td><td class="sub">{d.byName} · {moment(d.at, zone.value)}</td><td class="fill sub">{d.reason}</td></tr>)}</tbody></table></div></section>
}

function PastValues({ form: f }: { form: PastForm }) {
  return <details class="past"><summary>{say(f.visit, f.event)} · {say(f.title, f.form)} <span class="xs dim">{f.items.length}</span></summary>
    <table class="tbl"><tbody>{f.items.map(v => <tr key={`${v.group}/${v.repeat}/${v.item}`}><th scope="row" class="about">{index.value?.itemLabel(v.item) ?? v.item}</th>
      <td class="fill">{text(v.item, v.value, v.blank)}</td><td class="xs dim">{v.byName} · {moment(v.at ?? '', zone.value)}</td></tr>)}</tbody></table></details>
}
