// One question on one screen.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Question } from './plan.ts'
import { fits } from './rules.ts'
import { say, t } from './words.ts'

type Props = { q: Question; value: string; put: (value: string, drawn?: { width: number; ratio: number }) => void; ready: (ok: boolean) => void }

/** Draws what fits the question. ready says whether every option has been on the screen. */
export function Ask(p: Props) {
  const { q } = p
  const written = !q.options && !q.scale && q.type !== 'boolean'
  useEffect(() => { if (written || q.scale || q.note) p.ready(true) }, [q.item])
  if (q.note) return null
  if (q.scale) return <Scale {...p} />
  if (q.options) return <Options {...p} options={q.options.map(o => [o.code, say(o.text)])} />
  if (q.type === 'boolean') return <Options {...p} options={[['true', t('yes')], ['false', t('no')]]} />
  return <Write {...p} />
}

/** The codes of an answer: several stand in it as a JSON array. */
export const chosen = (q: Question, value: string): string[] => !value ? [] : q.multiple ? JSON.parse(value) as string[] : [value]
/** An answer in words. The place on a scale is told only where it is corrected. */
export const shownAnswer = (q: Question, value: string, whole: boolean) => q.scale && !whole ? t('vasSet') : q.options ? chosen(q, value).map(c => say(q.options!.find(o => o.code === c)?.text)).join(', ')
  : q.type === 'boolean' ? t(value === 'true' ? 'yes' : 'no') : value + (q.unit ? ' ' + say(q.unit) : '')
const several = (codes: string[]) => codes.length ? JSON.stringify(codes) : ''

function Options({ q, value, put, ready, options }: Props & { options: [string, string][] }) {
  const list = useRef<HTMLFieldSetElement>(null)
  useEffect(() => {
    ready(false)
    const unseen = new Set<Element>(list.current!.querySelectorAll('label'))
    const watch = new IntersectionObserver(entries => {
      for (const e of entries) if (e.isIntersecting) { unseen.delete(e.target); watch.unobserve(e.target) }
      if (!unseen.size) { ready(true); watch.disconnect() }
    }, { threshold: 0.6 })
    unseen.forEach(el => watch.observe(el))
    return () => watch.disconnect()
  }, [q.item])
  return <fieldset ref={list} class="options" aria-labelledby="q">
    {q.multiple && <p class="hint">{t('several')}</p>}
    {options.map(([code, text]) => {
      const on = chosen(q, value).includes(code), set = () => put(q.multiple ? several(options.map(o => o[0]).filter(c => c === code ? !on : chosen(q, value).includes(c))) : code)
      return <label key={code} class={on ? 'on' : ''}><input type={q.multiple ? 'checkbox' : 'radio'} name={q.item} value={code} checked={on} onChange={set} /><span>{text}</span></label>
    })}
  </fieldset>
}

/** A visual analogue scale: nothing stands on it before the first touch, and no number is shown. */
function Scale({ q, value, put }: Props) {
  const line = useRef<HTMLDivElement>(null)
  const min = Number(q.scale!.min), max = Number(q.scale!.max)
  const set = (part: number) => {
    const whole = q.type === 'integer' ? 0 : Math.min(q.digits ?? 1, 3)
    put((min + Math.max(0, Math.min(1, part)) * (max - min)).toFixed(whole), { width: Math.round(line.current!.clientWidth), ratio: devicePixelRatio })
  }
  const at = value ? (Number(value) - min) / (max - min) : undefined
  useEffect(() => { line.current?.style.setProperty('--at', String(at ?? 0)) }, [at])
  const move = (e: PointerEvent) => { const box = line.current!.getBoundingClientRect(); set((e.clientX - box.left) / box.width) }
  const key = (e: KeyboardEvent) => {
    const step = { ArrowRight: .01, ArrowUp: .01, ArrowLeft: -.01, ArrowDown: -.01, PageUp: .1, PageDown: -.1 }[e.key]
    if (step) set((at ?? .5) + (at === undefined ? 0 : step))
    else if (e.key === 'Home') set(0)
    else if (e.key === 'End') set(1)
    else return
    e.preventDefault()
  }
  return <div class="vas">
    <div ref={line} class={'line' + (at === undefined ? '' : ' set')} role="slider" tabIndex={0} aria-labelledby="q" aria-valuemin={min} aria-valuemax={max} {...at === undefined ? {} : { 'aria-valuenow': Number(value) }}
      aria-valuetext={at === undefined ? t('vasNone') : t('vasSet')} onPointerDown={e => { line.current!.setPointerCapture(e.pointerId); move(e) }} onPointerMove={e => { if (e.buttons) move(e) }} onKeyDown={key}><i /></div>
    <p class="ends"><span>{say(q.scale!.left)}</span><span>{say(q.scale!.right)}</span></p>
    <p class="hint">{t('vas')}</p>
  </div>
}

const two = (n: number) => String(n).padStart(2, '0')
const day = (d: Date) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`

function Write({ q, value, put }: Props) {
  const [text, type] = useState(value)
  const wrong = text !== '' && !fits(q, text)
  const change = (v: string) => { type(v); put(fits(q, v.trim()) ? v.trim() : '') }
  const number = ['integer', 'float', 'double'].includes(q.type)
  const hint = q.type === 'date' ? t('dateHint') : q.type === 'time' ? t('timeHint') : say(q.unit)
  const props = { id: 'field', value: text, 'aria-labelledby': 'q', 'aria-describedby': 'hint', 'aria-invalid': wrong, onInput: (e: Event) => change((e.target as HTMLInputElement).value) }
  const now = new Date()
  return <div class="write">
    {q.type === 'date' && <p class="quick"><button type="button" onClick={() => change(day(now))}>{t('todayIs')}</button><button type="button" onClick={() => change(day(new Date(now.getTime() - 864e5)))}>{t('yesterday')}</button></p>}
    {q.type === 'time' && <p class="quick"><button type="button" onClick={() => change(`${two(now.getHours())}:${two(now.getMinutes())}`)}>{t('now')}</button></p>}
    {(q.type === 'text' || q.type === 'string') && (q.length ?? 999) > 60 ? <textarea rows={4} maxLength={Math.min(q.length ?? 1000, 1000)} {...props} />
      : <input autocomplete="off" inputMode={number ? 'decimal' : 'text'} maxLength={q.length && !number ? q.length + 10 : 60} {...props} />}
    <p class="hint" id="hint">{wrong ? t('bad') : hint}</p>
  </div>
}
