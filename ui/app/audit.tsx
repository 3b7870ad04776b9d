// The audit trail of a field or of a whole form: who, when, what it was and is, and why.
import type { Place, Entry, FormAt } from '../wire/types.ts'
import { Icon, type IconName } from '../look/icon.tsx'
import { Trouble, Waiting } from '../look/parts.tsx'
import { api, formPath } from '../wire/api.ts'
import { moment, t, word, type Key } from '../words/words.ts'
import { show } from '../form/value.ts'
import { useLoad } from './load.ts'
import { index, zone } from './study.ts'

export function AuditPanel({ at, place, version, whole }: { at: FormAt; place: Partial<Place> | undefined; version: number; whole: () => void }) {
  const about = place?.item ? { group: place.group!, repeat: place.repeat!, item: place.item } : {}
  const { data, problem, reload } = useLoad(`${formPath(at)} ${JSON.stringify(about)} ${version}`, signal => api.history(at, about, signal))
  const entries = data?.entries ?? [] // newest first
  const name = index.value?.itemLabel(place?.item) ?? ''
  return <div class="stack">
    <div class="row between"><h2 class="dh">{place?.item ? t('audit.of', { item: name }) : t('audit.form')}</h2>
      {place?.item && <button type="button" class="btn s" onClick={whole}>{t('audit.whole')}</button>}</div>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !entries.length && <div class="sub sm"><p class="b">{t('audit.none')}</p><p>{t('audit.noneDo')}</p></div>}
    <ol>{entries.map(e => <EntryLine key={`${e.index} ${e.group}/${e.repeat}/${e.item} ${e.at}`} entry={e} named={!place?.item} />)}</ol>
    {entries.length > 0 && <Seal entries={entries} />}
  </div>
}

type Look = { tone: string; icon: IconName; verb: Key }

function look(e: Entry): Look {
  if (e.computed) return { tone: 'inf', icon: 'branch', verb: 'audit.computed' }
  if (e.newBlank) return { tone: 'warn', icon: 'dash', verb: 'audit.blanked' }
  if (!e.new) return { tone: 'warn', icon: 'x', verb: 'audit.cleared' }
  return e.first ? { tone: 'ok', icon: 'check', verb: 'audit.entered' } : { tone: 'warn', icon: 'pen', verb: 'audit.changed' }
}

/** Who it was: the system for what it computed, the patient's phone for what came from it. */
function who(e: Entry): string {
  if (e.computed) return t('role.system')
  return e.by.startsWith('device:') ? t('role.device') : e.byName || e.by
}

function EntryLine({ entry: e, named }: { entry: Entry; named: boolean }) {
  const { tone, icon, verb } = look(e)
  const now = <ins>{text(e, e.new, e.newBlank)}</ins>
  return <li class="ev">
    <span class={`dot ${tone}`}><Icon name={icon} /></span>
    <div>
      <p><b>{who(e)}</b> {t(verb)}{named && <span class="sub"> {index.value?.itemLabel(e.item)}</span>}{e.first && <> {now}</>}</p>
      {!e.first && <p class="was"><del>{text(e, e.old, e.oldBlank)}</del> → {now}</p>}
      {e.reason && !e.computed && <p class="sub">{t('audit.reason', { reason: e.reason })}</p>}
      <p class="xs dim">{moment(e.at, zone.value)}{!e.computed && e.role && e.role !== 'device' && ` · ${word('role', e.role)}`} · {e.index < 0 ? t('audit.waiting') : t('audit.entry', { n: e.index })}</p>
    </div>
  </li>
}

function text(e: Entry, value: string | undefined, blank: string | undefined): string {
  if (blank) return word('blank', blank)
  return value ? show(index.value?.dataType(e.item) ?? '', index.value?.valueLabel(e.item, value)) : t('audit.empty')
}

/** How far the entries have their places in the hash chain. */
function Seal({ entries }: { entries: Entry[] }) {
  const last = Math.max(...entries.map(e => e.index))
  return entries.every(e => e.index >= 0) ? <p class="note ok"><Icon name="shield" /><span>{t('audit.intact', { n: last })}</span></p>
    : <p class="note"><Icon name="clock" /><span>{t('audit.pending')}</span></p>
}
