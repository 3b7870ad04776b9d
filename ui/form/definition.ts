// A study's definition, indexed: what the form renderer needs to draw one form.
import type { CodeItem, CodeList, EventDef, FormDef, GroupDef, ItemDef, Named, Ref, Unit, Version } from '../wire/types.ts'
import { say } from '../words/words.ts'

/** One question of a group with all that it refers to. */
export type Question = {
  item: ItemDef; mandatory: boolean; computed: Named | undefined; condition: Named | undefined
  codes: CodeItem[] | undefined; unit: Unit | undefined
}
export type Section = { group: GroupDef; condition: Named | undefined; questions: Question[] }

const byOID = <T extends { oid: string }>(list: T[] | undefined) => new Map((list ?? []).map(x => [x.oid, x]))

/** References in their order: by order number where given, as listed otherwise. */
export const inOrder = (refs: Ref[] | undefined) =>
  (refs ?? []).map((ref, i) => ({ ref, i })).sort((a, b) => (a.ref.order ?? 0) - (b.ref.order ?? 0) || a.i - b.i).map(x => x.ref)

export class Index {
  readonly events: Map<string, EventDef>
  readonly forms: Map<string, FormDef>
  private readonly groups: Map<string, GroupDef>
  readonly items: Map<string, ItemDef>
  private readonly codeLists: Map<string, CodeList>
  private readonly units: Map<string, Unit>
  private readonly conditions: Map<string, Named>
  private readonly methods: Map<string, Named>

  constructor(version: Version) {
    this.events = byOID(version.events)
    this.forms = byOID(version.forms)
    this.groups = byOID(version.groups)
    this.items = byOID(version.items)
    this.codeLists = byOID(version.codeLists)
    this.units = byOID(version.units)
    this.conditions = byOID(version.conditions)
    this.methods = byOID(version.methods)
  }

  /**
   * The item groups of a form in order, each with its questions; references to nothing are left out. The server says
   * which questions are computed, as group/item: a method that cannot run leaves its question to people.
   */
  sections(form: string, computed?: string[]): Section[] {
    return inOrder(this.forms.get(form)?.groups).flatMap(ref => {
      const group = this.groups.get(ref.oid)
      if (!group) return []
      const questions = inOrder(group.items).flatMap(r => {
        if (this.items.get(r.oid)?.blinded) return [] // in no casebook: who is not blinded enters it elsewhere
        const question = this.question(r)
        if (question && computed && !computed.includes(`${group.oid}/${r.oid}`)) question.computed = undefined
        return question ?? []
      })
      return [{ group, condition: this.conditions.get(ref.hidden ?? ''), questions }]
    })
  }

  /** Whether two people enter any of its forms. */
  get doubled() { return [...this.forms.values()].some(f => f.doubleEntry) }

  /** The item of that OID as readers know it. */
  itemLabel(oid: string | undefined): string {
    const item = this.items.get(oid ?? '')
    return item ? label(item) : oid ?? ''
  }

  dataType(oid: string | undefined): string { return this.items.get(oid ?? '')?.dataType ?? '' }

  /** What a stored value of the item reads as: the text of its code, or itself. */
  valueLabel(oid: string | undefined, value: string | undefined): string {
    const item = this.items.get(oid ?? '')
    const code = item && codesOf(item, this.codeLists.get(item.codeList ?? ''))?.find(c => c.code === value)
    return code ? codeLabel(code) : value ?? ''
  }

  private question(ref: Ref): Question | undefined {
    const item = this.items.get(ref.oid)
    return item && {
      item, mandatory: !!ref.mandatory,
      computed: ref.method ? this.methods.get(ref.method) ?? { oid: ref.method, name: ref.method } : undefined,
      condition: this.conditions.get(ref.hidden ?? ''),
      codes: codesOf(item, this.codeLists.get(item.codeList ?? '')),
      unit: this.units.get(item.units?.[0] ?? ''),
    }
  }
}

function codesOf(item: ItemDef, list: CodeList | undefined): CodeItem[] | undefined {
  if (list?.items?.length) return list.items.map((c, i) => ({ c, i })).sort((a, b) => (a.c.order ?? 0) - (b.c.order ?? 0) || a.i - b.i).map(x => x.c)
  if (item.dataType !== 'boolean') return undefined
  return [{ code: 'true', decode: { en: 'Yes', 'zh-CN': '是' } }, { code: 'false', decode: { en: 'No', 'zh-CN': '否' } }]
}

export const label = (def: { name: string; question?: Record<string, string>; description?: Record<string, string> }) =>
  say(def.question) || say(def.description) || def.name
export const codeLabel = (code: CodeItem) => say(code.decode, code.code)
export const unitLabel = (unit: Unit | undefined) => unit ? say(unit.symbol, unit.name) : ''
