/** Answers as people read them. */
import { localised, t } from '../i18n'
import { formatLongDate } from '../i18n/dates'
import { formatNumber } from '../i18n/numbers'
import { isEmpty } from './pointer'
import type { Field } from './types'

export function answerText(field: Field, value: unknown): string {
  if (isEmpty(value)) return t('answer.none')
  if (Array.isArray(value)) return value.map((item) => optionText(field, String(item))).join('\n')
  if (typeof value === 'boolean') return t(value ? 'answer.yes' : 'answer.no')
  if (typeof value === 'number') return formatNumber(value)
  const text = String(value)
  if (field.widget === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(text)) return formatLongDate(text)
  return optionText(field, text)
}

function optionText(field: Field, value: string): string {
  const option = field.options?.find((candidate) => candidate.value === value)
  return option ? localised(option.label) : value
}
