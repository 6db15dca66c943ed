import type { Notice } from '../api/types'
import { t, type CitizenKey } from './i18n'

const TEXTS: Record<string, CitizenKey> = {
  'request-sent': 'notice.request-sent',
  'request-received': 'notice.request-received',
  'request-answered': 'notice.request-answered',
  'email-changed': 'notice.email-changed',
  'password-changed': 'notice.password-changed',
  'registered-by-card': 'notice.registered-by-card',
  'card-joined': 'notice.card-joined',
}

export function noticeText({ kind }: Pick<Notice, 'kind'>): string {
  return t(TEXTS[kind] ?? 'notice.other')
}
