import { expect, it } from 'vitest'
import { Intention } from './intention'
import { pollDelay } from './poll'

function counted(): () => string {
  let n = 0
  return () => `key ${(n += 1)}`
}

it('an intention keeps its key as long as the content is the same', () => {
  const intention = new Intention(counted())
  expect(intention.keyFor({ a: 1 })).toBe('key 1')
  expect(intention.keyFor({ a: 1 })).toBe('key 1')
  expect(intention.keyFor({ a: 2 })).toBe('key 2')
})

it('an intention that has had its effect is another one next time', () => {
  const intention = new Intention(counted())
  intention.keyFor('x')
  intention.done()
  expect(intention.keyFor('x')).toBe('key 2')
})

it('polls every 5 s for two minutes, then every 30 s', () => {
  expect([0, 5_000, 119_999, 120_000, 600_000].map(pollDelay)).toEqual([5_000, 5_000, 5_000, 30_000, 30_000])
})
