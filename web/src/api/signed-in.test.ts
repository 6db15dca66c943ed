import { expect, it, vi } from 'vitest'
import { Problem } from './client'
import { withSignIn } from './signed-in'

const problem = (status: number, code: string): Problem => new Problem(status, code, '', [], {}, null)

it('an action that finds the session ended goes on after the sign-in', async () => {
  const action = vi.fn().mockRejectedValueOnce(problem(401, 'signed-out')).mockRejectedValueOnce(problem(401, 'signed-out')).mockResolvedValue('saved')
  const ask = vi.fn().mockResolvedValue(true)
  expect(await withSignIn(action, ask)).toBe('saved')
  expect([action.mock.calls.length, ask.mock.calls.length]).toEqual([3, 2])
})

it('an action is given up when the person does not sign in', async () => {
  const action = vi.fn().mockRejectedValue(problem(401, 'signed-out'))
  expect(await withSignIn(action, async () => false)).toBeNull()
  expect(action).toHaveBeenCalledOnce()
})

it.each(['assurance-too-low', 'fresh-sign-in-required'] as const)('an action that is refused as %s goes on after a sign-in', async (code) => {
  const action = vi.fn().mockRejectedValueOnce(problem(403, code)).mockResolvedValue('saved')
  const ask = vi.fn().mockResolvedValue(true)
  expect(await withSignIn(action, ask)).toBe('saved')
  expect(ask).toHaveBeenCalledExactlyOnceWith(code)
})

it('any other refusal is the page’s own matter', async () => {
  const ask = vi.fn()
  await expect(withSignIn(() => Promise.reject(problem(412, 'profile-changed')), ask)).rejects.toMatchObject({ code: 'profile-changed' })
  expect(ask).not.toHaveBeenCalled()
})
