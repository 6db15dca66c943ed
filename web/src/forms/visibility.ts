import { evaluate } from './expressions'
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

function holds(condition: FormPage['show_if'], answers: Answers): boolean {
  return condition === undefined || condition === null || evaluate(condition, answers)
}

/** The answers to questions that are asked; those to hidden ones are left out. */
export function visibleAnswers(form: ServiceForm, answers: Answers): Answers {
  let kept: Answers = {}
  for (const page of visiblePages(form, answers)) {
    for (const field of visibleFields(page, answers)) {
      kept = withValue(kept, field.path, valueAt(answers, field.path) as Answer | null)
    }
  }
  return kept
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
