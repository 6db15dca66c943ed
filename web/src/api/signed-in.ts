import { useState } from 'preact/hooks'
import { Problem } from './client'

/** Why an action has to wait for a sign-in: the session has ended, or the action wants the card, or wants it again. */
const REASONS = ['signed-out', 'assurance-too-low', 'fresh-sign-in-required'] as const
export type Reason = (typeof REASONS)[number]

export interface Asked {
  reason: Reason
  /** Call it with the outcome of the new sign-in. */
  onClose(signedIn: boolean): void
}

export interface SignedIn {
  /** What the action brings; null when it needed a sign-in and the person did not sign in. */
  run<T>(action: () => Promise<T>): Promise<T | null>
  /** The person has to sign in before the action goes on. */
  asked: Asked | null
}

/** For actions of a page on which something is typed: who has to sign in does so over it, and the action goes on. */
export function useSignedIn(): SignedIn {
  const [asked, setAsked] = useState<Asked | null>(null)
  const ask = async (reason: Reason): Promise<boolean> => {
    const signedIn = await new Promise<boolean>((resolve) => setAsked({ reason, onClose: resolve }))
    setAsked(null)
    return signedIn
  }
  return { run: (action) => withSignIn(action, ask), asked }
}

/** Repeats the action as long as it turns out to need a sign-in and the person signs in. */
export async function withSignIn<T>(action: () => Promise<T>, ask: (reason: Reason) => Promise<boolean>): Promise<T | null> {
  for (;;) {
    try {
      return await action()
    } catch (error) {
      const reason = REASONS.find((code) => error instanceof Problem && error.code === code)
      if (!reason) throw error
      if (!(await ask(reason))) return null
    }
  }
}
