/** JSON Pointers (RFC 6901) into answers. */
import type { Answer, Answers } from './types'

export function segments(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value at the pointer, or null where there is none. */
export function valueAt(answers: unknown, pointer: string): unknown {
  let value: unknown = answers
  for (const segment of segments(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return null
    value = (value as Record<string, unknown>)[segment]
  }
  return value ?? null
}

/** A copy with the value set; an empty value is left out, because absent means empty. */
export function withValue(answers: Answers, pointer: string, value: Answer | null): Answers {
  const [first, ...rest] = segments(pointer)
  if (first === undefined) return answers
  const copy: Answers = { ...answers }
  const next = rest.length === 0 ? value : inner(copy[first], rest, value)
  if (isEmpty(next)) delete copy[first]
  else copy[first] = next as Answer
  return copy
}

function inner(branch: Answer | undefined, rest: string[], value: Answer | null): Answers {
  const base = typeof branch === 'object' && !Array.isArray(branch) ? branch : {}
  return withValue(base, `/${rest.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`, value)
}

/** Null, an empty text, an empty list and an empty group say nothing. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}
