import { CardTrouble, type Trouble } from './trouble'

export interface Waiting {
  ms: number
  /** What it means when no such message came in time. */
  late: Trouble
  signal: AbortSignal
  /** The other side is gone, and what that means. */
  gone?: { when(): boolean; means: Trouble }
}

const LOOK_MS = 250
/** A message that was sent just before its window closed is still heard. */
const GRACE_MS = 1_000

/** The first message of which `pick` makes something. `pick` has to look at the message's source and origin. */
export function nextMessage<T>(pick: (event: MessageEvent) => T | undefined, { ms, late, signal, gone }: Waiting): Promise<T> {
  return new Promise((resolve, reject) => {
    let goneFor = 0
    const end = (): void => {
      window.removeEventListener('message', hear)
      signal.removeEventListener('abort', giveUp)
      clearTimeout(timer)
      clearInterval(watch)
    }
    const fail = (code: Trouble): void => {
      end()
      reject(new CardTrouble(code))
    }
    const hear = (event: MessageEvent): void => {
      const found = pick(event)
      if (found === undefined) return
      end()
      resolve(found)
    }
    const giveUp = (): void => fail('cancelled')
    const timer = setTimeout(() => fail(late), ms)
    const watch = setInterval(() => {
      goneFor = gone?.when() ? goneFor + LOOK_MS : 0
      if (gone && goneFor > GRACE_MS) fail(gone.means)
    }, LOOK_MS)
    window.addEventListener('message', hear)
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
  })
}
