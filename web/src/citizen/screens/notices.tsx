import { useRef, useState } from 'preact/hooks'
import { usePages } from '../../api/pages'
import { useSignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import type { Notice } from '../../api/types'
import { Failure } from '../../components/failure'
import { More } from '../../components/more'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Empty } from '../../components/texts'
import { localised } from '../../i18n'
import { formatMoment } from '../../i18n/dates'
import { Link } from '../../router'
import { listNotices, markRead } from '../api'
import { t } from '../i18n'
import { noticeText } from '../notice-text'
import { refreshSession, session, setUnread } from '../session'
import { PersonalPage } from './personal'
import { SignInDialog } from './sign-in-dialog'

/** What the portal has told the citizen, the newest first. */
export function NoticesScreen() {
  const list = usePages<Notice>('notices', (cursor, signal) => listNotices(cursor, { signal }))
  const { resource } = list
  useTitle({ title: t('tab.notices') })
  const read = (notice: Notice): void => {
    if (resource.state !== 'ready') return
    const read_at = new Date().toISOString()
    const items = resource.data.items.map((item) => (item.notice_id === notice.notice_id ? { ...item, read_at } : item))
    resource.replace({ ...resource.data, items })
  }
  return (
    <PersonalPage resource={resource}>
      {(page) => (
        <Main>
          <Width>
            <div class="narrow">
              <Heading>{t('tab.notices')}</Heading>
              {page.items.length === 0 ? (
                <Empty icon="inbox">{t('notices.empty')}</Empty>
              ) : (
                <ul class="rows">
                  {page.items.map((notice) => (
                    <li key={notice.notice_id}>
                      <NoticeRow notice={notice} onRead={read} />
                    </li>
                  ))}
                </ul>
              )}
              <More list={list} />
            </div>
          </Width>
        </Main>
      )}
    </PersonalPage>
  )
}

/** Tells the server and lowers the count; should the server not hear it, the notice is unread again next time. */
export function noteRead(notice: Notice): void {
  if (notice.read_at) return
  markRead(notice.notice_id).catch(() => undefined)
  countRead()
}

function countRead(): void {
  const known = session.get()
  if ('unread_notices' in known) setUnread(Math.max(0, (known.unread_notices ?? 0) - 1))
}

/** Notes the newest notices about a request as read, because its own page says what they say. */
export async function noteReadOf(requestId: string): Promise<void> {
  try {
    const { items } = await listNotices(null, { background: true })
    const about = items.filter(({ read_at, params }) => read_at === null && params.request_id === requestId)
    await Promise.all(about.map(({ notice_id }) => markRead(notice_id)))
    await refreshSession(true)
  } catch {
    // They stay unread, and are shown as such next time.
  }
}

/** Which application the notice is about, if any. */
export function NoticeSubject({ notice }: { notice: Notice }) {
  const { service_title: title, registration_number: number } = notice.params
  if (!title && !number) return null
  return (
    <p class="small">
      {title && localised(title)}
      {title && number && ', '}
      {number && <span class="nowrap digits">{t('request.number', { number })}</span>}
    </p>
  )
}

interface RowProps {
  notice: Notice
  /** The list shows it as read. */
  onRead(notice: Notice): void
}

export function NoticeRow({ notice, onRead }: RowProps) {
  const unread = notice.read_at === null
  const requestId = notice.params.request_id
  const title = useRef<HTMLParagraphElement>(null)
  const follow = (): void => {
    noteRead(notice)
    onRead(notice)
  }
  return (
    <div class={unread ? 'notice notice--unread' : 'notice'}>
      <p class="notice__title" tabIndex={-1} ref={title}>
        {unread && <span class="govuk-visually-hidden">{t('notice.unread')} </span>}
        {requestId ? (
          <Link to={`/requests/${requestId}`} onFollow={follow}>
            {noticeText(notice)}
          </Link>
        ) : (
          noticeText(notice)
        )}
      </p>
      <NoticeSubject notice={notice} />
      <p class="small">{formatMoment(notice.created_at)}</p>
      {unread && !requestId && (
        <MarkRead
          notice={notice}
          onRead={() => {
            // The button goes; the focus stays with the notice.
            title.current?.focus()
            onRead(notice)
          }}
        />
      )}
    </div>
  )
}

/** A notice that leads nowhere is marked by hand: then the person hears whether it was. */
function MarkRead({ notice, onRead }: { notice: Notice; onRead(): void }) {
  const [failure, setFailure] = useState<unknown>(null)
  const signedIn = useSignedIn()
  const submit = useSubmit()
  const mark = (): void => {
    setFailure(null)
    void submit.run(async () => {
      const marked = await signedIn.run(() => markRead(notice.notice_id).then(() => true))
      if (!marked) return
      countRead()
      onRead()
    }, setFailure)
  }
  return (
    <>
      <button type="button" class="as-link notice__mark" onClick={mark}>
        {t('notice.mark-read')}
      </button>
      {failure !== null && <Failure error={failure} />}
      {signedIn.asked && <SignInDialog {...signedIn.asked} />}
    </>
  )
}
