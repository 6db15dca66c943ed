import { useRef, useState } from 'preact/hooks'

export interface Submit {
  busy: boolean
  /** Grows with every refused attempt, so that the error summary takes the focus again. */
  attempt: number
  /** Runs the action unless it is running; `failed` gets what it throws. */
  run(action: () => Promise<void>, failed: (error: unknown) => void): Promise<void>
  refuse(): void
}

/** One action at a time: a second press while the first is under way does nothing. */
export function useSubmit(): Submit {
  const [busy, setBusy] = useState(false)
  const [attempt, setAttempt] = useState(0)
  const running = useRef(false)
  const refuse = (): void => setAttempt((n) => n + 1)
  const run = async (action: () => Promise<void>, failed: (error: unknown) => void): Promise<void> => {
    if (running.current) return
    running.current = true
    setBusy(true)
    try {
      await action()
    } catch (error) {
      failed(error)
      refuse()
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  return { busy, attempt, run, refuse }
}
