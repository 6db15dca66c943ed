/** The rules of a password that the browser can check; the blocklist is the server's. */
import { formatNumber } from '../i18n/numbers'
import { t } from './i18n'

const MIN = 15
const MAX = 128

export function passwordFault(password: string): string | null {
  const length = [...password.normalize('NFKC')].length
  if (length === 0) return 'required'
  if (length < MIN) return 'too-short'
  return length > MAX ? 'too-long' : null
}

export function passwordMessage(code: string): string {
  const at = (what: string): string => t('error.at', { field: t('field.new-password'), what })
  switch (code) {
    case 'too-short':
      return at(t('error.too-short', { n: formatNumber(MIN) }))
    case 'too-long':
      return at(t('password.too-long', { n: formatNumber(MAX) }))
    case 'too-common':
      return at(t('password.too-common'))
    case 'contains-personal':
      return at(t('password.contains-personal'))
    case 'same-as-before':
      return at(t('password.same-as-before'))
    case 'required':
      return at(t('error.fill-in'))
    default:
      return at(t('error.format'))
  }
}
