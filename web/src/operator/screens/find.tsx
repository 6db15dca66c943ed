import { useState } from 'preact/hooks'
import { isProblem } from '../../api/client'
import { useSignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import type { FoundCitizen } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { at, faultAt, faultLines, faultsOf, type Fault } from '../../components/faults'
import { Input } from '../../components/inputs'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Callout, Facts } from '../../components/texts'
import { isPersonalNumber } from '../../contact'
import { formatMobile } from '../../i18n/numbers'
import { markArrival } from '../../router'
import { findCitizen } from '../api'
import { t } from '../i18n'
import { IssueAnother } from './one-time-password'
import { SignInDialog } from './sign-in-dialog'

/** Finds a registered citizen by personal number and issues another one-time password. */
export function FindScreen() {
  const [found, setFound] = useState<FoundCitizen | null>(null)
  const again = (): void => {
    markArrival()
    setFound(null)
  }
  const show = (citizen: FoundCitizen): void => {
    markArrival()
    setFound(citizen)
  }
  return (
    <Main>
      <Width>{found ? <Found citizen={found} onDone={again} /> : <FindForm onFound={show} />}</Width>
    </Main>
  )
}

function FindForm({ onFound }: { onFound(citizen: FoundCitizen): void }) {
  const [number, setNumber] = useState('')
  const [faults, setFaults] = useState<Fault<'personal_number'>[]>([])
  const submit = useSubmit()
  const signedIn = useSignedIn()
  useTitle({ title: t('find.title'), failed: faults.length > 0 })
  const send = (event: Event): void => {
    event.preventDefault()
    const clean = number.replace(/\s/g, '')
    const text = clean === '' ? at(t('field.personal-number'), t('error.fill-in')) : isPersonalNumber(clean) ? null : t('error.personal-number')
    setFaults(text ? [{ field: 'personal_number', text }] : [])
    if (text) return submit.refuse()
    void submit.run(
      async () => {
        const answer = await signedIn.run(() => findCitizen(clean))
        if (answer) onFound(answer.data)
      },
      (error) => {
        if (isProblem(error, 'not-found')) setFaults([{ field: 'personal_number', text: t('find.none') }])
        else setFaults(faultsOf(error, ['personal_number'], () => t('error.personal-number')))
      },
    )
  }
  return (
    <>
      <form class="narrow" onSubmit={send} noValidate autocomplete="off">
        <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
        <Heading>{t('find.title')}</Heading>
        <p class="lead">{t('find.text')}</p>
        <Input
          id="personal_number"
          label={t('field.personal-number')}
          hint={t('field.personal-number.hint')}
          inputmode="numeric"
          autocomplete="off"
          width="10"
          digits
          value={number}
          error={faultAt(faults, 'personal_number')}
          onInput={setNumber}
        />
        <Button busy={submit.busy} icon="search">
          {t('find.action')}
        </Button>
      </form>
      {signedIn.asked && <SignInDialog onClose={signedIn.asked.onClose} />}
    </>
  )
}

function Found({ citizen, onDone }: { citizen: FoundCitizen; onDone(): void }) {
  const name = `${citizen.first_name} ${citizen.last_name}`
  useTitle({ title: name })
  return (
    <IssueAnother
      citizenId={citizen.citizen_id}
      email={citizen.email}
      name={name}
      onDone={onDone}
      other={
        <Button type="button" kind="quiet" onClick={onDone}>
          {t('find.again')}
        </Button>
      }
    >
      <Heading>{name}</Heading>
      <Facts
        facts={[
          { key: t('field.email'), value: citizen.email },
          { key: t('field.mobile'), value: <span class="digits">{formatMobile(citizen.mobile)}</span> },
        ]}
      />
      <Callout kind={citizen.one_time_password_pending ? 'info' : 'warn'}>
        <p>{t(citizen.one_time_password_pending ? 'find.pending' : 'find.warning')}</p>
      </Callout>
    </IssueAnother>
  )
}
