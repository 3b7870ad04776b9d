// What every page has: a heading that takes the focus, a bar, a foot; and whether everything was sent.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import * as p from './plan.ts'
import { t } from './words.ts'

/** A page with its heading, which takes the focus when the page becomes another. */
export function Page({ title, children, bar, foot }: { title: ComponentChildren; children?: ComponentChildren; bar?: ComponentChildren; foot?: ComponentChildren }) {
  const head = useRef<HTMLHeadingElement>(null)
  useEffect(() => { head.current?.focus(); scrollTo(0, 0) }, [p.draft.value?.at, String(title)])
  return <>
    {bar && <header>{bar}</header>}
    <main><h1 id="q" ref={head} tabIndex={-1}>{title}</h1>{children}</main>
    {foot && <footer>{foot}</footer>}
  </>
}

export function Badge() {
  const n = p.unsent.value
  return <span class={'badge ' + (n ? 'warn' : 'ok')} role="status" data-unsent={n}>{n ? '↑ ' + t('unsent', { n }) : '✓ ' + t('allSent')}</span>
}

/** A bar that leads back. */
export const Back = ({ go, label }: { go: () => void; label: string }) => <><button class="quiet" onClick={go} aria-label={label}>‹</button><Badge /></>
