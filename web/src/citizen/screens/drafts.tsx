import { usePages } from '../../api/pages'
import type { DraftHead, Page } from '../../api/types'
import { ButtonLink } from '../../components/button'
import { More } from '../../components/more'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Empty } from '../../components/texts'
import { listDrafts } from '../api'
import { DraftRows } from '../draft/draft-rows'
import { RemovedNotice } from '../draft/removed'
import { t } from '../i18n'
import { PersonalPage } from './personal'

/** Every draft, the newest first. */
export function DraftsScreen() {
  const list = usePages<DraftHead>('drafts', (cursor, signal) => listDrafts(cursor, { signal }))
  const { resource } = list
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
              <More list={list} />
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
