import type { ComponentChildren } from 'preact'
import type { Resource } from '../api/resource'
import { Failure } from './failure'
import { Loading } from './texts'

interface Props<T> {
  resource: Resource<T>
  children: (data: T) => ComponentChildren
}

/** Shows what was loaded, that it is being loaded, or why it could not be. */
export function Loadable<T>({ resource, children }: Props<T>) {
  if (resource.state === 'ready') return <>{children(resource.data)}</>
  if (resource.state === 'failed') return <Failure error={resource.error} onRetry={resource.reload} />
  return <Loading />
}
