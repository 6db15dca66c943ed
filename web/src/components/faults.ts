/** What is wrong with a short form: at a field, or with the whole. */
import { Problem } from '../api/client'
import { t } from '../i18n'
import type { ErrorLine } from './error-summary'
import { failureText } from './failure'

export interface Fault<Field extends string> {
  field?: Field
  text: string
}

export function faultAt<Field extends string>(faults: Fault<Field>[], field: Field): string | undefined {
  return faults.find((fault) => fault.field === field)?.text
}

export function faultLines<Field extends string>(faults: Fault<Field>[], idOf: (field: Field) => string = (field) => field): ErrorLine[] {
  return faults.map(({ field, text }) => ({ text, target: field && idOf(field) }))
}

/** „{ველი}: შეავსეთ“ */
export function at(field: string, what: string): string {
  return t('error.at', { field, what })
}

/** The server's refusal: at the fields it names if the form has them, else as a whole. */
export function faultsOf<Field extends string>(
  error: unknown,
  fields: readonly Field[],
  message: (field: Field, code: string) => string,
): Fault<Field>[] {
  const named = error instanceof Problem ? error.errors : []
  const found = named.flatMap(({ pointer, code }) => {
    const field = fields.find((name) => pointer === `/${name}`)
    return field ? [{ field, text: message(field, code) }] : []
  })
  return found.length > 0 ? found : [{ text: failureText(error) }]
}
