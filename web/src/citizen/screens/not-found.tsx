import { ButtonLink } from '../../components/button'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { t } from '../i18n'

export function NotFoundScreen() {
  useTitle({ title: t('not-found.title') })
  return (
    <Main>
      <Width>
        <Heading>{t('not-found.title')}</Heading>
        <p class="lead">{t('not-found.text')}</p>
        <ButtonLink kind="secondary" to="/services">
          {t('not-found.services')}
        </ButtonLink>
      </Width>
    </Main>
  )
}
