// One filled form in the browser: a signal per field, so that a key stroke draws one field, and one queue of saves, so
// that they reach the server singly and in order. It refuses to touch the DOM or know an address: a Keeper saves.
import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { Problem, type Change } from '../wire/api.ts'
import type { Aside, Blank, Code, FormData, Judged, LiveRule, Place, Query, Value } from '../wire/types.ts'
import type { Key } from '../words/words.ts'
import type { Question, Section } from './definition.ts'
import type { Disagreement, Live, Typed } from './live.ts'
import { read, show } from './value.ts'

/**
 * clean: as kept. editing: typed, not yet left. waiting, saving, retrying: on the way. saved: kept just now.
 * reason: a kept value changed, the reason is asked. refused: typed wrongly, or the server will not have it.
 * conflict: somebody else changed it meanwhile.
 */
export type Status = 'clean' | 'editing' | 'waiting' | 'saving' | 'retrying' | 'saved' | 'reason' | 'refused' | 'conflict'
const settled: Status[] = ['clean', 'saved']
const travelling: Status[] = ['waiting', 'saving', 'retrying']

export interface Keeper {
  load(): Promise<FormData>
  save(version: number, change: Change, reason: string): Promise<FormData>
  /** Tells the server where the rules here came to another outcome than there. */
  disagree(found: Disagreement[]): void
  /** Resolves after ms, or earlier when the network is back. */
  pause(ms: number): Promise<void>
}

export const placeKey = (p: Partial<Place>) => `${p.group}/${p.repeat}/${p.item}`
const open = (q: Query) => q.state !== 'Closed' && q.state !== 'Cancelled'

export class Field {
  readonly draft = signal('')
  readonly blank = signal<Blank | ''>('')
  readonly kept = signal<Value | undefined>(undefined)
  readonly status = signal<Status>('clean')
  readonly fault = signal<Key | Problem | undefined>(undefined)
  /** What a method gives, and the checks that fail, by the rules here: they speak while something is unsaved, the server else. */
  readonly given = signal<string | undefined>(undefined)
  readonly failing = signal<readonly LiveRule[]>([])
  /** A condition makes it mandatory now, by the rules here. */
  readonly demanded = signal(false)
  readonly hidden: ReadonlySignal<boolean>
  readonly queries: ReadonlySignal<Query[]>
  /** The reference range of the value, and how the value that is kept stands to it. */
  readonly normal: ReadonlySignal<Judged | undefined>
  /** The term of the value that is kept. */
  readonly coded: ReadonlySignal<Code | undefined>
  /** Checks that fail now and that no query tells of yet. A field is not interrupted while somebody types in it. */
  readonly warnings: ReadonlySignal<readonly LiveRule[]>
  readonly key: string
  reason = ''

  constructor(readonly form: FormModel, readonly place: Place, readonly question: Question) {
    this.key = placeKey(place)
    const row = `${place.group}/${place.repeat}`
    this.hidden = computed(() => form.hidden.value.has(this.key) || form.hidden.value.has(row))
    this.queries = computed(() => form.queries.value.filter(q => placeKey(q) === this.key && open(q) && !this.mended(q)))
    this.normal = computed(() => form.normal.value.get(this.key))
    this.coded = computed(() => form.coded.value.get(this.key))
    this.warnings = computed(() => this.status.value === 'editing' || !form.ahead.value ? []
      : this.failing.value.filter(r => !form.queries.value.some(q => q.rule === r.id && placeKey(q) === this.key)))
  }

  /** Whether a query asks what the value as it is typed now has settled. */
  private mended(q: Query) {
    return q.source === 'system' && q.state === 'Open' && this.form.ahead.value && this.form.checks(q.rule) && !this.failing.value.some(r => r.id === q.rule)
  }

  /** The text of a computed item. */
  get told() { return (this.form.ahead.value ? this.given.value : undefined) ?? this.kept.value?.value ?? '' }

  get computed() { return !!this.question.computed }
  get mandatory() { return this.question.mandatory || this.demanded.value }
  get dirty() { return !settled.includes(this.status.value) }
  get filled() { return !!(this.kept.value?.value || this.kept.value?.blank) }

  /** What was typed is remembered; nothing is sent before the field is left. */
  type(text: string) {
    batch(() => { this.draft.value = text; this.blank.value = ''; this.status.value = 'editing'; this.fault.value = undefined; this.form.heard(this) })
  }

