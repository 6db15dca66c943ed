/** Checks answers in the browser, with the codes the server uses; the server's check is the one that counts. */
import { Validator, type Schema as AnySchema } from '@cfworker/json-schema'
import type { FieldError } from '../api/client'
import { isEmpty, segments, valueAt } from './pointer'
import type { Answers, Field, FormPage, Schema, ServiceForm } from './types'
import { visibleFields } from './visibility'

const CODES: Record<string, string> = {
  required: 'required',
  type: 'type',
  enum: 'enum',
  const: 'enum',
  pattern: 'pattern',
  minLength: 'too-short',
  maxLength: 'too-long',
  minimum: 'too-small',
  maximum: 'too-big',
  format: 'format',
  minItems: 'too-few',
  maxItems: 'too-many',
}

/** The schema that rules the field's answer, or null if the form has none. */
export function schemaAt(schema: Schema, path: string): Schema | null {
  let current: Schema | undefined = schema
  for (const segment of segments(path)) current = current?.properties?.[segment]
  return current ?? null
}

/** Whether the field must be answered when it is asked. */
export function isRequired(schema: Schema, path: string): boolean {
  const parts = segments(path)
  const last = parts.pop()
  const parent = parts.length === 0 ? schema : schemaAt(schema, `/${parts.join('/')}`)
  return last !== undefined && (parent?.required ?? []).includes(last)
}

/** Everything wrong on the page, one error a field, in the order of the questions. */
export function validatePage(form: ServiceForm, page: FormPage, answers: Answers): FieldError[] {
  return visibleFields(page, answers).flatMap((field) => {
    const code = validateField(form.schema, field, answers)
    return code ? [{ pointer: field.path, code, page: page.id }] : []
  })
}

function validateField(schema: Schema, field: Field, answers: Answers): string | null {
  const value = valueAt(answers, field.path)
  if (isEmpty(value)) return isRequired(schema, field.path) ? 'required' : null
  const rule = schemaAt(schema, field.path)
  if (!rule) return 'unknown'
  const { valid, errors } = new Validator(rule as AnySchema, '2020-12', false).validate(value)
  if (valid) return null
  const code = errors.map((error) => CODES[error.keyword]).find((found) => found !== undefined)
  return code ?? 'format'
}
