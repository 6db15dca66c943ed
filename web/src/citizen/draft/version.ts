/** A draft as the server has it, under the tag that a change has to name. */
import { isProblem, type Problem } from '../../api/client'
import type { Draft } from '../../api/types'
import { isEmpty, valueAt } from '../../forms/pointer'
import { visibleFields, visiblePages } from '../../forms/visibility'
import { deleteDraft, readDraft } from '../api'

export interface Version {
  current: Draft
  etag: string | null
}

export async function readVersion(draftId: string): Promise<Version> {
  const { data, etag } = await readDraft(draftId)
  return { current: data, etag }
}

/** The version that stands in the way of a change; the refusal carries it. */
export async function currentOf(refusal: Problem, draftId: string): Promise<Version> {
  const { current, etag } = refusal.body
  if (typeof current === 'object' && current !== null && typeof etag === 'string') return { current: current as Draft, etag }
  return readVersion(draftId)
}

/** How many questions are answered, of those that are asked. */
export function answered({ service: { form }, answers }: Draft): number {
  return visiblePages(form, answers)
    .flatMap((page) => visibleFields(page, answers))
    .filter((field) => !isEmpty(valueAt(answers, field.path))).length
}

/** „deleted“; „gone“ if it was there no more; or the version that another window has saved in the meantime. */
export async function remove({ current: { draft_id }, etag }: Version): Promise<'deleted' | 'gone' | Version> {
  try {
    await deleteDraft(draft_id, etag)
    return 'deleted'
  } catch (error) {
    if (isProblem(error, 'not-found')) return 'gone'
    if (!isProblem(error, 'draft-changed')) throw error
    return currentOf(error, draft_id).catch((found: unknown) => {
      if (isProblem(found, 'not-found')) return 'gone'
      throw found
    })
  }
}
