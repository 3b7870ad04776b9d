// What an entry that holds no values says, as a sentence: the ledger keeps JSON, people read words.
import type { TrailEntry } from '../wire/types.ts'
import { say, t, word } from '../words/words.ts'

type Facts = Record<string, unknown>

const read = (text: string | undefined): Facts => {
  try {
    const value: unknown = JSON.parse(text || '{}')
    return value && typeof value === 'object' && !Array.isArray(value) ? value as Facts : {}
  } catch { return {} }
}
const str = (v: unknown): string => typeof v === 'string' ? v : typeof v === 'number' || typeof v === 'boolean' ? String(v) : ''

const sentences: Record<string, (old: Facts, now: Facts) => string> = {
  'patient.enrolled': (_, now) => t('told.enrolled', { site: str(now['site']), status: word('status', str(now['status'])) }) + (now['rescreens'] ? ` ${t('subject.before', { subject: str(now['rescreens']) })}` : ''),
  'patient.status.changed': (old, now) => t('told.status', { old: word('status', str(old['status'])), now: word('status', str(now['status'])) }),
  'patient.transferred': (old, now) => t('told.moved', { old: str(old['site']), now: str(now['site']) }),
  'patient.received': (old, now) => t('told.moved', { old: str(old['site']), now: str(now['site']) }),
  'record.query.raised': (_, now) => t('told.asked', { text: say(now['text'] as Record<string, string>) }),
  'record.query.changed': (old, now) => t('told.query', { old: word('query', str(old['state'])), now: word('query', str(now['state'])) }) + (str(now['text']) && ` ${t('told.said', { text: str(now['text']) })}`),
  'record.stage.changed': (old, now) => t('told.stage', { old: word('stage', str(old['stage'])), now: word('stage', str(now['stage'])) }),
  'record.signed': (_, now) => t('told.signed', { name: str(now['name']), n: Number(now['forms'] ?? 0) }),
  'record.visit.skipped': () => t('told.skipped'),
  'record.visit.resumed': () => t('told.resumed'),
  'export.printed': () => t('told.printed'),
}

/** The sentence of an entry; of a verb without one, its facts by name. */
export function told(e: TrailEntry): string {
  const old = read(e.old), now = read(e.new)
  return sentences[e.what]?.(old, now) ?? facts(old, now)
}

/** name: was → is, of whatever is short enough to be read. */
function facts(old: Facts, now: Facts): string {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  const plain = (v: unknown): string => {
    if (Array.isArray(v)) return v.length > 4 ? t('told.many', { n: v.length }) : v.map(plain).filter(Boolean).join(', ')
    if (v && typeof v === 'object') return Object.values(v).every(text => typeof text === 'string') ? say(v as Record<string, string>).slice(0, 80) : ''
    return str(v).slice(0, 80)
  }
  return names.map(name => {
    const [was, is] = [plain(old[name]), plain(now[name])]
    if (was === is) return ''
    return `${name}: ${was ? `${was} → ` : ''}${is || t('audit.empty')}`
  }).filter(Boolean).slice(0, 6).join(' · ')
}
