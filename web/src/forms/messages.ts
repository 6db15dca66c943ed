/** What is wrong with an answer, in the page's language: built from code and question, never from the answer. */
import { localised, t } from '../i18n'
import { formatNumber } from '../i18n/numbers'
import type { FieldError } from '../api/client'
import type { Field, Schema, ServiceForm } from './types'
import { schemaAt } from './validate'
import { fieldAt } from './visibility'

const CHOICES = new Set(['radio', 'select', 'checkbox', 'checkboxes', 'addressee'])

export function fieldMessage(field: Field, schema: Schema, code: string): string {
  const own = field.errors?.[code]
  if (own) return localised(own)
  return t('error.at', { field: localised(field.label), what: whatIsWrong(field, schemaAt(schema, field.path) ?? {}, code) })
}

function whatIsWrong(field: Field, rule: Schema, code: string): string {
  const items = rule.type === 'array'
  switch (code) {
    case 'required':
      return t(CHOICES.has(field.widget) ? 'error.choose' : 'error.fill-in')
    case 'enum':
      return t('error.choose')
    case 'too-short':
      return t('error.too-short', { n: formatNumber(rule.minLength ?? 0) })
    case 'too-long':
      return t('error.too-long', { n: formatNumber(rule.maxLength ?? 0) })
    case 'too-small':
    case 'too-big':
      return rangeMessage(rule)
    case 'too-few':
      return t('error.too-few', { n: items ? (rule.minItems ?? 1) : 1 })
    case 'too-many':
      return t('error.too-many', { n: rule.maxItems ?? 1 })
    case 'format':
    case 'type':
      return field.widget === 'date' ? t('error.date') : rule.format === 'email' ? t('error.email') : t('error.format')
    default:
      return t('error.format')
  }
}

function rangeMessage({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) {
    return t('error.range', { a: formatNumber(minimum), b: formatNumber(maximum) })
  }
  return minimum !== undefined
    ? t('error.too-small', { n: formatNumber(minimum) })
    : t('error.too-big', { n: formatNumber(maximum ?? 0) })
}

/** The message for an error of the server or of the browser; the server's own words where the form has no such field. */
export function errorMessage(form: ServiceForm, error: FieldError): string {
  const found = fieldAt(form, error.pointer)
  if (found) return fieldMessage(found.field, form.schema, error.code)
  return error.message ?? t('error.format')
}
