import type { VNode } from 'preact'
import { matchRoute } from '../router'
import { NotFoundScreen } from './screens/not-found'
import { FrontScreen } from './screens/front'
import { TermsScreen } from './screens/terms'

export interface Found {
  /** Shown without a session. */
  public: boolean
  render(): VNode
}

type Params = Record<string, string>

const ROUTES: { pattern: string; public?: true; render(params: Params): VNode }[] = [
  { pattern: '/', public: true, render: () => <FrontScreen /> },
  { pattern: '/terms', public: true, render: () => <TermsScreen /> },
  { pattern: '/home', render: () => <NotFoundScreen /> },
]

export function findScreen(route: string): Found {
  for (const { pattern, public: open = false, render } of ROUTES) {
    const params = pattern === '/' ? (route === '/' ? {} : null) : matchRoute(pattern, route)
    if (params) return { public: open, render: () => render(params) }
  }
  return { public: true, render: () => <NotFoundScreen /> }
}