  /** The field was left, or a choice was made: save it, or ask what is missing. */
  commit() {
    if (this.status.peek() !== 'editing') return
    const change = this.change()
    if ('bad' in change) { this.refuse(change.bad); return }
    if (this.same(change)) { this.undo(); return }
    if (this.filled && !this.reason) { this.status.value = 'reason'; return }
    this.form.enqueue(this)
  }

  /** There is no value, and this is why. */
  mark(blank: Blank) {
    batch(() => { this.draft.value = ''; this.blank.value = blank; this.status.value = 'editing'; this.fault.value = undefined; this.form.heard(this) })
    this.commit()
  }

  because(reason: string) {
    this.reason = reason
    this.status.value = 'editing'
    this.commit()
  }

  /** Back to what is kept. */
  undo() {
    batch(() => {
      const kept = this.kept.peek()
      this.draft.value = show(this.question.item.dataType, kept?.value)
      this.blank.value = kept?.blank ?? ''
      this.status.value = 'clean'
      this.fault.value = undefined
      this.reason = ''
      this.form.heard(this)
    })
  }

  /** In spite of what somebody else has saved meanwhile. */
  insist() {
    this.status.value = 'editing'
    this.fault.value = undefined
    this.commit()
  }

  refuse(fault: Key | Problem) { batch(() => { this.fault.value = fault; this.status.value = 'refused' }) }

  change(): Change | { bad: Key } {
    const blank = this.blank.peek()
    if (blank) return { ...this.place, blank }
    const got = this.question.codes ? { value: this.draft.peek() } : read(this.question.item.dataType, this.draft.peek())
    return 'bad' in got ? got : { ...this.place, value: got.value }
  }

  /** Whether the change says what is kept already. */
  same(change: Change): boolean {
    const kept = this.kept.peek()
    return 'blank' in change ? kept?.blank === change.blank : (kept?.value ?? '') === change.value && !kept?.blank
  }

  /** The server's word on this field: shown, unless somebody is at work on it. */
  take(value: Value | undefined) {
    this.kept.value = value
    if (settled.includes(this.status.peek())) {
      this.draft.value = show(this.question.item.dataType, value?.value)
      this.blank.value = value?.blank ?? ''
    }
  }
}

export class FormModel {
  readonly version = signal(0)
  readonly state = signal<FormData['state']>('empty')
  readonly hidden: ReadonlySignal<ReadonlySet<string>>
  readonly queries = signal<Query[]>([])
  readonly normal = signal<ReadonlyMap<string, Judged>>(new Map())
  readonly coded = signal<ReadonlyMap<string, Code>>(new Map())
  /** Something is unsaved and the rules run here: until the server has spoken, their outcome is shown. */
  readonly ahead: ReadonlySignal<boolean>
  /** Fields that are not kept as they stand on the screen. */
  readonly unsaved: ReadonlySignal<number>
  readonly savedAt = signal<string>('')
  /** What of it is inactive: rows, or the whole. */
  readonly inactive = signal<readonly Aside[]>([])
  /** Tells it from the other repeats of the form on one page; the first has no name. */
  readonly name: string
  /** The field that was saved last, for whoever announces it. */
  readonly lastSaved = signal<Field | undefined>(undefined)

  private readonly fields = new Map<string, Field>()
  private readonly known = signal(0) // grows with fields, so that what counts them counts anew
  private readonly rowsOf = new Map<string, Signal<string[]>>()
  private readonly items = new Map<string, Value>()
  private readonly questions = new Map<string, Question>()
  private readonly queue: Field[] = []
  private readonly hiddenByServer = signal<ReadonlySet<string>>(new Set())
  private readonly hiddenHere = signal<ReadonlySet<string>>(new Set())
  /** What a condition makes mandatory now, by the rules here: group/repeat, or group/repeat/item. */
  readonly demanded = signal<ReadonlySet<string>>(new Set())
  private readonly live = signal<Live | undefined>(undefined)
  private flushing: Promise<void> | undefined
  private abandoned = false

  constructor(readonly sections: Section[], data: FormData, private readonly keeper: Keeper, private readonly engine?: typeof Live) {
    this.name = data.formRepeat && data.formRepeat !== '1' ? data.formRepeat + '-' : ''
    for (const { group, questions } of sections) for (const q of questions) this.questions.set(`${group.oid}/${q.item.oid}`, q)
    this.unsaved = computed(() => { void this.known.value; return [...this.fields.values()].filter(f => f.dirty).length })
    this.ahead = computed(() => !!this.live.value && this.unsaved.value > 0)
    this.hidden = computed(() => this.ahead.value ? this.hiddenHere.value : this.hiddenByServer.value)
    this.take(data)
  }

