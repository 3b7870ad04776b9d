// Exports: what to write, how far it is, the file with its digest. They are made anew at any time, the same bytes for the same moment.
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Empty, problemText, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import type { Export } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'
import { useLoad } from './load.ts'
import { announced } from './session.ts'
import { Head, Shell } from './shell.tsx'
import { mayDo, study, zone } from './study.ts'

const underWay = (e: Export) => e.state === 'waiting' || e.state === 'running'
const looks = { waiting: ['', 'ring'], running: ['inf', 'half'], done: ['ok', 'check'], failed: ['bad', 'alert'], cancelled: ['', 'x'] } as const

export function Exports({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} exports`, signal => api.exports(id, signal))
  const busy = !!data?.exports.some(underWay)
  useEffect(() => {
    if (!busy) return
    const timer = setInterval(reload, 700)
    return () => clearInterval(timer)
  }, [busy])
  return <Shell title={t('exports.title')} crumbs={[{ text: t('exports.title') }]}>
    <Head title={t('exports.title')} lead={t('exports.lead')} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && <Wish id={id} formats={data.formats} asked={reload} />}
    {data && !data.exports.length && <Empty icon="down" title={t('exports.none')}>{t('exports.noneDo')}</Empty>}
    {!!data?.exports.length && <section class="card"><h2 class="sr">{t('exports.yours')}</h2><ul class="list exports">
      {data.exports.map(e => <One key={e.id} id={id} e={e} changed={reload} />)}
    </ul></section>}
  </Shell>
}

/** The sites that the reader may export: all, when a role is for the whole study. */
const sites = () => (study.value?.sites ?? []).filter(s => mayDo('export', s.id))
const wholeStudy = () => !!study.value?.roles.some(r => !r.site && mayDo('export'))

function Wish({ id, formats, asked }: { id: string; formats: string[]; asked: () => void }) {
  const [format, setFormat] = useState(formats[0] ?? '')
  const [site, setSite] = useState('')
  const [asOf, setAsOf] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const own = sites()
  const send = async (e: Event) => {
    e.preventDefault()
    try { await api.askExport(id, format, site, asOf); setProblem(undefined); announced.value = t('exports.asked'); asked() } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <section class="card"><h2 class="sr">{t('exports.new')}</h2><form class="body exports-ask" onSubmit={send}>
    <div class="f"><div class="lab"><label for="export-format">{t('exports.format')}</label></div>
      <div class="in"><select id="export-format" value={format} onChange={e => setFormat(e.currentTarget.value)}>{formats.map(f => <option key={f} value={f}>{word('format', f)}</option>)}</select></div></div>
    <div class="f"><div class="lab"><label for="export-site">{t('matrix.site')}</label></div>
      <div class="in"><select id="export-site" value={site} onChange={e => setSite(e.currentTarget.value)}>
        <option value="">{wholeStudy() ? t('matrix.allSites') : t('exports.ownSites')}</option>{own.map(s => <option key={s.id} value={s.id}>{`${s.id} ${say(s.name)}`}</option>)}</select></div></div>
    <div class="f"><div class="lab"><label for="export-asof">{t('exports.asOf')}</label></div>
      <div class="in"><input id="export-asof" type="date" value={asOf} onInput={e => setAsOf(e.currentTarget.value)} /></div></div>
    <button type="submit" class="btn primary"><Icon name="down" />{t('exports.go')}</button>
    <p class="note exports-about"><Icon name="info" /><span>{word('formatAbout', format)} {t('exports.ledger')}</span></p>
    {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
  </form></section>
}

function One({ id, e, changed }: { id: string; e: Export; changed: () => void }) {
  const [problem, setProblem] = useState<Problem>()
  const drop = async () => { try { await api.dropExport(id, e.id); changed() } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) } }
  const [tone, icon] = looks[e.state]
  const name = word('format', e.format)
  return <li class="export">
    <div class="row wrap"><b class="grow">{name} <span class="sub">{e.sites.length ? t('exports.ofSites', { sites: e.sites.join(', ') }) : t('matrix.allSites')}</span></b><Tag tone={tone} icon={icon}>{word('export', e.state)}</Tag></div>
    <p class="xs sub">{t('exports.at', { at: moment(e.moment ?? e.asOf ?? e.askedAt, zone.value) })}{e.entries > 0 && ` · ${t('exports.entries', { n: e.entries })}`}{e.state === 'done' && ` · ${size(e.bytes)} · ${t('exports.until', { at: moment(e.until ?? '', zone.value) })}`}</p>
    {underWay(e) && <div class="row"><progress class="grow" max={Math.max(1, e.of)} value={e.steps} aria-label={t('exports.progress', { name })} /><span class="xs sub num">{e.steps} / {e.of || '…'}</span></div>}
    {e.state === 'done' && <p class="xs">SHA-256 <code class="wrap-any">{e.sha256}</code></p>}
    {e.why && <p class="note bad"><Icon name="alert" /><span>{say(e.why)}</span></p>}
    {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problemText(problem)}</span></p>}
    <div class="row wrap">
      {e.state === 'done' && <a class="btn" href={api.exportFile(id, e.id)} download={e.name}><Icon name="down" />{e.name}</a>}
      <button type="button" class="btn quiet" onClick={drop}><Icon name="x" />{underWay(e) ? t('exports.stop') : t('exports.discard')}</button>
    </div>
  </li>
}

/** A size as people read it: 1,536 bytes are 1.5 KB. */
const size = (bytes: number) => bytes < 1024 ? `${bytes} B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`
