import { useResource } from '../../api/resource'
import type { RequestDetail } from '../../api/types'
import { ButtonLink } from '../../components/button'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Niche } from '../../components/texts'
import { localised } from '../../i18n'
import { readRequest } from '../api'
import { t } from '../i18n'
import { PersonalPage } from './personal'

/** The application is on its way: its number, and what happens next. */
export function SentScreen({ requestId }: { requestId: string }) {
  const request = useResource(`request ${requestId}`, (signal) => readRequest(requestId, { signal }))
  return <PersonalPage resource={request}>{(data) => <Sent request={data} />}</PersonalPage>
}

function Sent({ request }: { request: RequestDetail }) {
  useTitle({ title: t('sent.title') })
  return (
    <Main>
      <Width>
        <div class="narrow">
          <div class="sent">
            <Niche icon="check" size="large" />
            <Heading>{t('sent.title')}</Heading>
            <p>{t('sent.number')}</p>
            <p class="sent__number">{request.registration_number}</p>
          </div>
          <h2 class="heading-m">{t('sent.next')}</h2>
          <ul class="govuk-list govuk-list--bullet">
            <li>{t('sent.addressee', { addressee: localised(request.addressee_name) })}</li>
            <li>{t('sent.deadline', { deadline: localised(request.service.deadline.text) })}</li>
            <li>{t('sent.notice')}</li>
          </ul>
          <div class="actions">
            <ButtonLink to={`/requests/${request.request_id}`}>{t('sent.open')}</ButtonLink>
            <ButtonLink kind="quiet" to="/home">
              {t('tab.home')}
            </ButtonLink>
          </div>
        </div>
      </Width>
    </Main>
  )
}
