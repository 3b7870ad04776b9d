// What a definition says beyond its question and its rules: what it stands within, who sees and edits it, terms, variables.
import { useState } from 'preact/hooks'
import { t } from '../words/words.ts'
import { put, putRef, refsOf, written, type Coding, type Kind, type Spot, type Variable } from './designerdraft.ts'
import { SelectLine, TextLine, titleAt, useDesk } from './designerparts.tsx'

type Beyond = { access?: { see?: string[]; edit?: string[] }; codings?: Coding[]; variables?: Variable[] }
const names = (text: string) => text.split(/[,，、\s]+/).filter(Boolean)

/** A list as lines of text: what it was read from stays as it is typed, and counts when the field is left. */
function Lines({ label, help, lines, set }: { label: string; help: string; lines: string[]; set: (lines: string[]) => void }) {
  const [text, type] = useState(lines.join('\n'))
  return <label class="f w6"><span class="lab">{label}</span><span class="in long"><textarea rows={Math.max(2, lines.length + 1)} class="mono" value={text} spellcheck={false} onInput={e => type(e.currentTarget.value)}
    onChange={() => set(text.split('\n').map(l => l.trim()).filter(Boolean))} /></span><span class="xs dim">{help}</span></label>
}

const termOf = (line: string): Coding => {
  const [system = '', code = '', label = ''] = line.split('|').map(p => p.trim())
  return { system, code, ...label ? { label } : {} }
}
const variableOf = (line: string): Variable => {
  const [, name = line, code = ''] = /^([^=\s]+)\s*=(?!=)\s*(.*)$/.exec(line) ?? []
  return { name, expression: written(code)[0]! }
}

export function More({ spot: { kind, oid }, variables }: { spot: Spot; variables?: boolean }) {
  const { d, edit } = useDesk()
  const def = (d[kind] as (Beyond & { oid: string })[]).find(x => x.oid === oid)!
  const set = (change: Beyond) => edit(x => put(x, kind, oid, change as never))
  const access = (part: 'see' | 'edit', text: string) => {
    const next = { ...def.access, [part]: names(text) }
    for (const p of ['see', 'edit'] as const) if (!next[p]?.length) delete next[p]
    set({ access: next.see || next.edit ? next : undefined } as Beyond)
  }
  const list = <T,>(all: T[]) => all.length ? all : undefined
  const said = !!(def.access || def.codings?.length || def.variables?.length)
  return <details class="f w6 more" open={said}><summary>{t('design.more')}</summary><div class="fields">
    <TextLine label={t('design.see')} value={def.access?.see?.join(', ')} set={v => access('see', v)} help={t('design.roles')} />
    <TextLine label={t('design.edit')} value={def.access?.edit?.join(', ')} set={v => access('edit', v)} help={t('design.roles')} />
    <Lines label={t('design.terms')} help={t('design.termsHelp')} lines={(def.codings ?? []).map(c => [c.system, c.code, c.label].filter(Boolean).join(' | '))} set={l => set({ codings: list(l.map(termOf)) } as Beyond)} />
    {variables && <Lines label={t('design.variables')} help={t('design.variablesHelp')} lines={(def.variables ?? []).map(v => `${v.name} = ${v.expression.code}`)} set={l => set({ variables: list(l.map(variableOf)) } as Beyond)} />}
  </div></details>
}

/** What a group of a form stands within: another group of the form, but none that stands within it. */
export function Within({ kind, holder, oid }: { kind: Extract<Kind, 'groups'>; holder: string; oid: string }) {
  const { d, edit } = useDesk()
  const refs = refsOf(d, kind, holder), ref = refs.find(r => r.oid === oid)
  const around = (start: string) => { const chain: string[] = []; for (let at: string | undefined = start; at && !chain.includes(at); at = refs.find(r => r.oid === at)?.within) chain.push(at); return chain }
  const choices = refs.filter(r => !around(r.oid).includes(oid)).map(r => [r.oid, titleAt(d, { kind, oid: r.oid })] as [string, string])
  return <SelectLine label={t('design.within')} value={ref?.within} choices={[['', t('design.withinForm')], ...choices]} set={within => edit(x => putRef(x, kind, holder, oid, { within: within || undefined } as never))} />
}
