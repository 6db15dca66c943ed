import { usePages } from '../../api/pages'
import type { DraftHead, Page } from '../../api/types'
import { Button, ButtonLink } from '../../components/button'
import { Failure } from '../../components/failure'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Empty } from '../../components/texts'
import { listDrafts } from '../api'
import { DraftRows } from '../draft/draft-rows'
import { RemovedNotice } from '../draft/removed'
import { t } from '../i18n'
import { PersonalPage } from './personal'

/** Every draft, the newest first. */
export function DraftsScreen() {
  const { resource, busy, failure, more } = usePages<DraftHead>('drafts', (cursor, signal) => listDrafts(cursor, { signal }))
  useTitle({ title: t('drafts.title') })
  const removed = (draftId: string): void => {
    if (resource.state === 'ready') resource.replace(without(resource.data, draftId))
  }
  const changed = (): void => void listDrafts(null).then(resource.replace, () => undefined)
  return (
    <PersonalPage resource={resource}>
      {(page) => (
        <Main>
          <Width>
            <div class="check">
              <Heading>{t('drafts.title')}</Heading>
              <RemovedNotice />
              {page.items.length === 0 && !page.next_cursor ? (
                <Empty icon="pencil" action={<ButtonLink kind="secondary" to="/services">{t('not-found.services')}</ButtonLink>}>
                  {t('drafts.empty')}
                </Empty>
              ) : (
                <DraftRows drafts={page.items} titles onRemoved={removed} onChanged={changed} />
              )}
              {failure !== null && <Failure error={failure} />}
              {page.next_cursor && (
                <div class="actions">
                  <Button type="button" kind="secondary" busy={busy} onClick={more}>
                    {t('list.more')}
                  </Button>
                </div>
              )}
            </div>
          </Width>
        </Main>
      )}
    </PersonalPage>
  )
}

export function without(page: Page<DraftHead>, draftId: string): Page<DraftHead> {
  return { ...page, items: page.items.filter(({ draft_id }) => draft_id !== draftId) }
}
