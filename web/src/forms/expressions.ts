/**
 * The expression language of conditions: prefix arrays such as ["==", ["var", "/reply_form"], "paper"].
 * Python evaluates the same; tests/vectors/expressions.json holds both to one meaning.
 */
import { isEmpty, valueAt } from './pointer'
import type { Expression } from './types'

type Operator = (operands: Expression[], answers: unknown) => unknown

const OPERATORS: Record<string, Operator> = {
  var: ([pointer], answers) => valueAt(answers, String(pointer)),
  '==': ([left, right], answers) => same(value(left, answers), value(right, answers)),
  '!=': ([left, right], answers) => !same(value(left, answers), value(right, answers)),
  in: ([needle, haystack], answers) => contains(value(haystack, answers), value(needle, answers)),
  and: (operands, answers) => operands.every((operand) => truth(operand, answers)),
  or: (operands, answers) => operands.some((operand) => truth(operand, answers)),
  not: ([operand], answers) => !truth(operand, answers),
  '<': ([left, right], answers) => ordered(value(left, answers), value(right, answers)),
  '>': ([left, right], answers) => ordered(value(right, answers), value(left, answers)),
  empty: ([operand], answers) => isEmpty(value(operand, answers)),
}

/** Whether the condition holds. An expression that is not of this language throws. */
export function evaluate(expression: Expression, answers: unknown): boolean {
  return truth(expression, answers)
}

function truth(expression: Expression | undefined, answers: unknown): boolean {
  return value(expression, answers) === true
}

function value(expression: Expression | undefined, answers: unknown): unknown {
  if (!Array.isArray(expression)) return expression ?? null
  const [name, ...operands] = expression
  const operator = typeof name === 'string' && Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
  // An array that begins with no operator is a list of values, as the right side of "in".
  if (!operator) return expression.map((item) => value(item, answers))
  return operator(operands, answers)
}

function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]))
  }
  return left === right
}

function contains(haystack: unknown, needle: unknown): boolean {
  return Array.isArray(haystack) && haystack.some((item) => same(item, needle))
}

function ordered(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right
  if (typeof left === 'string' && typeof right === 'string') return left < right
  return false
}
