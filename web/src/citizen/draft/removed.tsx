import { useEffect, useRef } from 'preact/hooks'
import type { DraftHead } from '../../api/types'
import { Callout } from '../../components/texts'
import { localised } from '../../i18n'
import { createStore, useStore } from '../../store'
import { t } from '../i18n'

/** Deleted here, or found to be gone already. */
export type Removal = 'deleted' | 'gone'

interface Removed {
  draft: DraftHead
  how: Removal
}

const removed = createStore<Removed | null>(null)

/** The next list of drafts that is shown, or the one that is, says so. */
export function noteRemoved(draft: DraftHead, how: Removal): void {
  removed.set({ draft, how })
}

/** Which draft the text is about: the service, and the addressee once there is one. */
export function draftName(draft: DraftHead): string {
  const title = localised(draft.service_title)
  return draft.addressee_name ? `${title}, ${localised(draft.addressee_name)}` : title
}

/** Says what was deleted, and takes the focus that the deleted row had. */
export function RemovedNotice() {
  const what = useStore(removed)
  const box = useRef<HTMLDivElement>(null)
  // After the dialog that asked has closed and given the focus back.
  useEffect(() => {
    if (what) box.current?.focus()
  }, [what])
  useEffect(() => () => removed.set(null), [])
  if (!what) return null
  return (
    <div class="removed" role="status" tabIndex={-1} ref={box}>
      <Callout kind="ok">
        <p>{t(what.how === 'deleted' ? 'draft.deleted' : 'draft.already-gone', { draft: draftName(what.draft) })}</p>
      </Callout>
    </div>
  )
}
