import { useCallback, useEffect, useState } from 'preact/hooks'

export type Loaded<T> =
  | { state: 'loading'; data: T | null; error: null }
  | { state: 'failed'; data: null; error: unknown }
  | { state: 'ready'; data: T; error: null }

export type Resource<T> = Loaded<T> & {
  reload(): void
  /** Puts in what a poll or an action has brought. */
  replace(data: T): void
}

/** What a screen shows, loaded when it opens and again when `key` changes. */
export function useResource<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [loaded, setLoaded] = useState<Loaded<T> & { key: string }>({ state: 'loading', data: null, error: null, key })
  const [attempt, setAttempt] = useState(0)

  useEffect(() => {
    const abort = new AbortController()
    setLoaded({ state: 'loading', data: null, error: null, key })
    load(abort.signal).then(
      (data) => !abort.signal.aborted && setLoaded({ state: 'ready', data, error: null, key }),
      (error: unknown) => !abort.signal.aborted && setLoaded({ state: 'failed', data: null, error, key }),
    )
    return () => abort.abort()
  }, [key, attempt])

  const reload = useCallback(() => setAttempt((n) => n + 1), [])
  const replace = useCallback((data: T) => setLoaded({ state: 'ready', data, error: null, key }), [key])
  const current: Loaded<T> = loaded.key === key ? loaded : { state: 'loading', data: null, error: null }
  return { ...current, reload, replace }
}
