import type { Notice } from '../api/types'
import { localised } from '../i18n'
import { t, type CitizenKey } from './i18n'

const TEXTS: Record<string, CitizenKey> = {
  'request-sent': 'notice.request-sent',
  'request-received': 'notice.request-received',
  'request-answered': 'notice.request-answered',
  'email-changed': 'notice.email-changed',
  'password-changed': 'notice.password-changed',
}

export function noticeText({ kind }: Pick<Notice, 'kind'>): string {
  return t(TEXTS[kind] ?? 'notice.other')
}

/** Which application the notice is about, or nothing. */
export function noticeSubject({ params }: Pick<Notice, 'params'>): string | null {
  const { service_title: title, registration_number: number } = params
  const parts = [title && localised(title), number && t('request.number', { number })].filter(Boolean)
  return parts.length > 0 ? parts.join(', ') : null
}
