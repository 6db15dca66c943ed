/** HTTP of the site: JSON in, JSON or problem+json out (RFC 9457). */
import { lang } from '../i18n'

export interface FieldError {
  pointer: string
  code: string
  message?: string
  page?: string
}

/** The server's answer when it refuses; `code` is stable, `title` is in the page's language. */
export class Problem extends Error {
  override readonly name = 'Problem'
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly errors: FieldError[],
    readonly body: Readonly<Record<string, unknown>>,
    readonly retryAfter: number | null,
  ) {
    super(`${status} ${code}`)
  }
}

/** No usable answer came: no network, a time-out, or an answer that is not ours. A retry may help. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

export interface Options {
  body?: unknown
  ifMatch?: string | null
  idempotencyKey?: string
  /** A poll: it does not prolong the session. */
  background?: boolean
  signal?: AbortSignal
}

export interface Answer<T> {
  status: number
  data: T
  etag: string | null
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const TIMEOUT_MS = 30_000
const PROBLEM_TYPE = 'urn:karibche:problem:'

export async function call<T>(method: Method, path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await fetchOrFail(method, path, options)
  const body = await readJson(response)
  if (!response.ok) throw problemOf(response, body)
  return { status: response.status, data: body as T, etag: response.headers.get('ETag') }
}

async function fetchOrFail(method: Method, path: string, options: Options): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    return await fetch(`/api${path}`, {
      method,
      headers: headersOf(options),
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    throw new Unreachable('no answer', { cause })
  }
}

function headersOf(options: Options): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': lang() }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.ifMatch) headers['If-Match'] = options.ifMatch
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
  if (options.background) headers['Karibche-Background'] = '1'
  return headers
}

async function readJson(response: Response): Promise<unknown> {
  if (response.status === 204) return null
  try {
    return await response.json()
  } catch (cause) {
    throw new Unreachable(`${response.status} without JSON`, { cause })
  }
}

function problemOf(response: Response, body: unknown): Problem | Unreachable {
  if (typeof body !== 'object' || body === null) return new Unreachable(`${response.status}`)
  const fields = body as Record<string, unknown>
  const type = String(fields['type'] ?? '')
  if (!type.startsWith(PROBLEM_TYPE)) return new Unreachable(`${response.status} of unknown type`)
  const retryAfter = Number(response.headers.get('Retry-After'))
  return new Problem(
    response.status,
    type.slice(PROBLEM_TYPE.length),
    String(fields['title'] ?? ''),
    Array.isArray(fields['errors']) ? (fields['errors'] as FieldError[]) : [],
    fields,
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
  )
}

export function isProblem(error: unknown, code: string): error is Problem {
  return error instanceof Problem && error.code === code
}
