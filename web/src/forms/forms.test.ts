import { beforeAll, describe, expect, it } from 'vitest'
import { setWords } from '../i18n'
import shared from '../i18n/shared.ka.json'
import { answerText } from './answer-text'
import { errorMessage } from './messages'
import { valueAt, withValue } from './pointer'
import type { Answers, Field, ServiceForm } from './types'
import { validatePage } from './validate'
import { fieldAt, visibleAnswers, visiblePages } from './visibility'

const label = (ka: string): { ka: string; en: string } => ({ ka, en: ka })

const FORM: ServiceForm = {
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['kind', 'code', 'address', 'agree'],
    properties: {
      kind: { type: 'string', enum: ['paper', 'screen'] },
      code: { type: 'string', pattern: '^[0-9]{11}$' },
      address: { type: 'string', minLength: 5, maxLength: 10000 },
      since: { type: 'string', format: 'date' },
      email: { type: 'string', format: 'email' },
      copies: { type: 'integer', minimum: 1, maximum: 5 },
      topics: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 3 },
      agree: { type: 'boolean', const: true },
    },
  },
  pages: [
    {
      id: 'one',
      title: label('ერთი'),
      fields: [
        { path: '/kind', widget: 'radio', label: label('სახე'), options: [{ value: 'paper', label: label('ქაღალდი') }] },
        { path: '/code', widget: 'text', label: label('კოდი') },
        { path: '/since', widget: 'date', label: label('თარიღი') },
        { path: '/email', widget: 'text', label: label('ელფოსტა') },
        { path: '/copies', widget: 'text', label: label('ცალი') },
        { path: '/topics', widget: 'checkboxes', label: label('თემები') },
        { path: '/agree', widget: 'checkbox', label: label('თანხმობა'), errors: { required: label('დაგვეთანხმეთ') } },
      ],
    },
    {
      id: 'two',
      title: label('ორი'),
      show_if: ['==', ['var', '/kind'], 'paper'],
      fields: [{ path: '/address', widget: 'textarea', label: label('მისამართი') }],
    },
  ],
}

const GOOD: Answers = { kind: 'paper', code: '01001012345', agree: true }

beforeAll(() => setWords('ka', shared))

function messages(answers: Answers, page = 0): string[] {
  return validatePage(FORM, FORM.pages[page]!, answers).map((error) => errorMessage(FORM, error))
}

describe('validation', () => {
  it('finds nothing wrong with good answers', () => {
    expect(messages(GOOD)).toEqual([])
  })

  it('names every field at once, in the order of the questions', () => {
    expect(messages({})).toEqual(['სახე: აირჩიეთ', 'კოდი: შეავსეთ', 'დაგვეთანხმეთ'])
  })

  it.each<[string, Answers, string]>([
    ['enum', { kind: 'other' }, 'სახე: აირჩიეთ'],
    ['pattern', { code: '0100101234x' }, 'კოდი: ფორმატი არასწორია'],
    ['a new line after the digits', { code: '01001012345\n' }, 'კოდი: ფორმატი არასწორია'],
    ['a date that does not exist', { since: '2026-02-31' }, 'თარიღი: ფორმატი არასწორია, ნიმუში: 5 11 2026'],
    ['half a date', { since: '2026--01' }, 'თარიღი: ფორმატი არასწორია, ნიმუში: 5 11 2026'],
    ['e-mail', { email: 'nino' }, 'ელფოსტა: ფორმატი არასწორია, ნიმუში: saxeli@posta.ge'],
    ['range', { copies: 9 }, 'ცალი: მიუთითეთ რიცხვი 1-დან 5-მდე'],
    ['text for a number', { copies: 'ორი' }, 'ცალი: ფორმატი არასწორია'],
    ['too few', { topics: ['a'] }, 'თემები: აირჩიეთ სულ მცირე 2'],
    ['too many', { topics: ['a', 'b', 'c', 'd'] }, 'თემები: შეგიძლიათ აირჩიოთ არაუმეტეს 3'],
  ])('refuses %s', (_, wrong, message) => {
    expect(messages({ ...GOOD, ...wrong })).toContain(message)
  })

  it('counts characters for too short and too long', () => {
    expect(messages({ ...GOOD, address: 'ა' }, 1)).toEqual(['მისამართი: საჭიროა სულ მცირე 5\u00a0სიმბოლო'])
    expect(messages({ ...GOOD, address: 'ა'.repeat(10001) }, 1)).toEqual(['მისამართი: ტექსტი გრძელია, დასაშვებია 10\u00a0000\u00a0სიმბოლო'])
  })

  it('never quotes the answer', () => {
    const secret = 'საიდუმლო'
    expect(messages({ kind: secret, code: secret, since: secret, email: secret, copies: secret }).join()).not.toContain(secret)
  })
})

describe('conditions', () => {
  it('show and hide pages', () => {
    expect(visiblePages(FORM, GOOD).map(({ id }) => id)).toEqual(['one', 'two'])
    expect(visiblePages(FORM, { ...GOOD, kind: 'screen' }).map(({ id }) => id)).toEqual(['one'])
  })

  it('leave out the answers to hidden questions', () => {
    expect(visibleAnswers(FORM, { ...GOOD, kind: 'screen', address: 'თბილისი' })).toEqual({ ...GOOD, kind: 'screen' })
  })

  it('go on until nothing changes', () => {
    const field = (name: string, on?: string): Field => ({
      path: `/${name}`,
      widget: 'text',
      label: label(name),
      ...(on ? { show_if: ['not', ['empty', ['var', `/${on}`]]] } : {}),
    })
    const chain: ServiceForm = {
      schema: {},
      pages: [{ id: 'p', title: label('p'), fields: [field('a'), field('b', 'a'), field('c', 'b')] }],
    }
    expect(visibleAnswers(chain, { b: 'x', c: 'y' })).toEqual({})
  })

  it('find the question that an error belongs to', () => {
    expect(fieldAt(FORM, '/topics/1')?.field.path).toBe('/topics')
    expect(fieldAt(FORM, '/top')).toBeNull()
  })
})

describe('answers', () => {
  it('are set and taken by pointer, and an empty one is left out', () => {
    expect(withValue({ a: 'x' }, '/b', 'y')).toEqual({ a: 'x', b: 'y' })
    expect(withValue({ a: 'x' }, '/a', '')).toEqual({})
    expect(withValue({}, '/a/b', 1)).toEqual({ a: { b: 1 } })
    expect(withValue({ a: { b: 1 } }, '/a/b', null)).toEqual({})
    expect(valueAt({ a: { b: 1 } }, '/a/b')).toBe(1)
    expect(valueAt({ a: 'x' }, '/a/b')).toBeNull()
    expect(valueAt({}, '/toString')).toBeNull()
  })

  it('are read as people say them', () => {
    const [kind, , since] = FORM.pages[0]!.fields as [Field, Field, Field]
    expect(answerText(kind, 'paper')).toBe('ქაღალდი')
    expect(answerText(kind, null)).toBe('არ არის შევსებული')
    expect(answerText(kind, true)).toBe('კი')
    expect(answerText(since, '2026-05-05')).toBe('2026\u00a0წლის 5\u00a0მაისი')
  })
})
