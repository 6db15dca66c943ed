import { isProblem } from '../api/client'
import { markArrival } from '../router'
import { createStore } from '../store'
import { readSession } from './api'
import type { Session } from '../api/types'

export type Known = { state: 'unknown' } | { state: 'unreachable' } | Session

/** Who is signed in, as far as this page knows. */
export const session = createStore<Known>({ state: 'unknown' })

export async function refreshSession(background = false): Promise<void> {
  try {
    session.set(await readSession({ background }))
  } catch {
    if (session.get().state === 'unknown') session.set({ state: 'unreachable' })
  }
}

/** The session has moved on: signed in, password chosen, terms accepted. */
export function enter(next: Session): void {
  markArrival()
  session.set(next)
}

/** A poll that finds the session ended shows the login: personal data do not stay on an unattended screen. */
export async function whileSignedIn(poll: () => Promise<void>): Promise<void> {
  try {
    await poll()
  } catch (error) {
    if (isProblem(error, 'signed-out')) session.set({ state: 'signed-out' })
  }
}

/** Whether the person who is signed in, or was until now, came with the card. */
export function cameByCard(): boolean {
  const known = session.get()
  return 'assurance' in known && known.assurance === 'high'
}

export function setUnread(count: number): void {
  const known = session.get()
  if ('citizen' in known && known.unread_notices !== count) session.set({ ...known, unread_notices: count })
}
