import { Heading, Main, useTitle, Width } from '../../components/page'
import { t } from '../i18n'

export function NotFoundScreen() {
  useTitle({ title: t('fail.not-found') })
  return (
    <Main>
      <Width>
        <Heading>{t('fail.not-found')}</Heading>
      </Width>
    </Main>
  )
}
