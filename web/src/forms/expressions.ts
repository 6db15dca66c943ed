/**
 * Conditions of forms: a tiny prefix language, such as ["==", ["var", "/reply_form"], "paper"].
 * Its meaning is fixed by tests/vectors/expressions.json, which the server's evaluator runs too.
 */
import { segments } from './pointer'
import type { Expression } from './types'

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

type Apply = (values: unknown[]) => boolean
/** For each operator how many operands it takes (null: any number) and what it says of their values. */
const OPERATORS: Record<string, [number | null, Apply]> = {
  '==': [2, ([left, right]) => same(left, right)],
  '!=': [2, ([left, right]) => !same(left, right)],
  '<': [2, ([left, right]) => before(left, right)],
  '>': [2, ([left, right]) => before(right, left)],
  and: [null, (values) => values.every((value) => value === true)],
  or: [null, (values) => values.some((value) => value === true)],
  not: [1, ([value]) => value !== true],
  empty: [1, ([value]) => value === null || value === '' || (Array.isArray(value) && value.length === 0)],
}
const MAX_DEPTH = 16

/** The value of an expression over answers. Throws ExpressionError for one that is malformed. */
export function evaluate(expression: unknown, answers: unknown, depth = 0): unknown {
  if (expression === null || ['boolean', 'number', 'string'].includes(typeof expression)) return expression
  if (!Array.isArray(expression) || expression.length === 0 || depth > MAX_DEPTH) {
    throw new ExpressionError('neither a value nor an operation')
  }
  const [name, ...operands] = expression as [unknown, ...unknown[]]
  if (name === 'var') return answerAt(operands, answers)
  if (name === 'in') return isIn(operands, answers, depth)
  const operator = typeof name === 'string' && Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
  if (!operator) throw new ExpressionError('unknown operator')
  const [count, apply] = operator
  if (count !== null && operands.length !== count) throw new ExpressionError('wrong number of operands')
  return apply(operands.map((operand) => evaluate(operand, answers, depth + 1)))
}

/** Whether a condition is true; only true is true. */
export function holds(condition: Expression | undefined, answers: unknown): boolean {
  return condition === undefined || evaluate(condition, answers) === true
}

function answerAt(operands: unknown[], answers: unknown): unknown {
  const [pointer] = operands
  if (operands.length !== 1 || typeof pointer !== 'string' || !pointer.startsWith('/')) {
    throw new ExpressionError('var takes a JSON Pointer')
  }
  let found: unknown = answers
  for (const step of segments(pointer)) {
    if (typeof found !== 'object' || found === null) return null
    if (Array.isArray(found) && !/^\d+$/.test(step)) return null
    if (!Object.hasOwn(found, step)) return null
    found = (found as Record<string, unknown>)[step]
  }
  return found
}

function isIn(operands: unknown[], answers: unknown, depth: number): boolean {
  const [needle, list] = operands
  if (operands.length !== 2 || !Array.isArray(list)) throw new ExpressionError('in takes a value and a list')
  const wanted = evaluate(needle, answers, depth + 1)
  const haystack: unknown = list[0] === 'var' ? evaluate(list, answers, depth + 1) : list
  return Array.isArray(haystack) && haystack.some((item) => same(wanted, item))
}

function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]))
  }
  return left === right
}

function before(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right
  return typeof left === 'string' && typeof right === 'string' && byCodePoint(left, right) < 0
}

/** JavaScript compares UTF-16 units; Python, and so the vectors, whole characters. */
function byCodePoint(left: string, right: string): number {
  const [a, b] = [[...left], [...right]]
  const at = a.findIndex((letter, index) => letter !== b[index])
  if (at < 0) return a.length - b.length
  return b[at] === undefined ? 1 : a[at]!.codePointAt(0)! - b[at].codePointAt(0)!
}
