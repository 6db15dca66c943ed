import type { RequestState } from '../api/types'
import type { IconName } from '../components/icons'
import { Tag, type TagKind } from '../components/texts'
import { t } from './i18n'

const LOOK: Record<RequestState, { kind: TagKind; icon: IconName }> = {
  sent: { kind: 'plain', icon: 'send' },
  received: { kind: 'plain', icon: 'inbox' },
  answered: { kind: 'done', icon: 'check' },
}

export function StateTag({ state }: { state: RequestState }) {
  const { kind, icon } = LOOK[state]
  return (
    <Tag kind={kind} icon={icon}>
      {t(`state.${state}`)}
    </Tag>
  )
}
