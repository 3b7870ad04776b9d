// What the pages show. They are one screen, so that whatever changes draws it again, once, after what is running.
let draw = () => {}
let waiting = false

/** Says how the pages are drawn, and draws them. */
export function drawn(how: () => void) {
  draw = how
  draw()
}

/** A value that the pages show. */
export function state<T>(first: T): { value: T } {
  let now = first
  return {
    get value() { return now },
    set value(v: T) {
      if (v === now) return
      now = v
      if (waiting) return
      waiting = true
      queueMicrotask(() => { waiting = false; draw() })
    },
  }
}

/** A value that follows from others. */
export const follows = <T>(from: () => T): { readonly value: T } => ({ get value() { return from() } })
