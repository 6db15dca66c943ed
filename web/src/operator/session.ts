import { markArrival } from '../router'
import { createStore } from '../store'
import { readSession } from './api'
import type { OperatorSession } from '../api/types'

export type Known = { state: 'unknown' } | { state: 'unreachable' } | OperatorSession

/** Which operator is signed in, as far as this page knows. */
export const session = createStore<Known>({ state: 'unknown' })

export async function refreshSession(): Promise<void> {
  try {
    session.set(await readSession())
  } catch {
    if (session.get().state === 'unknown') session.set({ state: 'unreachable' })
  }
}

export function enter(next: OperatorSession): void {
  markArrival()
  session.set(next)
}
