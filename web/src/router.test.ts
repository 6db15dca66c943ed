import { describe, expect, it } from 'vitest'
import { languageOf } from './i18n'
import { matchRoute } from './router'
import { safeNext } from './citizen/screens/login'
import { isoOf, partsOf } from './components/date-input'
import { isEmail, isGeorgianName, isPersonalNumber, mobileOf } from './contact'

describe('routes', () => {
  it('are matched part by part', () => {
    expect(matchRoute('/drafts/:id/:page', '/drafts/d1/reply')).toEqual({ id: 'd1', page: 'reply' })
    expect(matchRoute('/drafts/:id', '/drafts/d1/reply')).toBeNull()
    expect(matchRoute('/drafts/:id', '/drafts/')).toBeNull()
    expect(matchRoute('/', '/')).toEqual({})
    expect(matchRoute('/services', '/services?q=x')).toEqual({})
  })

  it('stand after the language', () => {
    expect(['/ka/', '/en', '/en/home', '/english', '/'].map(languageOf)).toEqual(['ka', 'en', 'en', 'ka', 'ka'])
  })

  it('lead on after the login only within the site', () => {
    expect(safeNext('/services/public-information')).toBe('/services/public-information')
    for (const bad of [null, '//evil.example', 'https://evil.example', '/login', '/\\evil.example', 'javascript:alert(1)']) {
      expect(safeNext(bad)).toBe('/home')
    }
  })
})

describe('contact data', () => {
  it('takes a mobile number as people write it', () => {
    for (const typed of ['599010203', '599 01 02 03', '+995 599 01 02 03', '995599010203', '00995599010203', '0599-01-02-03']) {
      expect(mobileOf(typed), typed).toBe('599010203')
    }
    for (const typed of ['', '59901020', '499010203', '+1 599010203', '5990102034']) expect(mobileOf(typed), typed).toBeNull()
  })

  it('knows e-mails, personal numbers and Georgian names', () => {
    expect([isEmail('a@b.ge'), isEmail('a@b'), isEmail('a b@c.ge')]).toEqual([true, false, false])
    expect([isPersonalNumber('01001012345'), isPersonalNumber('0100101234'), isPersonalNumber('01001012345\n')]).toEqual([true, false, false])
    expect(['ნინო', 'ანა-მარია', 'Nino', 'ნინო ', 'ᲜᲘᲜᲝ'].map(isGeorgianName)).toEqual([true, true, false, false, false])
  })
})

describe('dates in three boxes', () => {
  it('are put together and taken apart', () => {
    expect(isoOf({ day: '5', month: '1', year: '2026' })).toBe('2026-01-05')
    expect(isoOf({ day: '', month: '', year: '' })).toBe('')
    expect(partsOf('2026-01-05')).toEqual({ day: '5', month: '1', year: '2026' })
  })
})
