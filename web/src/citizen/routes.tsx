import type { VNode } from 'preact'
import { matchRoute } from '../router'
import { CardGuideScreen } from './card/guide-screen'
import { CHECK, DraftScreen } from './draft/draft-screen'
import { DraftsScreen } from './screens/drafts'
import { FrontScreen } from './screens/front'
import { HomeScreen } from './screens/home'
import { NotFoundScreen } from './screens/not-found'
import { NoticesScreen } from './screens/notices'
import { ProfileScreen } from './screens/profile'
import { RequestScreen } from './screens/request'
import { RequestsScreen } from './screens/requests'
import { SentScreen } from './screens/sent'
import { ServiceScreen } from './screens/service'
import { CategoryScreen, ServicesScreen } from './screens/services'
import { TermsScreen } from './screens/terms'

export interface Found {
  /** Shown without a session. */
  public: boolean
  render(): VNode
}

type Params = Record<string, string>

interface Route {
  pattern: string
  public?: true
  render(params: Params): VNode
}

const ROUTES: Route[] = [
  { pattern: '/', public: true, render: () => <FrontScreen /> },
  { pattern: '/card', public: true, render: () => <CardGuideScreen /> },
  { pattern: '/terms', public: true, render: () => <TermsScreen /> },
  { pattern: '/services', public: true, render: () => <ServicesScreen /> },
  { pattern: '/services/:id', public: true, render: ({ id }) => <ServiceScreen key={id} serviceId={id!} /> },
  { pattern: '/categories/:id', public: true, render: ({ id }) => <CategoryScreen key={id} categoryId={id!} /> },
  { pattern: '/home', render: () => <HomeScreen /> },
  { pattern: '/drafts', render: () => <DraftsScreen /> },
  { pattern: '/drafts/:id', render: ({ id }) => <DraftScreen key={id} draftId={id!} page={null} /> },
  { pattern: `/drafts/:id/${CHECK}`, render: ({ id }) => <DraftScreen key={id} draftId={id!} page={CHECK} /> },
  { pattern: '/drafts/:id/:page', render: ({ id, page }) => <DraftScreen key={id} draftId={id!} page={page!} /> },
  { pattern: '/requests', render: () => <RequestsScreen /> },
  { pattern: '/requests/:id', render: ({ id }) => <RequestScreen key={id} requestId={id!} /> },
  { pattern: '/requests/:id/sent', render: ({ id }) => <SentScreen key={id} requestId={id!} /> },
  { pattern: '/notices', render: () => <NoticesScreen /> },
  { pattern: '/profile', render: () => <ProfileScreen /> },
]

export function findScreen(route: string): Found {
  for (const { pattern, public: open = false, render } of ROUTES) {
    const params = matchRoute(pattern, route)
    if (params) return { public: open, render: () => render(params) }
  }
  return { public: true, render: () => <NotFoundScreen /> }
}
