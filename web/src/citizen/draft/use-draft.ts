/** A draft on the screen: what is typed, what is saved, and what stands between the two. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { isProblem, type Answer as HttpAnswer } from '../../api/client'
import { useSignedIn, type SignedIn } from '../../api/signed-in'
import type { CheckedDraft, Draft, RequestHead } from '../../api/types'
import { withValue } from '../../forms/pointer'
import type { Answer, Answers } from '../../forms/types'
import { visibleAnswers } from '../../forms/visibility'
import { setLeaveGuard } from '../../router'
import { checkDraft, saveDraft, sendDraft } from '../api'
import { differences } from './conflict'
import { currentOf, type Version } from './version'


export interface DraftOnScreen {
  draft: Draft
  answers: Answers
  savedAt: string
  conflict: Version | null
  signedIn: SignedIn
  /** Grows when answers came from elsewhere, so that controls with a state of their own begin anew. */
  revision: number
  base: Answers
  answer(path: string, value: Answer | null): void
  /** Saves what is typed. False means that the person has to act first: the page must stay. */
  save(page: string): Promise<boolean>
  resolve(answers: Answers, page: string): Promise<boolean>
  check(): Promise<CheckedDraft | null>
  /** Sends what was checked. „stale“ means that it has to be checked again, null that the page must stay. */
  send(idempotencyKey: (etag: string | null) => string): Promise<RequestHead | 'stale' | null>
  /** The draft with what is typed, under the tag of what was saved last. */
  asTyped(): Version
  /** The draft was deleted: the page may be left without saving. */
  giveUp(): void
}

interface Live {
  answers: Answers
  base: Answers
  etag: string | null
  /** The draft is no more: leaving loses nothing that could be saved. */
  gone: boolean
}

export function useDraft(loaded: HttpAnswer<Draft>, page: string, onRefused: (error: unknown) => void): DraftOnScreen {
  const [draft, setDraft] = useState(loaded.data)
  const [answers, setAnswers] = useState(loaded.data.answers)
  const [conflict, setConflict] = useState<Version | null>(null)
  const signedIn = useSignedIn()
  const [revision, setRevision] = useState(0)
  const live = useRef<Live>({ answers: loaded.data.answers, base: loaded.data.answers, etag: loaded.etag, gone: false })

  const type = (next: Answers): void => {
    live.current.answers = next
    setAnswers(next)
  }
  const saved = (answer: HttpAnswer<Draft>): void => {
    live.current.base = answer.data.answers
    live.current.etag = answer.etag
    setDraft(answer.data)
    setConflict(null)
  }
  /** Repeats an action after a sign-in; true differences are shown. Other refusals are thrown. */
  const attempt = async <T,>(action: (etag: string | null) => Promise<T>, repeat = true): Promise<T | 'stale' | null> => {
    for (;;) {
      try {
        return await signedIn.run(() => action(live.current.etag))
      } catch (error) {
        // Nothing can be saved any more: the person is told, and may leave then.
        if (isProblem(error, 'not-found')) live.current.gone = true
        if (!isProblem(error, 'draft-changed')) throw error
        const found = await currentOf(error, draft.draft_id)
        if (!sameAnswers(found)) {
          setConflict(found)
          return null
        }
        // Our own save whose answer was lost: the draft is as we want it, under a newer tag.
        live.current.etag = found.etag
        live.current.base = found.current.answers
        if (!repeat) return 'stale'
      }
    }
  }
  const sameAnswers = ({ current }: Version): boolean =>
    differences(draft.service.form, live.current.base, visibleAnswers(draft.service.form, live.current.answers), current.answers).length === 0
  const save = async (savedPage: string): Promise<boolean> => {
    const body = { answers: visibleAnswers(draft.service.form, live.current.answers), page: savedPage }
    const answer = await attempt((etag) => saveDraft(draft.draft_id, body, etag))
    if (answer === null || answer === 'stale') return false
    saved(answer)
    return true
  }
  const check = async (): Promise<CheckedDraft | null> => {
    const answer = await attempt((etag) => checkDraft(draft.draft_id, etag))
    if (answer === null || answer === 'stale') return null
    live.current.etag = answer.etag ?? live.current.etag
    return answer.data
  }
  const send: DraftOnScreen['send'] = async (idempotencyKey) => {
    const answer = await attempt((etag) => sendDraft(draft.draft_id, etag, idempotencyKey(etag)), false)
    return answer === null || answer === 'stale' ? answer : answer.data
  }
  const resolve = async (chosen: Answers, savedPage: string): Promise<boolean> => {
    if (!conflict) return false
    live.current.etag = conflict.etag
    live.current.base = conflict.current.answers
    type(chosen)
    setRevision((n) => n + 1)
    return save(savedPage)
  }

  const latest = useRef({ save, page, onRefused })
  latest.current = { save, page, onRefused }
  useEffect(() => {
    const unsaved = (): boolean => {
      if (live.current.gone) return false
      const typed = visibleAnswers(draft.service.form, live.current.answers)
      return canonical(typed) !== canonical(live.current.base)
    }
    setLeaveGuard(async () => {
      if (!unsaved()) return true
      try {
        return await latest.current.save(latest.current.page)
      } catch (error) {
        latest.current.onRefused(error)
        return false
      }
    })
    const warn = (event: BeforeUnloadEvent): void => {
      if (unsaved()) event.preventDefault()
    }
    window.addEventListener('beforeunload', warn)
    return () => {
      setLeaveGuard(null)
      window.removeEventListener('beforeunload', warn)
    }
  }, [draft.draft_id])

  return {
    draft,
    answers,
    savedAt: draft.updated_at,
    conflict,
    signedIn,
    revision,
    base: live.current.base,
    answer: (path, value) => type(withValue(live.current.answers, path, value)),
    save,
    resolve,
    check,
    send,
    asTyped: () => ({ current: { ...draft, answers: visibleAnswers(draft.service.form, live.current.answers) }, etag: live.current.etag }),
    giveUp: () => void (live.current.gone = true),
  }
}

/** The same text for the same answers, whatever the order of their names. */
function canonical(answers: Answers): string {
  return JSON.stringify(Object.entries(answers).sort(([a], [b]) => (a < b ? -1 : 1)))
}
