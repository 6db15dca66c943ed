/** A draft that changed in another tab: what differs, question by question. */
import { isEmpty, valueAt, withValue } from '../../forms/pointer'
import type { Answer, Answers, Field, ServiceForm } from '../../forms/types'

export type Side = 'mine' | 'theirs'

export interface Difference {
  field: Field
  mine: Answer | null
  theirs: Answer | null
  /** The side that was changed since both last agreed; mine where both were. */
  proposed: Side
}

export function differences(form: ServiceForm, base: Answers, mine: Answers, theirs: Answers): Difference[] {
  return form.pages
    .flatMap((page) => page.fields)
    .flatMap((field) => {
      const [was, own, other] = [base, mine, theirs].map((answers) => valueAt(answers, field.path) as Answer | null)
      if (same(own, other)) return []
      return [{ field, mine: own ?? null, theirs: other ?? null, proposed: same(own, was) ? 'theirs' : ('mine' as Side) }]
    })
}

/** Their answers, with mine where mine were chosen. */
export function merged(found: Difference[], theirs: Answers, chosen: Record<string, Side>): Answers {
  return found.reduce(
    (answers, { field, mine, proposed }) =>
      (chosen[field.path] ?? proposed) === 'mine' ? withValue(answers, field.path, mine) : answers,
    theirs,
  )
}

function same(left: Answer | null | undefined, right: Answer | null | undefined): boolean {
  if (isEmpty(left) && isEmpty(right)) return true
  return JSON.stringify(left) === JSON.stringify(right)
}
