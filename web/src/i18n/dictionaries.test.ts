import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SRC = fileURLToPath(new URL('..', import.meta.url))
const AREAS = ['i18n/shared.', 'citizen/', 'citizen/card/', 'operator/']

const read = (file: string): Record<string, string> => JSON.parse(readFileSync(join(SRC, file), 'utf8')) as Record<string, string>
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.') ? [readFileSync(path, 'utf8')] : []
  })
}

describe.each(AREAS)('the words of %s', (area) => {
  const [ka, en] = [read(`${area}ka.json`), read(`${area}en.json`)]

  it('are the same keys in both languages', () => {
    expect(Object.keys(en)).toEqual(Object.keys(ka))
  })

  it('have the same placeholders in both languages', () => {
    for (const [key, text] of Object.entries(ka)) expect(placeholders(en[key]!), key).toEqual(placeholders(text))
  })

  it('are in their own script', () => {
    for (const [key, text] of Object.entries(ka)) expect(text.replace(/\{\w+\}/g, ''), key).toMatch(/[ა-ჰ]|^[^\p{L}]*$/u)
    for (const [key, text] of Object.entries(en)) expect(text, key).not.toMatch(/[ა-ჰ]/)
  })

  it('keep to the rules of Georgian typesetting', () => {
    for (const [key, text] of Object.entries(ka)) {
      expect(text, key).not.toMatch(/[\u1c90-\u1cbf]/)
      expect(text, key).not.toMatch(/["!]|,,|ან\/და/)
      expect(text, key).not.toMatch(/გთხოვთ (?!,)[ა-ჰ]/)
      expect(text, key).not.toMatch(/(აღნიშნულ|წარმოადგენს|გააჩნია|ახორციელებს|დაფიქსირდა|ლოგინ|კაბინეტ|დრაფტ|ლინკ)/)
    }
  })
})

it('no word is left over', () => {
  const code = sources(SRC).join('\n')
  // Keys that are put together at run time begin like these.
  const built = /^(state|applicant|date)\./
  const unused = AREAS.flatMap((area) => Object.keys(read(`${area}ka.json`))).filter((key) => !built.test(key) && !code.includes(`'${key}'`))
  expect(unused).toEqual([])
})
