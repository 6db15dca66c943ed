import { Main, useTitle, Width } from '../../components/page'
import { t } from '../i18n'
import { CardPart } from './lazy'

/** The guide, around which the page stands while it is loaded. */
export function CardGuideScreen() {
  useTitle({ title: t('footer.card') })
  return (
    <Main>
      <Width>
        <CardPart>{({ CardGuide }) => <CardGuide />}</CardPart>
      </Width>
    </Main>
  )
}
