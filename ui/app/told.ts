// What an entry that holds no values says, as a sentence: the ledger keeps JSON, people read words.
import type { TrailEntry } from '../wire/types.ts'
import { moment, say, t, word } from '../words/words.ts'

type Facts = Record<string, unknown>

const parsed = (text: string | undefined): unknown => { try { return JSON.parse(text || '{}') } catch { return {} } }
const read = (text: string | undefined): Facts => {
  const value = parsed(text)
  return value && typeof value === 'object' && !Array.isArray(value) ? value as Facts : {}
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
  'auth.token.issued': (_, now) => joined(word('tokenKind', str(now['kind'])), str(now['scopes']).split(' ').map(s => word('scope', s)).join(', '), str(now['sites']) && t('clients.atSites', { sites: str(now['sites']) }), str(now['networks']), until(now)),
  'auth.token.limited': (_, now) => until(now),
  'auth.person.created': (_, now) => joined(str(now['name']), str(now['nameZh'])),
  'auth.person.invited': (_, now) => until(now),
  'auth.token.revoked': () => '',
  'auth.role.granted': (_, now) => held(now),
  'auth.role.withdrawn': old => held(old),
  'auth.person.deactivated': () => '',
  'auth.access.reviewed': (_, now) => joined(t('told.reviewed', { people: str(now['people']), grants: str(now['grants']) }), ...(parsed(str(now['revoked'])) as Facts[]).map(h => `${t('rights.revoked')}: ${str(h['user'])} ${held(h)}`), str(now['note'])),
  'retention.hold.placed': (_, now) => joined(str(now['about']) || t('hold.all'), t('hold.by') + ' ' + str(now['by'])),
  'retention.hold.released': (old, now) => joined(str(old['about']) || t('hold.all'), t('hold.saidBy') + ' ' + str(now['by'])),
  'platform.webhook.added': (_, now) => joined(str(now['name']), str(now['url']), str(now['events'])),
  'settings.released': (_, now) => joined(t('told.released', { author: str(now['author']), approver: str(now['signed']) || str(now['approver']) }), assigned(now['doc'])),
  'settings.approved': (_, now) => joined(str(now['amendment']), moment(str(now['at']))),
}

const joined = (...parts: string[]) => parts.filter(Boolean).join(' · ')
const until = (facts: Facts) => Number(facts['expires']) > 0 ? t('told.until', { at: moment(new Date(Number(facts['expires']) / 1000).toISOString()) }) : ''
const held = (facts: Facts) => joined(word('role', str(facts['role'])), str(facts['study']) === 'platform' ? t('set.platform') : str(facts['study']), str(facts['site']))

/** Settings as they are assigned, each at its place. */
function assigned(list: unknown): string {
  if (!Array.isArray(list)) return ''
  const said = (list as Facts[]).map(a => `${str(a['key'])} ${a['remove'] ? '×' : '= ' + str(a['value'])}${Object.values((a['place'] ?? {}) as Facts).filter(Boolean).map(p => ' @' + str(p)).join('')}${a['amendment'] ? ' (' + str(a['amendment']) + ')' : ''}`)
  return said.slice(0, 4).join(', ') + (said.length > 4 ? ` +${said.length - 4}` : '')
}

/** The sentence of an entry; of a verb without one, its facts by name. */
export function told(e: Pick<TrailEntry, 'what' | 'old' | 'new'>): string {
  if (e.what === 'settings.proposed') return assigned(parsed(e.new))
  if (e.what === 'settings.promoted' || e.what === 'settings.rolled_back') return `${e.old ?? ''} → ${e.new ?? ''}`
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
