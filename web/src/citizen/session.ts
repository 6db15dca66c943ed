import { markArrival } from '../router'
import { createStore } from '../store'
import { readSession } from './api'
import type { Session } from '../api/types'

export type Known = { state: 'unknown' } | { state: 'unreachable' } | Session

/** Who is signed in, as far as this page knows. */
export const session = createStore<Known>({ state: 'unknown' })

export async function refreshSession(): Promise<void> {
  try {
    session.set(await readSession())
  } catch {
    if (session.get().state === 'unknown') session.set({ state: 'unreachable' })
  }
}

/** The session has moved on: signed in, password chosen, terms accepted. */
export function enter(next: Session): void {
  markArrival()
  session.set(next)
}

export function setUnread(count: number): void {
  const known = session.get()
  if ('citizen' in known && known.unread_notices !== count) session.set({ ...known, unread_notices: count })
}
