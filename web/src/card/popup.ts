/** Transport 2: a window of the agent's own, served on the loopback, which needs no extension and no permission. */
import { PATIENCE_MS, type Asking, type AuthToken, type CardBridge } from './bridge'
import { nextMessage } from './messages'
import { CardTrouble, troubleOf } from './trouble'

/** Where `cardbridge serve` listens: the same port is written in the agent. */
export const AGENT = 'http://127.0.0.1:17643'
const NAME = 'karibche-card'
const FEATURES = 'popup,width=480,height=560'
const MARK = 'card-bridge'
const READY_MS = 4_000
/** The agent's versions that speak as this file does. */
const VERSIONS = /^1\./

interface Message {
  karibche: unknown
  type: unknown
  version?: unknown
  result?: AuthToken
  error?: unknown
}

export class PopupBridge implements CardBridge {
  async authenticate(challenge: Promise<string>, { lang, signal, onAsked }: Asking): Promise<AuthToken> {
    const popup = window.open(`${AGENT}/v1/bridge?lang=${lang}`, NAME, FEATURES)
    if (!popup) throw new CardTrouble('popup-blocked')
    try {
      const closed = (): boolean => popup.closed
      // Who closes the window before the agent spoke has seen that nobody is there.
      const ready = nextFrom(popup, 'ready', { ms: READY_MS, late: 'absent', signal, gone: { when: closed, means: 'absent' } })
      const [{ version }, challengeNonce] = await Promise.all([ready, challenge])
      if (!VERSIONS.test(String(version))) throw new CardTrouble('version')
      popup.postMessage({ karibche: MARK, type: 'request', command: 'authenticate', arguments: { challengeNonce, lang } }, AGENT)
      onAsked()
      const answer = await nextFrom(popup, 'answer', { ms: PATIENCE_MS, late: 'timed-out', signal, gone: { when: closed, means: 'cancelled' } })
      if (!answer.result) throw troubleOf(answer.error)
      return answer.result
    } finally {
      popup.close()
    }
  }
}

/** Only the window that was opened here counts, and only while it shows the agent. */
function nextFrom(popup: Window, type: string, waiting: Parameters<typeof nextMessage>[1]): Promise<Message> {
  return nextMessage((event) => {
    if (event.source !== popup || event.origin !== AGENT) return undefined
    const message = event.data as Message | null
    return message?.karibche === MARK && message.type === type ? message : undefined
  }, waiting)
}
