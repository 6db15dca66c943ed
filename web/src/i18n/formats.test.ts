import { describe, expect, it } from 'vitest'
import { setWords } from './index'
import { formatDate, formatLongDate, formatMoment, formatThrough, formatTime } from './dates'
import { formatMobile, formatMoney, formatNumber, formatSize, unbroken } from './numbers'

const NOW = new Date('2026-11-24T08:00:00Z')
const plain = (text: string): string => text.replaceAll('\u00a0', '~')

it('an ordinal is not parted at its hyphen', () => {
  expect(unbroken('37-ე, 38-ე, მე-40 და 41-ე მუხლები').replaceAll('\u2060', '^')).toBe('37-^ე, 38-^ე, მე-^40 და 41-^ე მუხლები')
  expect(unbroken('2026-11840273-5, Articles 37-41')).toBe('2026-11840273-5, Articles 37-41')
})

describe('dates', () => {
  it('are in Georgian words', () => {
    setWords('ka')
    expect(plain(formatDate('2026-11-24T08:00:00Z', NOW))).toBe('24~ნოემბერი')
    expect(plain(formatDate('2025-05-05T08:00:00Z', NOW))).toBe('2025~წლის 5~მაისი')
    expect(plain(formatLongDate('2026-11-24'))).toBe('2026~წლის 24~ნოემბერი')
    expect(plain(formatMoment('2026-11-24T05:12:00Z', NOW))).toBe('დღეს, 09:12')
    expect(plain(formatMoment('2026-11-23T05:12:00Z', NOW))).toBe('გუშინ, 09:12')
    expect(plain(formatMoment('2026-11-12T06:24:00Z', NOW))).toBe('12~ნოემბერი, 10:24')
  })

  it('bend the month by its table', () => {
    setWords('ka')
    const through = (month: string): string => plain(formatThrough(`2026-${month}-05T08:00:00Z`))
    expect(['01', '02', '04', '05', '08', '09', '12'].map(through)).toEqual([
      '5~იანვრის ჩათვლით',
      '5~თებერვლის ჩათვლით',
      '5~აპრილის ჩათვლით',
      '5~მაისის ჩათვლით',
      '5~აგვისტოს ჩათვლით',
      '5~სექტემბრის ჩათვლით',
      '5~დეკემბრის ჩათვლით',
    ])
  })

  it('are in English words', () => {
    setWords('en')
    expect(plain(formatDate('2026-11-24T08:00:00Z', NOW))).toBe('24~November')
    expect(plain(formatLongDate('2025-05-05'))).toBe('5~May 2025')
    expect(plain(formatThrough('2026-12-08T08:00:00Z'))).toBe('until 8~December inclusive')
  })

  it('are those of Tbilisi, four hours ahead, around midnight and new year', () => {
    setWords('ka')
    expect(formatTime('2026-11-24T20:30:00Z')).toBe('00:30')
    expect(plain(formatDate('2026-11-24T20:30:00Z', NOW))).toBe('25~ნოემბერი')
    expect(plain(formatDate('2026-12-31T21:00:00Z', new Date('2026-12-31T22:00:00Z')))).toBe('1~იანვარი')
    expect(formatMoment('2026-11-23T20:30:00Z', NOW)).toBe('დღეს, 00:30')
  })
})

describe('numbers', () => {
  it('are grouped and marked as in Georgian', () => {
    setWords('ka')
    expect(plain(formatNumber(1250.5, 2))).toBe('1~250,50')
    expect(plain(formatNumber(10000))).toBe('10~000')
    expect(plain(formatNumber(-1234567))).toBe('-1~234~567')
    expect(plain(formatMoney('30'))).toBe('30~₾')
    expect(plain(formatMoney('1250.5'))).toBe('1~250,50~₾')
    expect(plain(formatSize(219_136))).toBe('214~კბ')
    expect(plain(formatSize(1_258_291))).toBe('1,2~მბ')
    expect(plain(formatSize(735))).toBe('735~ბაიტი')
  })

  it('are grouped and marked as in English', () => {
    setWords('en')
    expect(formatNumber(1250.5, 2)).toBe('1,250.50')
    expect(plain(formatSize(219_136))).toBe('214~KB')
  })

  it('shows a mobile number as people read it', () => {
    expect(plain(formatMobile('599010203'))).toBe('+995~599~01~02~03')
    expect(formatMobile('12')).toBe('12')
  })
})
