import { useState } from 'preact/hooks'
import { useResource, type Resource } from './resource'
import { useSubmit } from './submit'
import type { Page } from './types'

export interface Pages<T> {
  resource: Resource<Page<T>>
  busy: boolean
  failure: unknown
  more(): void
}

/** A list that comes page by page; `more` adds the next one. */
export function usePages<T>(key: string, load: (cursor: string | null, signal?: AbortSignal) => Promise<Page<T>>): Pages<T> {
  const resource = useResource(key, (signal) => load(null, signal))
  const [failure, setFailure] = useState<unknown>(null)
  const submit = useSubmit()
  const more = (): void => {
    if (resource.state !== 'ready') return
    const { items, next_cursor } = resource.data
    setFailure(null)
    void submit.run(async () => {
      const next = await load(next_cursor)
      resource.replace({ items: [...items, ...next.items], next_cursor: next.next_cursor })
    }, setFailure)
  }
  return { resource, busy: submit.busy, failure, more }
}
