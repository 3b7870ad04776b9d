// The language's own small kind of regular expression: characters, ".", classes, groups, "|", the counts ? * + {n} {n,}
// {n,m}, and ^ and $ at the two ends of an alternative of the whole pattern. It becomes Glushkov's position automaton (1961),
// one state per character, run on bit sets, so that matching takes time linear in the text.

const maxPattern = 200 // code points of a pattern
const maxStates = 1_024 // characters a pattern may stand for once its counts are written out

type Bits = Uint32Array
const newSet = (): Bits => new Uint32Array(maxStates / 32)
const union = (to: Bits, from: Bits) => { for (let w = 0; w < to.length; w++) to[w]! |= from[w]! }
const meets = (a: Bits, b: Bits) => a.some((word, w) => word & b[w]!)
function each(set: Bits, words: number, visit: (i: number) => void) {
  for (let w = 0; w < words; w++) for (let word = set[w]!; word; word &= word - 1) visit(w * 32 + 31 - Math.clz32(word & -word))
}

/** A set of code points: ranges, or all but them. */
type CharSet = { ranges: [number, number][]; negate: boolean }
const has = ({ ranges, negate }: CharSet, c: number) => ranges.some(([low, high]) => low <= c && c <= high) !== negate
/** A part of a pattern while it is built: positions it can begin and end with, and whether it may be empty. */
type Piece = { first: Bits; last: Bits; empty: boolean }

const code = (c: string) => c.codePointAt(0)!
const range = (s: string) => [code(s), code(s.at(-1)!)] as [number, number]
const classes: Record<string, [number, number][]> = { d: [range('09')], w: [range('09'), range('AZ'), range('__'), range('az')], s: [range('\t\r'), range('  ')] }

