import { useState } from 'preact/hooks'
import { isProblem } from '../../api/client'
import { useResource } from '../../api/resource'
import { useSignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import { Button } from '../../components/button'
import { Radios } from '../../components/choices'
import { ErrorSummary } from '../../components/error-summary'
import { faultAt, faultLines, faultsOf, type Fault } from '../../components/faults'
import { Columns, Heading, Main, useTitle, Width } from '../../components/page'
import { Facts } from '../../components/texts'
import { mobileOf } from '../../contact'
import { formatMobile } from '../../i18n/numbers'
import type { Lang } from '../../i18n'
import { chooseTheme, chosenTheme, type Theme } from '../../theme'
import { changeProfile, readProfile } from '../api'
import { MobileInput, mobileMessage } from '../contact-fields'
import { t } from '../i18n'
import { EmailSection } from '../profile/email'
import { PasswordForm } from '../profile/password'
import { Saved, Section, type FormProps, type PageProps } from '../profile/section'
import { PersonalPage } from './personal'
import { SignInDialog } from './sign-in-dialog'

/** The citizen's own data: what the registry says, and what can be changed here. */
export function ProfileScreen() {
  const profile = useResource('profile', (signal) => readProfile({ signal }))
  return (
    <PersonalPage resource={profile}>
      {(answer) => <ProfilePage answer={answer} onChanged={profile.replace} onReload={() => void readProfile().then(profile.replace, () => undefined)} />}
    </PersonalPage>
  )
}

function ProfilePage(page: PageProps) {
  const profile = page.answer.data
  const signedIn = useSignedIn()
  const form = { ...page, signedIn }
  useTitle({ title: t('profile.title') })
  return (
    <Main>
      <Width>
        <Heading>{t('profile.title')}</Heading>
        <Columns
          side={
            <Facts
              title={t('profile.registry')}
              facts={[
                { key: t('applicant.first_name'), value: profile.first_name },
                { key: t('applicant.last_name'), value: profile.last_name },
                { key: t('applicant.personal_number'), value: <span class="digits">{profile.personal_number}</span> },
              ]}
            >
              <p class="small">{t('profile.registry.text')}</p>
            </Facts>
          }
        >
          <MobileForm {...form} />
          <EmailSection {...form} />
          <LanguageForm {...form} />
          <PasswordForm {...form} />
          <Appearance />
        </Columns>
        {signedIn.asked && <SignInDialog {...signedIn.asked} />}
      </Width>
    </Main>
  )
}

function MobileForm({ answer, onChanged, onReload, signedIn }: FormProps) {
  const [mobile, setMobile] = useState(localMobile(answer.data.mobile))
  const [faults, setFaults] = useState<Fault<'mobile'>[]>([])
  const [saved, setSaved] = useState<string | null>(null)
  const submit = useSubmit()
  const save = (event: Event): void => {
    event.preventDefault()
    setSaved(null)
    const number = mobileOf(mobile)
    const wrong: Fault<'mobile'>[] = number ? [] : [{ field: 'mobile', text: mobileMessage(mobile) }]
    setFaults(wrong)
    if (!number) return submit.refuse()
    void submit.run(
      async () => {
        const changed = await signedIn.run(() => changeProfile({ mobile: number }, answer.etag))
        if (!changed) return
        onChanged(changed)
        setSaved(t('profile.mobile.saved'))
      },
      (error) => {
        if (isProblem(error, 'profile-changed')) onReload()
        setFaults(faultsOf(error, ['mobile'], () => mobileMessage(mobile)))
      },
    )
  }
  return (
    <Section title={t('field.mobile')}>
      <form onSubmit={save} noValidate>
        <Saved text={saved} />
        <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
        <MobileInput id="mobile" value={mobile} error={faultAt(faults, 'mobile')} onInput={setMobile} />
        <Button kind="secondary" busy={submit.busy}>
          {t('profile.mobile.save')}
        </Button>
      </form>
    </Section>
  )
}

function localMobile(mobile: string): string {
  return formatMobile(mobile).replace(/^\+995\u00a0/, '').replaceAll('\u00a0', ' ')
}

function LanguageForm({ answer, onChanged, onReload, signedIn }: FormProps) {
  const [language, setLanguage] = useState<Lang>(answer.data.language)
  const [faults, setFaults] = useState<Fault<'language'>[]>([])
  const [saved, setSaved] = useState<string | null>(null)
  const submit = useSubmit()
  const save = (event: Event): void => {
    event.preventDefault()
    setSaved(null)
    setFaults([])
    void submit.run(
      async () => {
        const changed = await signedIn.run(() => changeProfile({ language }, answer.etag))
        if (!changed) return
        onChanged(changed)
        setSaved(t('profile.language.saved'))
      },
      (error) => {
        if (isProblem(error, 'profile-changed')) onReload()
        setFaults(faultsOf(error, ['language'], () => t('error.format')))
      },
    )
  }
  return (
    <Section title={t('profile.language')}>
      <form onSubmit={save}>
        <Saved text={saved} />
        <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
        <Radios
          id="language"
          label={t('profile.language.question')}
          value={language}
          choices={[
            { value: 'ka', text: 'ქართული' },
            { value: 'en', text: 'English' },
          ]}
          onChange={(value) => setLanguage(value as Lang)}
        />
        <Button kind="secondary" busy={submit.busy}>
          {t('profile.language.save')}
        </Button>
      </form>
    </Section>
  )
}

function Appearance() {
  const [theme, setTheme] = useState(chosenTheme())
  return (
    <Section title={t('profile.appearance')}>
      <Radios
        id="theme"
        label={t('profile.appearance.question')}
        hint={t('profile.appearance.hint')}
        value={theme}
        choices={[
          { value: 'system', text: t('theme.system') },
          { value: 'light', text: t('theme.light') },
          { value: 'dark', text: t('theme.dark') },
        ]}
        onChange={(value) => {
          chooseTheme(value as Theme)
          setTheme(value as Theme)
        }}
      />
    </Section>
  )
}
