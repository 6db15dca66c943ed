import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '../../api/types'
import type { Answers, Field } from '../../forms/types'
import { answered, remove } from './version'

afterEach(() => vi.unstubAllGlobals())

const field = (name: string, more: Partial<Field> = {}): Field => ({ path: `/${name}`, widget: 'text', label: { ka: name, en: name }, ...more })
const PAGES = [
  { id: 'a', title: { ka: '', en: '' }, fields: [field('form'), field('address', { show_if: ['==', ['var', '/form'], 'paper'] })] },
  { id: 'b', title: { ka: '', en: '' }, fields: [field('subject'), field('note')] },
]
const draft = (answers: Answers): Draft => ({ draft_id: 'drf_1', answers, service: { form: { schema: {}, pages: PAGES } } }) as unknown as Draft

function server(...answers: [number, unknown?, string?][]): ReturnType<typeof vi.fn> {
  const fetch = vi.fn(async () => {
    const [status, body, etag] = answers.shift()!
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: etag ? { ETag: etag } : {} })
  })
  vi.stubGlobal('fetch', fetch)
  return fetch
}

const problem = (code: string, more: object = {}): object => ({ type: `urn:karibche:problem:${code}`, title: code, ...more })

describe('what is lost with a draft', () => {
  it('are the answers to questions that are asked', () => {
    expect(answered(draft({}))).toBe(0)
    expect(answered(draft({ form: 'paper', address: 'x', subject: 'y' }))).toBe(3)
    expect(answered(draft({ form: 'electronic', address: 'x', subject: 'y', note: '' }))).toBe(2)
  })
})

describe('a draft is deleted', () => {
  const known = { current: draft({}), etag: '"3"' }

  it('in the version that the person knows', async () => {
    const fetch = server([204])
    expect(await remove(known)).toBe('deleted')
    const [url, init] = fetch.mock.calls[0] as [string, RequestInit]
    expect([url, init.method, (init.headers as Record<string, string>)['If-Match']]).toEqual(['/api/v1/drafts/drf_1', 'DELETE', '"3"'])
  })

  it('only once', async () => {
    server([404, problem('not-found')])
    expect(await remove(known)).toBe('gone')
  })

  it('not if another window has changed it: its version comes back', async () => {
    const current = draft({ subject: 'new' })
    server([412, problem('draft-changed', { current, etag: '"4"' })])
    expect(await remove(known)).toEqual({ current, etag: '"4"' })
  })

  it('not if a refusal says nothing of the version, which is then read', async () => {
    server([412, problem('draft-changed')], [200, draft({ subject: 'new' }), '"5"'])
    expect(await remove(known)).toMatchObject({ etag: '"5"' })
    server([412, problem('draft-changed')], [404, problem('not-found')])
    expect(await remove(known)).toBe('gone')
  })

  it('or the failure is told', async () => {
    server([500, problem('internal')])
    await expect(remove(known)).rejects.toMatchObject({ code: 'internal' })
  })
})
