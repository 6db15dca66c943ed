import type { Pages } from '../api/pages'
import { t } from '../i18n'
import { Button } from './button'
import { Failure } from './failure'

/** The next page of a list, as long as there is one; and why it did not come. */
export function More({ list }: { list: Pages<unknown> }) {
  return (
    <>
      {list.failure !== null && <Failure error={list.failure} />}
      {list.resource.data?.next_cursor && (
        <div class="actions">
          <Button type="button" kind="secondary" busy={list.busy} onClick={list.more}>
            {t('list.more')}
          </Button>
        </div>
      )}
    </>
  )
}
