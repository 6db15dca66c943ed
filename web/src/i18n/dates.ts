/**
 * Dates and times of the portal, in Georgia's own zone (UTC+4, no summer time).
 * Chromium has no Georgian locale data and would print English, so nothing here asks Intl.
 */
import { lang, type Lang } from './index'

const MONTHS: Record<Lang, readonly string[]> = {
  ka: ['იანვარი', 'თებერვალი', 'მარტი', 'აპრილი', 'მაისი', 'ივნისი', 'ივლისი', 'აგვისტო', 'სექტემბერი', 'ოქტომბერი', 'ნოემბერი', 'დეკემბერი'],
  en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
}

/** Genitive stems: „ნოემბრის ჩათვლით“; dropped vowels can't be derived, so they are listed. */
const GENITIVE: readonly string[] = ['იანვრის', 'თებერვლის', 'მარტის', 'აპრილის', 'მაისის', 'ივნისის', 'ივლისის', 'აგვისტოს', 'სექტემბრის', 'ოქტომბრის', 'ნოემბრის', 'დეკემბრის']

const NBSP = '\u00a0'
const TBILISI_OFFSET_MS = 4 * 60 * 60 * 1000

interface Parts {
  year: number
  month: number
  day: number
  hours: string
  minutes: string
}

function parts(iso: string): Parts {
  const local = new Date(Date.parse(iso) + TBILISI_OFFSET_MS)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    hours: String(local.getUTCHours()).padStart(2, '0'),
    minutes: String(local.getUTCMinutes()).padStart(2, '0'),
  }
}

/** „24 ნოემბერი“, with the year when it is not this one: „2025 წლის 24 ნოემბერი“. */
export function formatDate(iso: string, now: Date = new Date()): string {
  const { year, month, day } = parts(iso)
  const dayMonth = `${day}${NBSP}${MONTHS[lang()][month]}`
  if (year === parts(now.toISOString()).year) return dayMonth
  return lang() === 'ka' ? `${year}${NBSP}წლის ${dayMonth}` : `${dayMonth} ${year}`
}

/** „2026 წლის 24 ნოემბერი“, always with the year. */
export function formatLongDate(iso: string): string {
  const { year, month, day } = parts(iso)
  const dayMonth = `${day}${NBSP}${MONTHS[lang()][month]}`
  return lang() === 'ka' ? `${year}${NBSP}წლის ${dayMonth}` : `${dayMonth} ${year}`
}

/** The last day that still counts: „8 დეკემბრის ჩათვლით“, “until 8 December inclusive”. */
export function formatThrough(iso: string): string {
  const { month, day } = parts(iso)
  return lang() === 'ka'
    ? `${day}${NBSP}${GENITIVE[month]} ჩათვლით`
    : `until ${day}${NBSP}${MONTHS.en[month]} inclusive`
}

export function formatTime(iso: string): string {
  const { hours, minutes } = parts(iso)
  return `${hours}:${minutes}`
}

/** „დღეს, 14:05“, „გუშინ, 14:05“ or „24 ნოემბერი, 14:05“. */
export function formatMoment(iso: string, now: Date = new Date()): string {
  const time = formatTime(iso)
  const days = dayNumber(now.toISOString()) - dayNumber(iso)
  if (days === 0) return `${lang() === 'ka' ? 'დღეს' : 'today'}, ${time}`
  if (days === 1) return `${lang() === 'ka' ? 'გუშინ' : 'yesterday'}, ${time}`
  return `${formatDate(iso, now)}, ${time}`
}

function dayNumber(iso: string): number {
  return Math.floor((Date.parse(iso) + TBILISI_OFFSET_MS) / 86_400_000)
}
