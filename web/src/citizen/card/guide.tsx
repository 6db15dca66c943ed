import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { ButtonLink } from '../../components/button'
import { Heading } from '../../components/page'
import { HowTo } from '../../components/steps'
import { Callout } from '../../components/texts'
import { HELP } from '../../settings'
import { Command } from './command'
import { t } from './i18n'
import type { Section } from './trouble-text'

/** How to sign in with the card: what is needed, from the first installation to a blocked PIN. */
export function CardGuide() {
  useEffect(() => {
    const { hash } = window.location
    if (hash) document.getElementById(hash.slice(1))?.scrollIntoView()
  }, [])
  return (
    <article class="text guide">
      <Heading>{t('footer.card')}</Heading>
      <p class="lead">{t('guide.lead')}</p>
      <Part id="need" title={t('guide.need')}>
        <ul class="govuk-list govuk-list--bullet">
          <li>{t('guide.need.card')}</li>
          <li>{t('guide.need.reader')}</li>
          <li>{t('guide.need.pin')}</li>
          <li>{t('guide.need.computer')}</li>
        </ul>
        <Callout kind="warn">
          <p>{t('guide.untried')}</p>
        </Callout>
      </Part>
      <Part id="install" title={t('guide.install')}>
        <p>{t('guide.install.text')}</p>
        <HowTo
          steps={[
            <Typed what={t('guide.install.pcscd')} command="sudo apt install pcscd libccid libpcsclite-dev swig gcc python3-dev pipx" />,
            <Typed what={t('guide.install.program')} command="pipx install ./cardbridge" />,
            <Typed what={t('guide.install.browser')} command="cardbridge install" />,
          ]}
        />
        <p>
          {t('guide.install.help')}{' '}
          <a class="nowrap" href={HELP.phoneHref}>
            {HELP.phone}
          </a>
        </p>
      </Part>
      <Part id="open" title={t('guide.open')}>
        <Typed what={t('guide.open.text')} command="cardbridge serve" />
        <p>{t('guide.open.stay')}</p>
      </Part>
      <Part id="check" title={t('guide.check')}>
        <Typed what={t('guide.check.text')} command="cardbridge doctor" />
      </Part>
      <Part id="sign-in" title={t('guide.sign-in')}>
        <HowTo steps={[t('card.step.insert'), t('guide.sign-in.press'), t('guide.sign-in.pin')]} />
        <p>{t('guide.sign-in.window')}</p>
        <p>{t('guide.sign-in.first')}</p>
        <div class="actions">
          <ButtonLink to="/login?with=card">{t('login.card.title')}</ButtonLink>
        </div>
      </Part>
      <Part id="activate" title={t('guide.activate')}>
        <p>{t('guide.activate.text')}</p>
        <Typed what={t('guide.activate.how')} command="cardbridge activate" />
      </Part>
      <Part id="blocked" title={t('guide.blocked')}>
        <p>{t('guide.blocked.text')}</p>
        <Typed what={t('guide.blocked.how')} command="cardbridge unblock" />
        <p>{t('guide.blocked.signature')}</p>
      </Part>
      <Part id="secret" title={t('guide.secret')}>
        <p>{t('guide.secret.text')}</p>
      </Part>
    </article>
  )
}

function Part({ id, title, children }: { id: Section | 'secret'; title: string; children: ComponentChildren }) {
  return (
    <section aria-labelledby={id}>
      <h2 class="heading-m" id={id}>
        {title}
      </h2>
      {children}
    </section>
  )
}

function Typed({ what, command }: { what: string; command: string }) {
  return (
    <p>
      {what} <Command>{command}</Command>
    </p>
  )
}
