import { useState } from 'preact/hooks'
import type { DraftHead } from '../../api/types'
import { Button } from '../../components/button'
import { t } from '../i18n'
import { DeleteDialog } from './delete-dialog'
import { draftName, noteRemoved, type Removal } from './removed'
import { readVersion } from './version'

/** What a list of drafts does when one of them is found to be other than it says. */
export interface DraftList {
  /** The draft is no more. */
  onRemoved(draftId: string): void
  /** Another window has saved the draft. */
  onChanged(): void
}

/** Deletes a draft from a list of them. */
export function DeleteButton({ draft, onRemoved, onChanged }: DraftList & { draft: DraftHead }) {
  const [asking, setAsking] = useState(false)
  const close = (changed: boolean): void => {
    setAsking(false)
    if (changed) onChanged()
  }
  const removed = (how: Removal): void => {
    setAsking(false)
    noteRemoved(draft, how)
    onRemoved(draft.draft_id)
  }
  return (
    <>
      <Button type="button" kind="quiet" onClick={() => setAsking(true)}>
        {t('draft.delete.short')}
        <span class="govuk-visually-hidden">: {draftName(draft)}</span>
      </Button>
      {asking && <DeleteDialog load={() => readVersion(draft.draft_id)} onClose={close} onRemoved={removed} />}
    </>
  )
}
