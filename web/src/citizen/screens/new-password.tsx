import { useState } from 'preact/hooks'
import { isProblem, Problem } from '../../api/client'
import { useSubmit } from '../../api/submit'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText } from '../../components/failure'
import { PasswordInput } from '../../components/inputs'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { setPassword } from '../api'
import { t } from '../i18n'
import { passwordFault, passwordMessage } from '../password'
import { enter, session } from '../session'

/** The first thing after a one-time password: a password of one's own. */
export function NewPasswordScreen() {
  const [password, setTyped] = useState('')
  const [fault, setFault] = useState<{ text: string; atField: boolean } | null>(null)
  const submit = useSubmit()
  useTitle({ title: t('new-password.title'), failed: fault !== null })

  const send = (event: Event): void => {
    event.preventDefault()
    const code = passwordFault(password)
    if (code) {
      setFault({ text: passwordMessage(code), atField: true })
      return submit.refuse()
    }
    void submit.run(
      async () => enter(await setPassword({ new_password: password })),
      (error) => {
        if (isProblem(error, 'signed-out')) return session.set({ state: 'signed-out' })
        const refused = error instanceof Problem ? error.errors.find((item) => item.pointer === '/new_password') : undefined
        setFault(refused ? { text: passwordMessage(refused.code), atField: true } : { text: failureText(error), atField: false })
      },
    )
  }
  return (
    <Main>
      <Width>
        <form class="narrow" onSubmit={send} noValidate>
          <ErrorSummary
            errors={fault ? [{ text: fault.text, target: fault.atField ? 'new-password' : undefined }] : []}
            attempt={submit.attempt}
          />
          <Heading>{t('new-password.title')}</Heading>
          <p class="lead">{t('new-password.text')}</p>
          <PasswordRules />
          <PasswordInput
            id="new-password"
            label={t('field.new-password')}
            autocomplete="new-password"
            value={password}
            error={fault?.atField ? fault.text : undefined}
            onInput={setTyped}
          />
          <Button busy={submit.busy}>{t('new-password.save')}</Button>
        </form>
      </Width>
    </Main>
  )
}

export function PasswordRules() {
  return (
    <div class="card rules">
      <h2 class="heading-s">{t('password.rules')}</h2>
      <ul class="govuk-list govuk-list--bullet">
        <li>{t('password.rule.long')}</li>
        <li>{t('password.rule.words')}</li>
        <li>{t('password.rule.personal')}</li>
      </ul>
    </div>
  )
}
