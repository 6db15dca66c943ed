import { afterEach, describe, expect, it, vi } from 'vitest'
import { setWords } from '../i18n'
import { call, isProblem, Problem, Unreachable } from './client'

afterEach(() => vi.unstubAllGlobals())

function answer(response: Response | Error): ReturnType<typeof vi.fn> {
  const fetch = vi.fn(async () => {
    if (response instanceof Error) throw response
    return response
  })
  vi.stubGlobal('fetch', fetch)
  return fetch
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers })

describe('call', () => {
  it('sends what the contract asks for', async () => {
    setWords('en')
    const fetch = answer(json(201, { ok: true }, { ETag: '"3"' }))
    const got = await call('POST', '/v1/requests', { body: { draft_id: 'd' }, ifMatch: '"2"', idempotencyKey: 'k', background: true })
    const [url, init] = fetch.mock.calls[0] as [string, RequestInit]
    expect(url).toBe('/api/v1/requests')
    expect(init.headers).toEqual({
      Accept: 'application/json',
      'Accept-Language': 'en',
      'Content-Type': 'application/json',
      'If-Match': '"2"',
      'Idempotency-Key': 'k',
      'Karibche-Background': '1',
    })
    expect(init.body).toBe('{"draft_id":"d"}')
    expect(got).toEqual({ status: 201, data: { ok: true }, etag: '"3"' })
  })

  it('tells a problem by its code, with its fields and how long to wait', async () => {
    const errors = [{ pointer: '/email', code: 'taken' }]
    answer(json(409, { type: 'urn:karibche:problem:person-exists', title: 'T', errors }, { 'Retry-After': '90' }))
    const error = await call('POST', '/v1/x').catch((found: unknown) => found)
    expect(error).toBeInstanceOf(Problem)
    expect(isProblem(error, 'person-exists')).toBe(true)
    expect(isProblem(error, 'signed-out')).toBe(false)
    expect(error).toMatchObject({ status: 409, title: 'T', errors, retryAfter: 90 })
  })

  it.each([
    ['no network', new TypeError('fetch failed')],
    ['an answer that is not JSON', new Response('<html>', { status: 200 })],
    ['an error of somebody else', json(502, { message: 'Bad Gateway' })],
  ])('calls %s unreachable', async (_, response) => {
    answer(response)
    await expect(call('GET', '/v1/x')).rejects.toBeInstanceOf(Unreachable)
  })

  it('takes 204 for an answer', async () => {
    answer(new Response(null, { status: 204 }))
    expect((await call('DELETE', '/v1/session')).data).toBeNull()
  })

  it('says nothing of a call that the page gave up', async () => {
    const abort = new AbortController()
    abort.abort()
    answer(new DOMException('aborted', 'AbortError'))
    await expect(call('GET', '/v1/x', { signal: abort.signal })).rejects.not.toBeInstanceOf(Unreachable)
  })
})
