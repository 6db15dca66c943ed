import { useEffect, useState } from 'preact/hooks'
import { isProblem } from '../../api/client'
import { useSignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { Failure } from '../../components/failure'
import { Callout } from '../../components/texts'
import { formatMoment } from '../../i18n/dates'
import { t } from '../i18n'
import { SignInDialog } from '../screens/sign-in-dialog'
import { draftName, type Removal } from './removed'
import { answered, remove, type Version } from './version'

interface Props {
  /** The draft as the person knows it. */
  load(): Promise<Version>
  /** `changed` when another window has saved the draft in the meantime. */
  onClose(changed: boolean): void
  onRemoved(how: Removal): void
}

/**
 * Asks before a draft is deleted, and says what is lost. Deletes only the version that the person was told of.
 * While the draft is being loaded the way out stands alone, and so takes the focus.
 */
export function DeleteDialog({ load, onClose, onRemoved }: Props) {
  const [version, setVersion] = useState<Version | null>(null)
  const [changed, setChanged] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const signedIn = useSignedIn()
  const submit = useSubmit()
  const close = (): void => onClose(changed)
  const failed = (error: unknown): void => (isProblem(error, 'not-found') ? onRemoved('gone') : setFailure(error))

  const look = (): void => {
    setFailure(null)
    void submit.run(async () => {
      const found = await signedIn.run(load)
      if (found) setVersion(found)
      else close()
    }, failed)
  }
  useEffect(look, [])

  const confirm = (known: Version): void => {
    setFailure(null)
    void submit.run(async () => {
      const outcome = await signedIn.run(() => remove(known))
      if (outcome === 'deleted' || outcome === 'gone') return onRemoved(outcome)
      if (outcome === null) return
      setVersion(outcome)
      setChanged(true)
    }, failed)
  }
  return (
    <>
      <Dialog id="delete" title={t('draft.delete.question')} onCancel={close}>
        <div aria-live="polite">
          {version ? <WhatIsLost version={version} changed={changed} /> : failure === null && <p>{t('loading')}</p>}
        </div>
        {failure !== null && <Failure error={failure} onRetry={version ? undefined : look} />}
        <div class="actions">
          {version && (
            <Button type="button" kind="warning" icon="trash" busy={submit.busy} onClick={() => confirm(version)}>
              {t('draft.delete')}
            </Button>
          )}
          <Button type="button" kind="secondary" id="delete-cancel" onClick={close}>
            {t('cancel')}
          </Button>
        </div>
      </Dialog>
      {signedIn.asked && <SignInDialog {...signedIn.asked} />}
    </>
  )
}

function WhatIsLost({ version, changed }: { version: Version; changed: boolean }) {
  const { current } = version
  const count = answered(current)
  return (
    <>
      {changed && (
        <Callout kind="warn">
          <p>{t('draft.delete.changed', { when: formatMoment(current.updated_at) })}</p>
        </Callout>
      )}
      <p>
        <strong>{draftName(current)}</strong>
      </p>
      <p>{count > 0 ? t('draft.delete.lost', { n: count }) : t('draft.delete.empty')}</p>
    </>
  )
}
