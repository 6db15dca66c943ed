/** Why a card operation did not succeed: the codes of the agent, and those of the way to it. */
export const TROUBLES = [
  // The card and its reader.
  'no-pcsc',
  'no-reader',
  'no-card',
  'foreign-card',
  'several-cards',
  'card-removed',
  'card-busy',
  'wrong-pin',
  'blocked',
  'not-activated',
  'cancelled',
  'other-certificate',
  'invalid-argument',
  'unsupported',
  'card-fault',
  // The agent.
  'origin-not-allowed',
  'busy',
  'no-terminal',
  'timed-out',
  // The way to the agent.
  'absent',
  'popup-blocked',
  'version',
  'unknown',
] as const

export type Trouble = (typeof TROUBLES)[number]

export class CardTrouble extends Error {
  override readonly name = 'CardTrouble'
  constructor(
    readonly code: Trouble,
    /** After a wrong PIN: how often it may still be tried, where the card says so. */
    readonly triesLeft: number | null = null,
  ) {
    super(code)
  }
}

/** What Web eID's codes mean where the agent says nothing more precise; `absent` lets the next transport try. */
const WEB_EID: Record<string, Trouble> = {
  ERR_WEBEID_ACTION_PENDING: 'busy',
  ERR_WEBEID_ACTION_TIMEOUT: 'timed-out',
  ERR_WEBEID_CONTEXT_INSECURE: 'origin-not-allowed',
  ERR_WEBEID_EXTENSION_UNAVAILABLE: 'absent',
  ERR_WEBEID_NATIVE_UNAVAILABLE: 'absent',
  ERR_WEBEID_USER_CANCELLED: 'cancelled',
  ERR_WEBEID_USER_TIMEOUT: 'timed-out',
  ERR_WEBEID_VERSION_INVALID: 'version',
  ERR_WEBEID_VERSION_MISMATCH: 'version',
}

/** Reads `{code, message}`, where our agent's message is „cardbridge/<code>[/<tries left>]“. */
export function troubleOf(error: unknown): CardTrouble {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const [, own, tries] = /^cardbridge\/([a-z-]+)(?:\/(\d{1,2}))?$/.exec(String(message)) ?? []
  if (isTrouble(own)) return new CardTrouble(own, tries === undefined ? null : Number(tries))
  return new CardTrouble(WEB_EID[String(code)] ?? 'unknown')
}

function isTrouble(code: string | undefined): code is Trouble {
  return (TROUBLES as readonly (string | undefined)[]).includes(code)
}
