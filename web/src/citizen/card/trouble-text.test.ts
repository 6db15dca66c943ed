import { beforeAll, describe, expect, it } from 'vitest'
import { Problem, Unreachable } from '../../api/client'
import { CardTrouble, TROUBLES } from '../../card/trouble'
import { setWords, type Lang } from '../../i18n'
import sharedEn from '../../i18n/shared.en.json'
import sharedKa from '../../i18n/shared.ka.json'
import en from './en.json'
import ka from './ka.json'
import { AGENT_TROUBLES, PORTAL_TROUBLES, troubleText } from './trouble-text'

const WORDS: Record<Lang, Record<string, string>[]> = { ka: [sharedKa, ka], en: [sharedEn, en] }
const problem = (code: string, status = 422): Problem => new Problem(status, code, 'title', [], {}, null)
/** The contract of `POST /v1/session/card`. */
const PORTAL_CODES = [
  'challenge-gone',
  'card-token-invalid',
  'card-certificate-unsuitable',
  'card-issuer-unknown',
  'card-expired',
  'card-revoked',
  'card-status-unknown',
  'card-of-another',
]

describe.each(['ka', 'en'] as const)('in %s', (lang) => {
  beforeAll(() => setWords(lang, ...WORDS[lang]))
  const isText = (text: string): void => {
    expect(text).toMatch(lang === 'ka' ? /^[ა-ჰ].*\.$/ : /^[A-Z].*\.$/)
    expect(text).not.toMatch(/^trouble|\{|title/)
  }

  it.each(TROUBLES)('%s has a text', (code) => isText(troubleText(new CardTrouble(code)).text))
  it.each(PORTAL_CODES)('%s of the portal has a text', (code) => isText(troubleText(problem(code)).text))

  it('every trouble that a person can tell apart has a text of its own', () => {
    const alike = ['unknown', 'invalid-argument', 'other-certificate']
    const told = [...TROUBLES.filter((code) => !alike.includes(code)).map((code) => AGENT_TROUBLES[code]), ...Object.values(PORTAL_TROUBLES)]
    const texts = told.map(({ text }) => WORDS[lang][1]![text])
    expect(new Set(texts).size).toBe(told.length)
  })

  it('a wrong PIN tells how often it may still be tried, and warns before the last', () => {
    const texts = [null, 5, 2, 1].map((left) => troubleText(new CardTrouble('wrong-pin', left)).text)
    texts.forEach(isText)
    expect(new Set(texts).size).toBe(4)
    expect([texts[1]!.includes('5'), texts[2]!.includes('2'), texts[3]!.includes('1')]).toEqual([true, true, true])
  })

  it('what is not the card’s is said as everywhere', () => {
    const [shared] = WORDS[lang]
    expect(troubleText(new Unreachable('x')).text).toBe(shared!['fail.unreachable'])
    expect(troubleText(problem('too-many-attempts', 429)).text).toBe(shared!['fail.too-many.soon'])
    expect(troubleText(new Error('x')).text).toBe(shared!['fail.internal'])
  })
})

it('the codes of the portal are those of the contract', () => {
  expect(Object.keys(PORTAL_TROUBLES).sort()).toEqual([...PORTAL_CODES].sort())
})
