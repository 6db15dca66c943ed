import { useEffect, useRef, useState } from 'preact/hooks'
import type { Draft } from '../../api/types'
import { Button } from '../../components/button'
import { Radios } from '../../components/choices'
import { answerText } from '../../forms/answer-text'
import { fieldId } from '../../forms/form-field'
import type { Answers } from '../../forms/types'
import { localised } from '../../i18n'
import { formatMoment } from '../../i18n/dates'
import { t } from '../i18n'
import { differences, merged, type Side } from './conflict'

interface Props {
  base: Answers
  mine: Answers
  current: Draft
  busy: boolean
  onChosen(answers: Answers): void
}

/** Shows mine beside theirs and lets the person choose for each question. */
export function ConflictPanel({ base, mine, current, busy, onChosen }: Props) {
  const found = differences(current.service.form, base, mine, current.answers)
  const [chosen, setChosen] = useState<Record<string, Side>>({})
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  return (
    <form
      class="conflict"
      onSubmit={(event) => {
        event.preventDefault()
        onChosen(merged(found, current.answers, chosen))
      }}
    >
      <h1 class="heading-l" tabIndex={-1} ref={title}>
        {t('conflict.title')}
      </h1>
      <p class="lead">{t('conflict.text', { when: formatMoment(current.updated_at) })}</p>
      {found.length === 0 && <p>{t('conflict.same')}</p>}
      {found.map(({ field, mine: own, theirs, proposed }) => (
        <Radios
          key={field.path}
          id={`choose-${fieldId(field.path)}`}
          label={localised(field.label)}
          value={chosen[field.path] ?? proposed}
          choices={[
            { value: 'mine', text: t('conflict.mine'), hint: answerText(field, own) },
            { value: 'theirs', text: t('conflict.theirs'), hint: answerText(field, theirs) },
          ]}
          onChange={(side) => setChosen({ ...chosen, [field.path]: side as Side })}
        />
      ))}
      <Button busy={busy}>{t('conflict.save')}</Button>
    </form>
  )
}
