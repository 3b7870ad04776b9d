// Reading from the server in a page: the last answer stays while the next is on its way.
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Problem } from '../wire/api.ts'

export type Load<T> = { data: T | undefined; problem: Problem | undefined; loading: boolean; reload: () => void }

/** Loads anew when key changes, and gives up the answer nobody waits for. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const [state, setState] = useState<{ key: string; data?: T; problem?: Problem; loading: boolean }>({ key, loading: true })
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const stop = new AbortController()
    setState(s => ({ ...(s.key === key ? s : {}), key, loading: true }))
    load(stop.signal).then(
      data => { if (!stop.signal.aborted) setState({ key, data, loading: false }) },
      (e: unknown) => {
        if (stop.signal.aborted) return
        if (!(e instanceof Problem)) throw e
        setState(s => ({ ...s, problem: e, loading: false }))
      })
    return () => stop.abort()
  }, [key, turn])
  const fresh = state.key === key
  return { data: fresh ? state.data : undefined, problem: fresh ? state.problem : undefined, loading: state.loading, reload: useCallback(() => setTurn(n => n + 1), []) }
}
