/** What is said about each trouble, and which part of the guide helps with it. */
import { Problem } from '../../api/client'
import { CardTrouble, type Trouble } from '../../card/trouble'
import { failureText } from '../../components/failure'
import { t, type CardKey } from './i18n'

/** Parts of the guide that can be linked to. */
export type Section = 'need' | 'install' | 'open' | 'check' | 'sign-in' | 'activate' | 'blocked'

interface Told {
  text: CardKey
  help: Section
}

export const AGENT_TROUBLES: Record<Trouble, Told> = {
  'absent': { text: 'trouble.absent', help: 'install' },
  'blocked': { text: 'trouble.blocked', help: 'blocked' },
  'busy': { text: 'trouble.busy', help: 'sign-in' },
  'cancelled': { text: 'trouble.cancelled', help: 'sign-in' },
  'card-busy': { text: 'trouble.card-busy', help: 'sign-in' },
  'card-fault': { text: 'trouble.card-fault', help: 'check' },
  'card-removed': { text: 'trouble.card-removed', help: 'sign-in' },
  'foreign-card': { text: 'trouble.foreign-card', help: 'need' },
  'invalid-argument': { text: 'trouble.unknown', help: 'check' },
  'no-card': { text: 'trouble.no-card', help: 'sign-in' },
  'no-pcsc': { text: 'trouble.no-pcsc', help: 'install' },
  'no-reader': { text: 'trouble.no-reader', help: 'need' },
  'no-terminal': { text: 'trouble.no-terminal', help: 'open' },
  'not-activated': { text: 'trouble.not-activated', help: 'activate' },
  'origin-not-allowed': { text: 'trouble.origin-not-allowed', help: 'open' },
  'other-certificate': { text: 'trouble.unknown', help: 'check' },
  'popup-blocked': { text: 'trouble.popup-blocked', help: 'sign-in' },
  'several-cards': { text: 'trouble.several-cards', help: 'sign-in' },
  'timed-out': { text: 'trouble.timed-out', help: 'sign-in' },
  'unknown': { text: 'trouble.unknown', help: 'check' },
  'unsupported': { text: 'trouble.unsupported', help: 'need' },
  'version': { text: 'trouble.version', help: 'install' },
  'wrong-pin': { text: 'trouble.wrong-pin', help: 'blocked' },
}

/** What the portal says to the card's token; anything else it says is said as everywhere. */
export const PORTAL_TROUBLES: Record<string, Told> = {
  'card-certificate-unsuitable': { text: 'trouble.certificate-unsuitable', help: 'need' },
  'card-expired': { text: 'trouble.expired', help: 'need' },
  'card-issuer-unknown': { text: 'trouble.issuer-unknown', help: 'need' },
  'card-of-another': { text: 'trouble.of-another', help: 'sign-in' },
  'card-revoked': { text: 'trouble.revoked', help: 'need' },
  'card-status-unknown': { text: 'trouble.status-unknown', help: 'sign-in' },
  'card-token-invalid': { text: 'trouble.token-invalid', help: 'check' },
  'challenge-gone': { text: 'trouble.challenge-gone', help: 'sign-in' },
}

export function troubleText(error: unknown): { text: string; help: Section } {
  if (error instanceof CardTrouble) {
    const { text, help } = AGENT_TROUBLES[error.code]
    return { text: error.code === 'wrong-pin' ? wrongPin(error.triesLeft) : t(text), help }
  }
  const told = error instanceof Problem ? PORTAL_TROUBLES[error.code] : undefined
  return told ? { text: t(told.text), help: told.help } : { text: failureText(error), help: 'sign-in' }
}

function wrongPin(left: number | null): string {
  if (left === null) return t('trouble.wrong-pin')
  return left === 1 ? t('trouble.wrong-pin.last') : t('trouble.wrong-pin.left', { n: left })
}
