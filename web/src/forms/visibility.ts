import { holds } from './expressions'
import { valueAt, withValue } from './pointer'
import type { Answer, Answers, Field, FormPage, ServiceForm } from './types'

/** Pages that are asked, given the answers so far. */
export function visiblePages(form: ServiceForm, answers: Answers): FormPage[] {
  return form.pages.filter((page) => holds(page.show_if, answers) && visibleFields(page, answers).length > 0)
}

/** Questions of the page that are asked, given the answers so far. */
export function visibleFields(page: FormPage, answers: Answers): Field[] {
  return page.fields.filter((field) => holds(field.show_if, answers))
}

/**
 * The answers to questions that are asked, without empty ones. Dropping one answer can hide another
 * question, so this goes on until nothing changes.
 */
export function visibleAnswers(form: ServiceForm, answers: Answers): Answers {
  let kept: Answers = {}
  for (const page of visiblePages(form, answers)) {
    for (const field of visibleFields(page, answers)) {
      kept = withValue(kept, field.path, valueAt(answers, field.path) as Answer | null)
    }
  }
  const dropped = Object.keys(kept).length < Object.keys(answers).length
  return dropped ? visibleAnswers(form, kept) : kept
}

/** The question a pointer belongs to (its own, or that of a part of its answer), with its page. */
export function fieldAt(form: ServiceForm, pointer: string): { field: Field; page: FormPage } | null {
  for (const page of form.pages) {
    for (const field of page.fields) {
      if (pointer === field.path || pointer.startsWith(`${field.path}/`)) return { field, page }
    }
  }
  return null
}