  field(group: string, repeat: string, item: string): Field {
    const place = { group, repeat, item }
    const key = placeKey(place)
    let field = this.fields.get(key)
    if (!field) {
      field = new Field(this, place, this.questions.get(`${group}/${item}`)!)
      field.take(this.items.get(key))
      this.fields.set(key, field)
      this.tell(key)
      queueMicrotask(() => { this.known.value++ })
    }
    return field
  }

  /** Takes over what is being typed in an earlier drawing of the form, wherever it still asks for it. */
  goOn(earlier: FormModel) {
    for (const was of earlier.fields.values()) {
      if (!was.dirty || !this.questions.has(`${was.place.group}/${was.place.item}`)) continue
      const field = this.field(was.place.group, was.place.repeat, was.place.item)
      field.reason = was.reason
      if (was.blank.peek()) field.mark(was.blank.peek() as Blank)
      else field.type(was.draft.peek())
    }
  }

  /** The repeat keys of a repeating group, those of the server and those added here. */
  rows(group: string): Signal<string[]> {
    let rows = this.rowsOf.get(group)
    if (!rows) this.rowsOf.set(group, rows = signal(['1']))
    return rows
  }

  addRow(group: string): string {
    const rows = this.rows(group)
    const taken = [...rows.value, ...this.inactive.peek().filter(a => a.group === group).map(a => a.repeat ?? '')]
    const next = String(Math.max(0, ...taken.map(r => Number(r) || 0)) + 1)
    rows.value = [...rows.value, next]
    this.begin()
    return next
  }

  /** Visible fields that people fill, and how many have a value or a reason why not. */
  progress(): { filled: number; total: number } {
    let filled = 0, total = 0
    for (const { group, questions } of this.sections) {
      for (const repeat of group.repeating ? this.rows(group.oid).value : ['1']) {
        for (const q of questions) {
          const field = this.field(group.oid, repeat, q.item.oid)
          if (q.computed || field.hidden.value) continue
          total++
          if (field.filled) filled++
        }
      }
    }
    return { filled, total }
  }

  take(data: FormData) {
    batch(() => {
      this.version.value = data.version
      this.state.value = data.state
      this.hiddenByServer.value = new Set(data.hidden ?? [])
      this.queries.value = data.queries ?? []
      this.normal.value = new Map((data.normal ?? []).map(n => [placeKey(n), n]))
      this.coded.value = new Map((data.coded ?? []).map(c => [placeKey(c), c]))
      this.inactive.value = data.inactive ?? []
      const before = new Map(this.items)
      this.items.clear()
      for (const value of data.items ?? []) {
        this.items.set(placeKey(value), value)
        if (value.at && value.at > this.savedAt.peek()) this.savedAt.value = value.at
      }
      this.takeRows(data.items ?? [])
      for (const [key, field] of this.fields) field.take(this.items.get(key))
      this.takeRules(data, before)
    })
  }

  /** New rules run over everything; otherwise what depends on the values that have changed. */
  private takeRules({ rules }: FormData, before: Map<string, Value>) {
    const Engine = this.engine
    if (rules && Engine) {
      this.guarded(() => { this.live.value = new Engine(rules, this.sections, group => this.rows(group).peek()) })
      this.begin()
      return
    }
    if (!this.live.peek()) return
    for (const key of new Set([...before.keys(), ...this.items.keys()])) {
      const [was, is] = [before.get(key), this.items.get(key)]
      if (was?.value !== is?.value || was?.blank !== is?.blank) this.hear(key, (is ?? was)!)
    }
  }

  /** A rule that fails here must not keep anybody from entering data: from then on the server alone runs them. */
  private guarded(run: () => void): boolean {
    try { run(); return true } catch (e) {
      console.warn(e)
      this.live.value = undefined
      return false
    }
  }

  /** Runs all rules here. */
  private begin() {
    const live = this.live.peek()
    if (!live) return
    const places = new Map<string, Place>(this.items)
    for (const [key, field] of this.fields) places.set(key, field.place)
    if (!this.guarded(() => { live.begin([...places].map(([key, place]) => [place, this.typed(key)])) })) return
    batch(() => {
      this.hiddenHere.value = new Set(live.hidden)
      this.demanded.value = new Set(live.demanded)
      for (const key of this.fields.keys()) this.tell(key)
    })
  }

  /** A value as it stands on the screen, or where no field shows it, as it is kept. */
  private typed(key: string): Typed {
    const field = this.fields.get(key)
    if (!field?.dirty) return this.items.get(key) ?? {}
    const change = field.change()
    return 'bad' in change ? {} : change
  }

  heard(field: Field) { this.hear(field.key, field.place) }

