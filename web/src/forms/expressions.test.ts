import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { evaluate } from './expressions'
import type { Expression } from './types'

interface Vector {
  name?: string
  expression: Expression
  answers: unknown
  result?: boolean
  expected?: boolean
}

// The server's tests run the same file.
const VECTORS = new URL('../../../tests/vectors/expressions.json', import.meta.url)

describe('expressions', () => {
  it.skipIf(!existsSync(VECTORS))('mean what the shared vectors say', () => {
    const vectors = JSON.parse(readFileSync(VECTORS, 'utf8')) as Vector[]
    expect(vectors.length).toBeGreaterThan(0)
    for (const vector of vectors) {
      expect(evaluate(vector.expression, vector.answers), JSON.stringify(vector)).toBe(vector.expected ?? vector.result)
    }
  })
})
