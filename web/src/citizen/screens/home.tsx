import { usePoll } from '../../api/poll'
import { useResource } from '../../api/resource'
import type { DraftHead, Home, Notice } from '../../api/types'
import { ButtonLink } from '../../components/button'
import { Columns, Heading, Main, useTitle, Width } from '../../components/page'
import { Empty, Niche } from '../../components/texts'
import { localised } from '../../i18n'
import { Link } from '../../router'
import { readHome } from '../api'
import type { DraftList } from '../draft/delete-button'
import { DraftActions, DraftDates } from '../draft/draft-rows'
import { RemovedNotice } from '../draft/removed'
import { t } from '../i18n'
import { setUnread, whileSignedIn } from '../session'
import { NoticeRow, NoticeSubject, noteRead } from './notices'
import { PersonalPage } from './personal'
import { RequestRows } from './requests'
import { SearchForm } from './search-form'

/** The personal page: what waits for the person, then everything of theirs. */
export function HomeScreen() {
  const home = useResource('home', async (signal) => {
    const data = await readHome({ signal })
    setUnread(data.unread_notices)
    return data
  })
  const poll = async (): Promise<void> => {
    const fresh = await readHome({ background: true })
    setUnread(fresh.unread_notices)
    home.replace(fresh)
  }
  usePoll(() => whileSignedIn(poll), home.state === 'ready')
  const removed = (draftId: string): void => {
    if (home.state !== 'ready') return
    home.replace({ ...home.data, drafts: home.data.drafts.filter(({ draft_id }) => draft_id !== draftId) })
    refresh()
  }
  const refresh = (): void => void whileSignedIn(poll)
  const read = (notice: Notice): void => {
    if (home.state !== 'ready') return
    const notices = home.data.notices.map((item) =>
      item.notice_id === notice.notice_id ? { ...item, read_at: item.read_at ?? new Date().toISOString() } : item,
    )
    home.replace({ ...home.data, notices })
  }
  return <PersonalPage resource={home}>{(data) => <HomePage home={data} onRead={read} onRemoved={removed} onChanged={refresh} />}</PersonalPage>
}

/** The personal page shows so many of the newest; the others have a page of their own. */
const SHOWN = 5

interface HomeProps {
  home: Home
  onRead(notice: Notice): void
}

function HomePage({ home, onRead, ...list }: HomeProps & DraftList) {
  useTitle({ title: t('tab.home') })
  return (
    <Main>
      <Width>
        <Heading>{t('home.title', { name: home.citizen.first_name })}</Heading>
        <Columns side={<Aside home={home} onRead={onRead} />}>
          <section aria-labelledby="waiting">
            <div class="section__head">
              <h2 class="heading-m" id="waiting">
                {t('home.waiting')}
              </h2>
              {home.drafts.length >= SHOWN && (
                <Link class="govuk-link" to="/drafts">
                  {t('home.all-drafts')}
                </Link>
              )}
            </div>
            <RemovedNotice />
            <WaitingList home={home} {...list} />
          </section>
          <section class="section" aria-labelledby="own-requests">
            <div class="section__head">
              <h2 class="heading-m" id="own-requests">
                {t('home.requests')}
              </h2>
              <Link class="govuk-link" to="/requests">
                {t('home.all-requests')}
              </Link>
            </div>
            {home.requests.length > 0 ? (
              <RequestRows requests={home.requests} />
            ) : (
              <Empty icon="send" action={<ButtonLink kind="secondary" to="/services">{t('not-found.services')}</ButtonLink>}>
                {t('requests.empty')}
              </Empty>
            )}
          </section>
        </Columns>
      </Width>
    </Main>
  )
}

function Aside({ home, onRead }: HomeProps) {
  return (
    <>
      <section aria-labelledby="find">
        <h2 class="heading-m" id="find">
          {t('home.services')}
        </h2>
        <SearchForm id="home-search" />
        <p>
          <Link class="govuk-link" to="/services">
            {t('services.all')}
          </Link>
        </p>
      </section>
      <section class="section" aria-labelledby="own-notices">
        <div class="section__head">
          <h2 class="heading-m" id="own-notices">
            {t('tab.notices')}
          </h2>
          <Link class="govuk-link" to="/notices">
            {t('home.all')}
            <span class="govuk-visually-hidden">: {t('tab.notices')}</span>
          </Link>
        </div>
        {home.notices.length > 0 ? (
          <ul class="rows">
            {home.notices.map((notice) => (
              <li key={notice.notice_id}>
                <NoticeRow notice={notice} onRead={onRead} />
              </li>
            ))}
          </ul>
        ) : (
          <p class="meta">{t('notices.empty')}</p>
        )}
      </section>
    </>
  )
}

/** Unread answers first, then drafts; only the first has a filled button. */
function WaitingList({ home, ...list }: { home: Home } & DraftList) {
  const answers = home.notices.filter(({ kind, read_at, params }) => kind === 'request-answered' && read_at === null && params.request_id)
  if (answers.length + home.drafts.length === 0) return <p class="meta">{t('home.nothing')}</p>
  return (
    <ul class="waiting">
      {answers.map((notice, index) => (
        <AnswerItem key={notice.notice_id} notice={notice} first={index === 0} />
      ))}
      {home.drafts.map((draft, index) => (
        <DraftItem key={draft.draft_id} draft={draft} first={answers.length === 0 && index === 0} {...list} />
      ))}
    </ul>
  )
}

function AnswerItem({ notice, first }: { notice: Notice; first: boolean }) {
  return (
    <li class="waiting__item">
      <Niche icon="inbox" />
      <div>
        <h3 class="waiting__title">{t('notice.request-answered')}</h3>
        <NoticeSubject notice={notice} />
      </div>
      <ButtonLink kind={first ? 'primary' : 'secondary'} to={`/requests/${notice.params.request_id}`} onFollow={() => noteRead(notice)}>
        {t('home.read')}
      </ButtonLink>
    </li>
  )
}

function DraftItem({ draft, first, ...list }: { draft: DraftHead; first: boolean } & DraftList) {
  return (
    <li class="waiting__item">
      <Niche icon="pencil" />
      <div>
        <h3 class="waiting__title">{t('home.draft')}</h3>
        <p class="small waiting__subject">{localised(draft.service_title)}</p>
        <p class="small">{draft.addressee_name ? localised(draft.addressee_name) : t('draft.no-addressee')}</p>
        <DraftDates draft={draft} />
      </div>
      <DraftActions draft={draft} first={first} {...list} />
    </li>
  )
}
