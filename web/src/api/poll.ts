import { useEffect, useRef } from 'preact/hooks'

const FAST_MS = 5_000
const SLOW_MS = 30_000
const FAST_PHASE_MS = 120_000

/** Every 5 s for two minutes, then every 30 s. */
export function pollDelay(elapsedMs: number): number {
  return elapsedMs < FAST_PHASE_MS ? FAST_MS : SLOW_MS
}

/** Calls `poll` again and again while the page is visible and `active`. A failed poll is tried at the next turn. */
export function usePoll(poll: () => Promise<void>, active: boolean): void {
  const latest = useRef(poll)
  latest.current = poll
  useEffect(() => {
    if (!active) return
    const started = Date.now()
    let timer: ReturnType<typeof setTimeout> | undefined
    let stopped = false

    const schedule = (delay: number): void => {
      clearTimeout(timer)
      if (!stopped && document.visibilityState === 'visible') timer = setTimeout(() => void turn(), delay)
    }
    const turn = async (): Promise<void> => {
      await latest.current().catch(() => undefined)
      schedule(pollDelay(Date.now() - started))
    }
    const visibilityChanged = (): void => schedule(0)

    schedule(FAST_MS)
    document.addEventListener('visibilitychange', visibilityChanged)
    return () => {
      stopped = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', visibilityChanged)
    }
  }, [active])
}