/** Whether a text matches the pattern somewhere; undefined if src is no pattern, or too large. */
export function compilePattern(src: string): ((text: string) => boolean) | undefined {
  const chars = [...src]
  const sets: CharSet[] = [], follow: Bits[] = []
  const first = newSet(), firstAnchored = newSet(), last = newSet(), lastAnchored = newSet()
  let i = 0, depth = 0, atoms = 0, failed = !src || chars.length > maxPattern, always = false

  const broken = (when: boolean) => { failed ||= when }
  const accept = (c: string) => chars[i] === c && !!++i
  const read = (): string => { broken(i >= chars.length); return chars[i++] ?? '\ufffd' }
  const nothing = (): Piece => ({ first: newSet(), last: newSet(), empty: true })
  /** Lets every position of to follow every one of from. */
  const connect = (from: Bits, to: Bits) => each(from, from.length, p => { union(follow[p]!, to) })
  const concat = (a: Piece, b: Piece): Piece => {
    connect(a.last, b.first)
    if (a.empty) union(a.first, b.first)
    if (b.empty) union(b.last, a.last)
    return { first: a.first, last: b.last, empty: a.empty && b.empty }
  }

  const sequence = (): Piece => {
    let x = nothing()
    while (!failed && i < chars.length && !'|)$'.includes(chars[i]!)) x = concat(x, counted())
    return x
  }
  /** An atom and its count, which is written out by reading the atom again. */
  const counted = (): Piece => {
    const start = i
    let x = atom()
    const [least, most] = count() ?? [1, 1]
    if (failed) return x
    if (most === 0) return nothing()
    const rest = i, copies = most === Infinity ? Math.max(least, 1) : most
    let all = x
    for (let n = 0; n < copies && !failed; n++) {
      if (n > 0) { i = start; x = atom() }
      if (most === Infinity && n === copies - 1) connect(x.last, x.first)
      if (n >= least) x.empty = true
      all = n ? concat(all, x) : x
    }
    i = rest
    return all
  }
  const count = (): [number, number] | undefined => {
    let found: [number, number]
    if (accept('?')) found = [0, 1]
    else if (accept('*')) found = [0, Infinity]
    else if (accept('+')) found = [1, Infinity]
    else if (accept('{')) {
      const least = integer()
      const most = !accept(',') ? least : chars[i] === '}' ? Infinity : integer()
      broken(!accept('}') || most < least)
      found = [least, most]
    } else return undefined
    broken('?*+{'.includes(chars[i] ?? 'x')) // lazy and repeated counts are not in the subset
    return found
  }
  const integer = (): number => {
    let text = ''
    while (/^\d$/.test(chars[i] ?? '')) text += chars[i++]
    broken(!text || Number(text) > maxStates)
    return Number(text)
  }
  const atom = (): Piece => {
    broken(++atoms > 4 * maxStates)
    if (!accept('(')) return position(char())
    broken(++depth > 20)
    const x = sequence()
    while (!failed && accept('|')) {
      const y = sequence()
      union(x.first, y.first)
      union(x.last, y.last)
      x.empty ||= y.empty
    }
    depth--
    broken(!accept(')'))
    return x
  }
  const position = (set: CharSet): Piece => {
    const x = { first: newSet(), last: newSet(), empty: false }, p = sets.length
    broken(p >= maxStates)
    if (failed) return x
    sets.push(set)
    follow.push(newSet())
    x.first[p >> 5]! |= 1 << p
    x.last[p >> 5]! |= 1 << p
    return x
  }
  /** What stands for one character. */
  const char = (): CharSet => {
    const c = read()
    if (c === '.') return { ranges: [], negate: true }
    if (c === '[') return charClass()
    if (c === '\\') return escape()
    broken('^$?*+{}])|'.includes(c))
    return { ranges: [[code(c), code(c)]], negate: false }
  }
  /** What follows a backslash: a class, a control character, or punctuation that then means itself. */
  const escape = (): CharSet => {
    let c = read()
    const named = classes[c.toLowerCase()]
    if (named && c <= 'z') return { ranges: named, negate: c < 'a' }
    if (c === 'n') c = '\n'
    else if (c === 't') c = '\t'
    else broken(!/^[!-~]$/.test(c) || /^\w$/.test(c))
    return { ranges: [[code(c), code(c)]], negate: false }
  }
  /** A class after its "[". A negated escape has no place in it. */
  const charClass = (): CharSet => {
    const set: CharSet = { ranges: [], negate: accept('^') }
    while (!failed && !accept(']')) {
      let low = classChar()
      if (chars[i] === '-' && i + 1 < chars.length && chars[i + 1] !== ']') {
        i++
        const high = classChar()
        const single = (r: [number, number][]) => r.length === 1 && r[0]![0] === r[0]![1]
        broken(!single(low) || !single(high) || high[0]![0] < low[0]![0])
        if (failed) return set
        low = [[low[0]![0], high[0]![0]]]
      }
      set.ranges.push(...low)
    }
    broken(!set.ranges.length)
    return set
  }
  const classChar = (): [number, number][] => {
    if (i >= chars.length || chars[i] === '[') { failed = true; return [] }
    if (!accept('\\')) { const c = code(read()); return [[c, c]] }
    const set = escape()
    broken(set.negate)
    return set.ranges
  }

  do {
    const begin = accept('^'), x = sequence(), end = accept('$')
    union(begin ? firstAnchored : first, x.first)
    union(end ? lastAnchored : last, x.last)
    always ||= x.empty && !(begin && end) // the empty text is found at either end; no text that is asked about is empty
  } while (accept('|'))
  if (failed || i < chars.length) return undefined

  const words = sets.length + 31 >> 5
  return text => {
    if (always) return true
    let now = new Uint32Array(words), next = new Uint32Array(words), begin = true
    for (const c of text) {
      const r = code(c)
      next.set(first.subarray(0, words))
      if (begin) union(next, firstAnchored)
      begin = false
      each(now, words, p => { union(next, follow[p]!) })
      each(next, words, p => { if (!has(sets[p]!, r)) next[p >> 5]! &= ~(1 << p) })
      ;[now, next] = [next, now]
      if (meets(now, last)) return true
    }
    return meets(now, lastAnchored)
  }
}
