import { Main, Heading, useTitle, Width } from '../../components/page'
import { t } from '../i18n'

export function FrontScreen() {
  useTitle({ title: t('portal.tagline') })
  return (
    <Main class="main--open">
      <div class="wall hero">
        <Width>
          <Heading class="hero__title">{t('front.title')}</Heading>
          <p class="lead">{t('front.lead')}</p>
        </Width>
      </div>
    </Main>
  )
}
