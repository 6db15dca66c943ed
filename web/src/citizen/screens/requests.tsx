import { usePages } from '../../api/pages'
import { usePoll } from '../../api/poll'
import type { Page, RequestHead } from '../../api/types'
import { ButtonLink } from '../../components/button'
import { More } from '../../components/more'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Empty } from '../../components/texts'
import { localised } from '../../i18n'
import { formatMoment } from '../../i18n/dates'
import { Link } from '../../router'
import { listRequests } from '../api'
import { t } from '../i18n'
import { whileSignedIn } from '../session'
import { StateTag } from '../request-state'
import { PersonalPage } from './personal'

/** All applications that were sent, the newest first. */
export function RequestsScreen() {
  const list = usePages<RequestHead>('requests', (cursor, signal) => listRequests(cursor, { signal }))
  const { resource } = list
  useTitle({ title: t('tab.requests') })
  const waiting = resource.state === 'ready' && resource.data.items.some(({ state }) => state !== 'answered')
  const poll = async (): Promise<void> => {
    const newest = await listRequests(null, { background: true })
    if (resource.state === 'ready') resource.replace(withNewest(resource.data, newest))
  }
  usePoll(() => whileSignedIn(poll), waiting)
  return (
    <PersonalPage resource={resource}>
      {(page) => (
        <Main>
          <Width>
            <Heading>{t('tab.requests')}</Heading>
            {page.items.length === 0 ? (
              <Empty icon="send" action={<ButtonLink kind="secondary" to="/services">{t('not-found.services')}</ButtonLink>}>
                {t('requests.empty')}
              </Empty>
            ) : (
              <RequestRows requests={page.items} />
            )}
            <More list={list} />
          </Width>
        </Main>
      )}
    </PersonalPage>
  )
}

/** The known list with what is new in its first page; later pages stay. */
export function withNewest(known: Page<RequestHead>, newest: Page<RequestHead>): Page<RequestHead> {
  const fresh = new Set(newest.items.map(({ request_id }) => request_id))
  const rest = known.items.filter(({ request_id }) => !fresh.has(request_id))
  return { items: [...newest.items, ...rest], next_cursor: known.next_cursor }
}

export function RequestRows({ requests }: { requests: RequestHead[] }) {
  return (
    <ul class="rows">
      {requests.map((request) => (
        <li key={request.request_id} class="row">
          <div>
            <Link class="govuk-link" to={`/requests/${request.request_id}`}>
              {localised(request.service_title)}
            </Link>
            <p class="small">{localised(request.addressee_name)}</p>
            <p class="small digits">{t('request.number', { number: request.registration_number })}</p>
          </div>
          <div>
            <StateTag state={request.state} />
            <p class="small">{formatMoment(request.answered_at ?? request.received_at ?? request.submitted_at)}</p>
          </div>
        </li>
      ))}
    </ul>
  )
}