  private hear(key: string, place: Place) {
    const live = this.live.peek()
    if (!live) return
    let touched: ReadonlySet<string> = new Set()
    if (!this.guarded(() => { touched = live.change(place, this.typed(key)) })) return
    if ([...touched].some(t => live.hidden.has(t) !== this.hiddenHere.peek().has(t))) this.hiddenHere.value = new Set(live.hidden)
    if ([...touched].some(t => live.demanded.has(t) !== this.demanded.peek().has(t))) this.demanded.value = new Set(live.demanded)
    for (const t of touched) this.tell(t)
  }

  /** Gives a field what the rules here say of it. */
  private tell(key: string) {
    const field = this.fields.get(key), live = this.live.peek()
    if (!field || !live) return
    field.given.value = live.computed.get(key)
    field.failing.value = live.failing.get(key) ?? []
    field.demanded.value = live.demanded.has(key)
  }

  /** Whether the check of that name runs here. */
  checks(rule: string | undefined) { return !!this.live.value?.has(rule) }

  /** With nothing unsaved both have judged the same values: where they differ, the server is told, and from now on asked alone. */
  private compare(data: FormData) {
    const live = this.live.peek()
    if (!live || this.unsaved.peek()) return
    const found = live.disagreements(data)
    if (!found.length) return
    this.live.value = undefined
    this.keeper.disagree(found)
  }

  private takeRows(places: Place[]) {
    for (const { group } of this.sections) {
      if (!group.repeating) continue
      const rows = this.rows(group.oid)
      const aside = this.inactive.peek().filter(a => a.group === group.oid).map(a => a.repeat)
      const all = new Set([...rows.peek(), ...places.filter(p => p.group === group.oid).map(p => p.repeat)].filter(r => !aside.includes(r)))
      if (!all.size) all.add(String(Math.max(0, ...aside.map(r => Number(r) || 0)) + 1))
      const sorted = [...all].sort((a, b) => Number(a) - Number(b) || a.localeCompare(b))
      if (sorted.join() !== rows.peek().join()) rows.value = sorted
    }
  }

  enqueue(field: Field) {
    field.status.value = 'waiting'
    if (!this.queue.includes(field)) this.queue.push(field)
    this.flushing ??= this.flush().finally(() => { this.flushing = undefined })
  }

  /** Sends nothing more: whoever typed it is gone. */
  abandon() {
    this.abandoned = true
    this.queue.length = 0
  }

  /** Resolves when nothing is left to send. */
  async idle() { await this.flushing }

  private async flush() {
    for (let tries = 0, field; (field = this.queue.shift());) {
      if (!travelling.includes(field.status.peek())) continue // at work on it again: it comes back when it is left
      const wait = await this.send(field)
      if (wait === undefined) { tries = 0; continue }
      if (this.abandoned) return
      if (!this.queue.includes(field)) this.queue.unshift(field)
      await this.keeper.pause(wait * 1000 || Math.min(30_000, 1000 * 2 ** tries++))
    }
  }

  /** Sends one field. A number means: nobody took it, try again after so many seconds (0: as you like). */
  private async send(field: Field): Promise<number | undefined> {
    const change = field.change()
    if ('bad' in change) { field.refuse(change.bad); return }
    field.status.value = 'saving'
    try {
      this.accepted(field, await this.keeper.save(this.version.peek(), change, field.reason))
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      if (!e.passing && e.status !== 401) return this.declined(field, change, e)
      if (travelling.includes(field.status.peek())) field.status.value = 'retrying'
      return e.retryAfter
    }
  }

  private accepted(field: Field, data: FormData) {
    batch(() => {
      field.reason = ''
      if (travelling.includes(field.status.peek()) && !this.queue.includes(field)) field.status.value = 'saved'
      this.take(data)
      this.lastSaved.value = field
    })
    this.compare(data)
  }

  private async declined(field: Field, change: Change, problem: Problem): Promise<number | undefined> {
    if (problem.status !== 412 && problem.code !== 'record.reason_required') { field.refuse(problem); return }
    try { // an answer may have been lost on the way: what is kept now decides
      const data = await this.keeper.load()
      this.take(data)
      if (field.same(change)) { this.accepted(field, data); return }
    } catch (e) {
      if (!(e instanceof Problem) || !e.passing) throw e
      field.status.value = 'retrying'
      return e.retryAfter
    }
    if (problem.status === 412 && !field.filled && !problem.theirs.length) return 0 // only the form moved on
    field.reason = ''
    batch(() => { field.fault.value = problem; field.status.value = problem.status === 412 ? 'conflict' : 'reason' })
  }
}
