// What a draft consists of, at the left: visits, forms with their groups and items, and the lists that they use. Entries are
// moved by Alt and an arrow, or dragged.
import { useState } from 'preact/hooks'
import { Icon, type IconName } from '../look/icon.tsx'
import { t } from '../words/words.ts'
import { add, find, fresh, kinds, move, refsOf, setRefs, type Definition, type Kind, type Reference, type Spot } from './designerdraft.ts'
import { kindWord, problemsAt, titleAt, useDesk } from './designerparts.tsx'

const icons: Record<Kind, IconName> = { events: 'clock', forms: 'form', groups: 'rows', items: 'pen', codeLists: 'rows', units: 'dash', conditions: 'branch', methods: 'pulse' }
const prefixes: Record<Kind, string> = { events: 'E.', forms: 'F.', groups: 'IG.', items: 'IT.', codeLists: 'CL.', units: 'U.', conditions: 'C.', methods: 'M.' }

/** Adds a new definition of a kind, within its holder where it has one. A form comes with its first group. */
export function grown(d: Definition, kind: Kind, holder: string): [Definition, Spot] {
  const oid = fresh(d, kind, prefixes[kind]), name = oid
  const within = (x: Definition) => setRefs(x, kind, holder, [...refsOf(x, kind, holder), { oid }])
  const spot = { kind, oid }
  switch (kind) {
    case 'events': return [within(add(d, kind, { oid, name, type: 'Scheduled', forms: [] })), spot]
    case 'forms': { const group = fresh(d, 'groups', prefixes.groups); return [add(add(d, 'groups', { oid: group, name: group, items: [] }), kind, { oid, name, groups: [{ oid: group, order: 1 }] }), spot] }
    case 'groups': return [within(add(d, kind, { oid, name, items: [] })), spot]
    case 'items': return [within(add(d, kind, { oid, name, dataType: 'text', length: 200 })), spot]
    case 'codeLists': return [add(d, kind, { oid, name, dataType: 'text', items: [{ code: '1', order: 1 }, { code: '2', order: 2 }] }), spot]
    case 'units': return [add(d, kind, { oid, name }), spot]
    case 'conditions': return [add(d, kind, { oid, name }), spot]
    case 'methods': return [add(d, kind, { oid, name, type: 'Computation' }), spot]
  }
}

/** Whether a definition is, or holds, what is selected. */
function holds(d: Definition, spot: Spot, at: Spot | undefined): boolean {
  if (!at) return false
  if (at.kind === spot.kind && at.oid === spot.oid) return true
  if (spot.kind === 'forms') return refsOf(d, 'groups', spot.oid).some(r => holds(d, { kind: 'groups', oid: r.oid }, at))
  return spot.kind === 'groups' && refsOf(d, 'items', spot.oid).some(r => r.oid === at.oid && at.kind === 'items')
}

export function Outline() {
  const { d } = useDesk()
  return <nav class="tree outline" aria-label={t('design.outline')}>
    <Section kind="events" refs={refsOf(d, 'events', '')} />
    <Section kind="forms" refs={d.forms.map(f => ({ oid: f.oid }))} />
    {(['codeLists', 'conditions', 'methods', 'units'] as const).map(kind => <Section key={kind} kind={kind} refs={(d[kind] ?? []).map(x => ({ oid: x.oid }))} />)}
    <p class="xs dim keys-help">{t('design.moveHelp')}</p>
  </nav>
}

function Section({ kind, refs }: { kind: Kind; refs: Reference[] }) {
  const { edit, select } = useDesk()
  const [shut, setShut] = useState(false)
  const grow = () => edit(d => { const [next, spot] = grown(d, kind, ''); queueMicrotask(() => select(spot)); return next })
  return <section>
    <div class="row"><button type="button" class="btn quiet s grow start" aria-expanded={!shut} onClick={() => setShut(!shut)}><Icon name={shut ? 'right' : 'chev'} />{kindWord(kind)} <span class="xs dim">{refs.length}</span></button>
      <button type="button" class="ico" aria-label={t('design.addOf', { kind: kindWord(kind) })} title={t('design.addOf', { kind: kindWord(kind) })} onClick={grow}><Icon name="plus" /></button></div>
    {!shut && <Entries kind={kind} holder="" refs={refs} />}
  </section>
}

const dragged: { kind?: Kind; holder?: string; oid?: string } = {}

function Entries({ kind, holder, refs }: { kind: Kind; holder: string; refs: Reference[] }) {
  const { d, edit, at, select, problems } = useDesk()
  if (!refs.length) return null
  const step = (oid: string, by: number) => edit(x => kind === 'events' || holder ? move(x, kind, holder, oid, by) : shifted(x, kind, oid, by))
  const key = (e: KeyboardEvent, oid: string) => {
    if (!e.altKey || e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return
    e.preventDefault()
    step(oid, e.key === 'ArrowUp' ? -1 : 1)
    const button = e.currentTarget as HTMLElement
    requestAnimationFrame(() => button.focus())
  }
  return <ul>{refs.map((r, i) => {
    const spot = { kind, oid: r.oid }, open = holds(d, spot, at), wrong = problemsAt(d, problems, spot).length > 0
    const inner = kind === 'forms' ? 'groups' : kind === 'groups' ? 'items' : undefined
    return <li key={r.oid}>
      <button type="button" class="entry" draggable aria-current={at?.kind === kind && at.oid === r.oid ? 'true' : undefined} title={`${kinds[kind]} ${r.oid}`}
        onClick={() => select(spot)} onKeyDown={e => key(e, r.oid)}
        onDragStart={e => { Object.assign(dragged, { kind, holder, oid: r.oid }); e.dataTransfer?.setData('text/plain', r.oid) }}
        onDragOver={e => { if (dragged.kind === kind && dragged.holder === holder) e.preventDefault() }}
        onDrop={e => { e.preventDefault(); const from = refs.findIndex(x => x.oid === dragged.oid); if (from >= 0 && dragged.oid) step(dragged.oid, i - from) }}>
        <Icon name={icons[kind]} /><span class="grow">{titleAt(d, spot)}</span>{!find(d, kind, r.oid) && <Icon name="alert" class="t-bad" />}{wrong && <span class="t-bad"><Icon name="alert" /><span class="sr">{t('design.hasProblem')}</span></span>}</button>
      {inner && open && <>
        <Entries kind={inner} holder={r.oid} refs={refsOf(d, inner, r.oid)} />
        <button type="button" class="btn quiet s more" onClick={() => edit(x => { const [next, made] = grown(x, inner, r.oid); queueMicrotask(() => select(made)); return next })}><Icon name="plus" />{t('design.addOf', { kind: kindWord(inner) })}</button>
      </>}
    </li>
  })}</ul>
}

/** Moves a definition within the list of its kind, where the list itself is the order. */
function shifted(d: Definition, kind: Kind, oid: string, by: number): Definition {
  const list = [...d[kind] as { oid: string }[]], from = list.findIndex(x => x.oid === oid), to = Math.max(0, Math.min(list.length - 1, from + by))
  const [moved] = list.splice(from, 1)
  list.splice(to, 0, moved!)
  return { ...d, [kind]: list }
}
