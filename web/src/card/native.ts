/** Transport 1: a Web eID extension and its native host, by Web eID's page protocol. */
import { PATIENCE_MS, type Asking, type AuthToken, type CardBridge } from './bridge'
import { nextMessage } from './messages'
import { CardTrouble, troubleOf } from './trouble'

/** The version of the page protocol that this client speaks. */
const LIBRARY_VERSION = '2.1.0'
const ACTION = 'web-eid:authenticate'
const ACK_MS = 1_000
/** Browsers put the extension's script into a page when the page has loaded. */
const LOAD_MS = 1_000

interface Message {
  action: string
  error?: unknown
}

export class NativeBridge implements CardBridge {
  private extension = true

  async authenticate(challenge: Promise<string>, { lang, signal, onAsked }: Asking): Promise<AuthToken> {
    // An extension that is installed meanwhile comes into the page when it is loaded again.
    if (!this.extension) throw new CardTrouble('absent')
    const [challengeNonce] = await Promise.all([challenge, sinceLoad(LOAD_MS)])
    const options = { lang, userInteractionTimeout: PATIENCE_MS }
    window.postMessage({ action: ACTION, libraryVersion: LIBRARY_VERSION, challengeNonce, options }, window.location.origin)
    await this.acknowledged(signal)
    onAsked()
    const { action, error, ...token } = await next([`${ACTION}-success`, `${ACTION}-failure`], { ms: PATIENCE_MS, late: 'timed-out', signal })
    if (action === `${ACTION}-failure`) throw troubleOf(error)
    return token
  }

  private async acknowledged(signal: AbortSignal): Promise<void> {
    try {
      await next([`${ACTION}-ack`], { ms: ACK_MS, late: 'absent', signal })
    } catch (error) {
      this.extension = !(error instanceof CardTrouble && error.code === 'absent')
      throw error
    }
  }
}

/** The extension answers in the page's own window: what another window or origin says is nothing to us. */
function next(actions: string[], waiting: Parameters<typeof nextMessage>[1]): Promise<Message> {
  return nextMessage((event) => {
    if (event.source !== window || event.origin !== window.location.origin) return undefined
    const message = event.data as Message | null
    return message && actions.includes(message.action) ? message : undefined
  }, waiting)
}

/** Waits until the page has been there for so long. */
async function sinceLoad(ms: number): Promise<void> {
  const left = ms - performance.now()
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
}
