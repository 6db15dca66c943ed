import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { evaluate, ExpressionError } from './expressions'

interface Vectors {
  cases: { expr: unknown; answers: unknown; value: unknown }[]
  errors: { expr: unknown; answers: unknown }[]
}

// The server's tests run the same file; a copy of web/ alone, without the project around it, has none.
const FILE = new URL('../../../tests/vectors/expressions.json', import.meta.url)

describe.skipIf(!existsSync(FILE))('expressions mean what the shared vectors say', () => {
  const vectors = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Vectors) : { cases: [], errors: [] }

  it.each(vectors.cases)('$expr over $answers is $value', ({ expr, answers, value }) => {
    expect(evaluate(expr, answers)).toEqual(value)
  })

  it.each(vectors.errors)('$expr is malformed', ({ expr, answers }) => {
    expect(() => evaluate(expr, answers)).toThrow(ExpressionError)
  })
})
