import { useEffect, useRef, useState } from 'preact/hooks'
import { usePoll } from '../../api/poll'
import { useResource } from '../../api/resource'
import type { Attachment, Message, RequestDetail, RequestState } from '../../api/types'
import { Icon } from '../../components/icons'
import { Columns, Heading, Main, useTitle, Width } from '../../components/page'
import { Path, type Station } from '../../components/steps'
import { Breadcrumbs, Details, Facts, Niche, SummaryList } from '../../components/texts'
import { answerText } from '../../forms/answer-text'
import { valueAt } from '../../forms/pointer'
import type { Answers } from '../../forms/types'
import { visibleFields, visiblePages } from '../../forms/visibility'
import { localised } from '../../i18n'
import { formatMoment } from '../../i18n/dates'
import { formatSize } from '../../i18n/numbers'
import { attachmentUrl, readRequest } from '../api'
import { ApplicationDetails } from '../draft/bytes'
import { t } from '../i18n'
import { whileSignedIn } from '../session'
import { noteReadOf } from './notices'
import { PersonalPage } from './personal'

/** A request's way from sent to answered, its correspondence, and the bytes that were sent. */
export function RequestScreen({ requestId }: { requestId: string }) {
  const request = useResource(`request ${requestId}`, (signal) => readRequest(requestId, { signal }))
  const [news, setNews] = useState('')
  const known = useRef<RequestState | null>(null)
  if (request.state === 'ready') known.current ??= request.data.state
  const poll = async (): Promise<void> => {
    const fresh = await readRequest(requestId, { background: true })
    if (fresh.state !== known.current) setNews(t('request.news', { state: t(`state.${fresh.state}`) }))
    known.current = fresh.state
    request.replace(fresh)
  }
  usePoll(() => whileSignedIn(poll), request.state === 'ready' && request.data.state !== 'answered')
  const state = request.state === 'ready' ? request.data.state : null
  useEffect(() => {
    // Whoever sees how far the application has come need not be told again.
    if (state !== null) void noteReadOf(requestId)
  }, [state])
  return (
    <>
      <p class="govuk-visually-hidden" role="status">
        {news}
      </p>
      <PersonalPage resource={request}>{(data) => <RequestPage request={data} />}</PersonalPage>
    </>
  )
}

function RequestPage({ request }: { request: RequestDetail }) {
  useTitle({ title: `${localised(request.service_title)}, ${request.registration_number}` })
  return (
    <Main>
      <Width>
        <Breadcrumbs
          items={[
            { text: t('tab.home'), to: '/home' },
            { text: t('tab.requests'), to: '/requests' },
          ]}
        />
        <Heading class="heading-l request__title">{localised(request.service_title)}</Heading>
        <p class="lead request__lead">
          {localised(request.addressee_name)}, <span class="nowrap">{t('request.number', { number: request.registration_number })}</span>
        </p>
        <Path label={t('request.path')} stations={stations(request)} />
        <Columns side={<Deadline request={request} />}>
          {request.messages.length > 0 && (
            <section aria-labelledby="reply" class="section">
              <h2 class="heading-m" id="reply">
                {t('request.reply')}
              </h2>
              {request.messages.map((message) => (
                <Reply key={message.message_id} request={request} message={message} />
              ))}
            </section>
          )}
          <section aria-labelledby="correspondence" class="section">
            <h2 class="heading-m" id="correspondence">
              {t('request.correspondence')}
            </h2>
            <OwnMessage request={request} />
          </section>
        </Columns>
      </Width>
    </Main>
  )
}

function stations(request: RequestDetail): Station[] {
  const { state, submitted_at, received_at, answered_at } = request
  const answered = state === 'answered'
  return [
    { title: t('state.sent'), at: submitted_at, state: 'passed' },
    // An answer may overtake the receipt; the station is passed all the same.
    {
      title: t(received_at || answered ? 'state.received' : 'path.receipt'),
      at: received_at,
      state: received_at || answered ? 'passed' : 'current',
      note: answered ? undefined : t('request.waiting-receipt'),
    },
    {
      title: t(answered ? 'state.answered' : 'path.answer'),
      at: answered_at,
      state: answered ? 'passed' : received_at ? 'current' : 'ahead',
      note: t('request.waiting-answer'),
    },
  ]
}

function Deadline({ request }: { request: RequestDetail }) {
  return (
    <Facts
      facts={[
        { key: t('service.deadline'), value: localised(request.service.deadline.text) },
        { key: t('request.sent-at'), value: formatMoment(request.submitted_at) },
      ]}
    />
  )
}

function Reply({ request, message }: { request: RequestDetail; message: Message }) {
  return (
    <article class="message message--reply">
      <header class="message__from">
        <Niche icon="building" />
        <div>
          <span class="message__who">{localised(request.addressee_name)}</span>
          <span class="small">{formatMoment(message.received_at)}</span>
        </div>
      </header>
      <p class="message__text">{message.text}</p>
      {message.attachments.map((attachment) => (
        <AttachmentLink key={attachment.index} request={request} message={message} attachment={attachment} />
      ))}
      <Details summary={t('reply.digest')}>
        <p>{t('reply.digest.text')}</p>
        <dl class="bytes-facts">
          <dt>{t('reply.digest.body')}</dt>
          <dd class="hash">{message.sha256}</dd>
          {message.attachments.map((attachment) => [
            <dt key={`${attachment.index} name`}>{attachment.name}</dt>,
            <dd key={attachment.index} class="hash">
              {attachment.sha256}
            </dd>,
          ])}
        </dl>
      </Details>
    </article>
  )
}

interface AttachmentProps {
  request: RequestDetail
  message: Message
  attachment: Attachment
}

function AttachmentLink({ request, message, attachment }: AttachmentProps) {
  return (
    <div class="attachment">
      <Icon name="document" />
      <div>
        <a class="govuk-link" href={attachmentUrl(request.request_id, message.message_id, attachment.index)}>
          {attachment.name}
        </a>
        <p class="small">
          {kindOf(attachment.media_type)}, {formatSize(attachment.size)}
        </p>
      </div>
    </div>
  )
}

const KINDS: Record<string, string> = {
  'application/pdf': 'PDF',
  'application/zip': 'ZIP',
  'image/jpeg': 'JPG',
  'image/png': 'PNG',
  'text/csv': 'CSV',
  'application/json': 'JSON',
}

/** How people call the kind of a file; the media type itself where there is no such word. */
function kindOf(mediaType: string): string {
  const bare = mediaType.split(';')[0]!.trim()
  return bare === 'text/plain' ? t('attachment.text') : (KINDS[bare] ?? bare)
}

function OwnMessage({ request }: { request: RequestDetail }) {
  const { form } = request.service
  const answers = answersOf(request.application.text)
  const rows = visiblePages(form, answers).flatMap((page) =>
    visibleFields(page, answers).map((field) => ({
      key: localised(field.label),
      value: answerText(field, valueAt(answers, field.path)),
    })),
  )
  return (
    <article class="message message--own">
      <header class="message__from">
        <Niche icon="person" tone="card" />
        <div>
          <span class="message__who">{t('request.you')}</span>
          <span class="small">{formatMoment(request.submitted_at)}</span>
        </div>
      </header>
      <SummaryList rows={rows} />
      <ApplicationDetails application={request.application} summary={t('request.bytes')} />
    </article>
  )
}

function answersOf(text: string): Answers {
  try {
    return (JSON.parse(text) as { answers?: Answers }).answers ?? {}
  } catch {
    return {}
  }
}
