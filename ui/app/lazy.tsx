// A page whose code is fetched when somebody goes there.
import type { ComponentType, FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Waiting } from '../look/parts.tsx'

export function lazy<M, P extends object>(load: () => Promise<M>, pick: (module: M) => FunctionComponent<P>): FunctionComponent<P> {
  let page: ComponentType<P> | undefined
  return function Lazy(props: P) {
    const [, ready] = useState(!!page)
    useEffect(() => { if (!page) void load().then(m => { page = pick(m); ready(true) }) }, [])
    return page ? <LazyPage page={page} props={props} /> : <Waiting />
  }
}

function LazyPage<P extends object>({ page: Page, props }: { page: ComponentType<P>; props: P }) { return <Page {...props} /> }
