import type { DraftHead } from '../../api/types'
import { ButtonLink } from '../../components/button'
import { localised } from '../../i18n'
import { formatMoment, formatThrough } from '../../i18n/dates'
import { t } from '../i18n'
import { DeleteButton, type DraftList } from './delete-button'
import { draftName } from './removed'

interface ActionProps extends DraftList {
  draft: DraftHead
  /** Only the first of a list has a filled button. */
  first: boolean
}

export function DraftActions({ draft, first, ...list }: ActionProps) {
  return (
    <div class="draft-actions">
      <ButtonLink kind={first ? 'primary' : 'secondary'} to={`/drafts/${draft.draft_id}`}>
        {t('draft.continue')}
        <span class="govuk-visually-hidden">: {draftName(draft)}</span>
      </ButtonLink>
      <DeleteButton draft={draft} {...list} />
    </div>
  )
}

/** When the draft was saved and how long it is kept. */
export function DraftDates({ draft }: { draft: DraftHead }) {
  return (
    <p class="small">
      <span class="phrase">{t('draft.saved', { when: formatMoment(draft.updated_at) })}.</span>{' '}
      <span class="phrase">{t('draft.until', { until: formatThrough(draft.expires_at) })}</span>
    </p>
  )
}

interface RowsProps extends DraftList {
  drafts: DraftHead[]
  /** Names the service of each draft. */
  titles?: boolean
}

export function DraftRows({ drafts, titles = false, ...list }: RowsProps) {
  return (
    <ul class="rows">
      {drafts.map((draft, index) => (
        <li key={draft.draft_id} class="row row--action">
          <div>
            {titles && <p class="row__title">{localised(draft.service_title)}</p>}
            <p class={titles ? 'small' : undefined}>{draft.addressee_name ? localised(draft.addressee_name) : t('draft.no-addressee')}</p>
            <DraftDates draft={draft} />
          </div>
          <DraftActions draft={draft} first={index === 0} {...list} />
        </li>
      ))}
    </ul>
  )
}
