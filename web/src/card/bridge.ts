/**
 * The way from a page to the card: a port with one transport per file. Whatever the transport, the card's agent
 * learns the page's origin from the browser, and asks for the PIN by itself: no PIN ever passes through here.
 */
import type { Lang } from '../i18n'
import { CardTrouble } from './trouble'

/** A Web eID authentication token. Its certificate is unverified; the portal's API checks it all. */
export type AuthToken = Readonly<Record<string, unknown>>

export interface Asking {
  /** The language in which the agent speaks to the person. */
  lang: Lang
  /** Gives up: the agent is told as far as the transport can, and the call fails as `cancelled`. */
  signal: AbortSignal
  /** The agent has the request; the person is now asked for the card and the PIN. */
  onAsked(): void
}

export interface CardBridge {
  /**
   * Has the card sign the portal's challenge. Call it at once in a click: a window can be opened only then, so the
   * nonce may still be on its way. Rejects with a CardTrouble, or with what the challenge rejects with.
   */
  authenticate(challenge: Promise<string>, asking: Asking): Promise<AuthToken>
}

/** How long a person has to find the card and to type the PIN. */
export const PATIENCE_MS = 240_000

/** Tries the transports in order: the first that is there has the last word. */
export function firstOf(...bridges: CardBridge[]): CardBridge {
  return {
    async authenticate(challenge, asking) {
      for (const bridge of bridges) {
        try {
          return await bridge.authenticate(challenge, asking)
        } catch (error) {
          if (!(error instanceof CardTrouble && error.code === 'absent')) throw error
        }
      }
      throw new CardTrouble('absent')
    },
  }
}
