/** Numbers, sizes and money without Intl, which knows no Georgian in Chromium. */
import { lang } from './index'

const NBSP = '\u00a0'

function grouped(whole: number): string {
  const separator = lang() === 'ka' ? NBSP : ','
  return String(whole).replace(/\B(?=(\d{3})+$)/g, separator)
}

/** 1250.5 → „1 250,5“ (ka), “1,250.5” (en). */
export function formatNumber(value: number, fractionDigits?: number): string {
  const text = fractionDigits === undefined ? String(value) : value.toFixed(fractionDigits)
  const [whole = '0', fraction] = text.split('.')
  const mark = lang() === 'ka' ? ',' : '.'
  const sign = whole.startsWith('-') ? '-' : ''
  const digits = grouped(Math.abs(Number(whole)))
  return sign + (fraction ? `${digits}${mark}${fraction}` : digits)
}

/** 1250.5 → „1 250,50 ₾“. */
export function formatMoney(amount: string): string {
  const value = Number(amount)
  return `${formatNumber(value, Number.isInteger(value) ? undefined : 2)}${NBSP}₾`
}

/** 219136 → „214 კბ“; bytes under one kilobyte are said as bytes. */
export function formatSize(bytes: number): string {
  const ka = lang() === 'ka'
  if (bytes < 1024) return `${formatNumber(bytes)}${NBSP}${ka ? 'ბაიტი' : 'bytes'}`
  if (bytes < 1024 * 1024) return `${formatNumber(Math.round(bytes / 1024))}${NBSP}${ka ? 'კბ' : 'KB'}`
  return `${formatNumber(Math.round(bytes / 104_857.6) / 10)}${NBSP}${ka ? 'მბ' : 'MB'}`
}

/** „599010203“ → „+995 599 01 02 03“; anything else comes back as it is. */
export function formatMobile(mobile: string): string {
  const match = /^(\d{3})(\d{2})(\d{2})(\d{2})$/.exec(mobile)
  return match ? `+995${NBSP}${match.slice(1).join(NBSP)}` : mobile
}

/** An ordinal such as „37-ე“ is not parted at the end of a line. */
export function unbroken(text: string): string {
  return text.replace(/(\d)-(?=[ა-ჰ])/g, '$1-\u2060').replace(/(მე)-(?=\d)/g, '$1-\u2060')
}
