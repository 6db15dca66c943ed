import { useState } from 'preact/hooks'
import { isProblem } from './client'

export interface SignedIn {
  /** What the action brings; null when the session had ended and the person did not sign in again. */
  run<T>(action: () => Promise<T>): Promise<T | null>
  /** The session has ended: call it with the outcome of the new sign-in. */
  asked: ((signedIn: boolean) => void) | null
}

/** For actions of a page on which something is typed: an ended session is begun again over it, and the action goes on. */
export function useSignedIn(): SignedIn {
  const [asked, setAsked] = useState<SignedIn['asked']>(null)
  const ask = async (): Promise<boolean> => {
    const signedIn = await new Promise<boolean>((resolve) => setAsked(() => resolve))
    setAsked(null)
    return signedIn
  }
  return { run: (action) => withSignIn(action, ask), asked }
}

/** Repeats the action as long as the session turns out to have ended and the person signs in again. */
export async function withSignIn<T>(action: () => Promise<T>, ask: () => Promise<boolean>): Promise<T | null> {
  for (;;) {
    try {
      return await action()
    } catch (error) {
      if (!isProblem(error, 'signed-out')) throw error
      if (!(await ask())) return null
    }
  }
}
