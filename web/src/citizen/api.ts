/** The citizen's calls, by what they mean. */
import { call, type Answer, type Options } from '../api/client'
import type {
  CardChallenge,
  CatalogueIndex,
  CheckedDraft,
  Draft,
  DraftHead,
  EmailChange,
  Home,
  Notice,
  Page,
  Profile,
  RequestDetail,
  RequestHead,
  ServicePage,
  Session,
  Terms,
} from '../api/types'
import type { AuthToken } from '../card/bridge'
import type { Answers } from '../forms/types'

type Reading = Pick<Options, 'signal' | 'background'>

async function get<T>(path: string, options: Reading = {}): Promise<T> {
  return (await call<T>('GET', path, options)).data
}

function pageQuery(cursor: string | null, limit = 20): string {
  return `limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`
}

const id = encodeURIComponent

export const readSession = (options?: Reading): Promise<Session> => get('/v1/session', options)

export async function signIn(email: string, password: string): Promise<Session> {
  return (await call<Session>('POST', '/v1/session', { body: { email, password } })).data
}

/** A nonce for the card to sign; it is good for one attempt from this browser. */
export async function askChallenge(): Promise<string> {
  return (await call<CardChallenge>('POST', '/v1/session/card/challenge')).data.nonce
}

export async function signInWithCard(token: AuthToken): Promise<Session> {
  return (await call<Session>('POST', '/v1/session/card', { body: { token } })).data
}

export async function giveContact(body: { email: string; mobile: string }): Promise<Session> {
  return (await call<Session>('PUT', '/v1/session/contact', { body })).data
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/v1/session')
}

export async function setPassword(body: { new_password: string; current_password?: string }): Promise<Session> {
  return (await call<Session>('PUT', '/v1/session/password', { body })).data
}

export const readTerms = (options?: Reading): Promise<Terms> => get('/v1/terms', options)

export async function acceptTerms(version: string): Promise<Session> {
  return (await call<Session>('POST', '/v1/terms/acceptances', { body: { version } })).data
}

export const readProfile = (options?: Reading): Promise<Answer<Profile>> => call('GET', '/v1/profile', options)

export const changeProfile = (change: Partial<Pick<Profile, 'mobile' | 'language'>>, ifMatch: string | null): Promise<Answer<Profile>> =>
  call('PATCH', '/v1/profile', { body: change, ifMatch })

export const changeEmail = (body: { new_email: string; current_password?: string }, idempotencyKey: string): Promise<Answer<EmailChange>> =>
  call('POST', '/v1/profile/email-changes', { body, idempotencyKey })

export const confirmEmail = (code: string, idempotencyKey: string): Promise<Answer<Profile>> =>
  call('POST', '/v1/profile/email-changes/confirmation', { body: { code }, idempotencyKey })

export const readHome = (options?: Reading): Promise<Home> => get('/v1/home', options)

/** The static file that the publisher writes; search runs over it in the browser. */
export async function readCatalogue(): Promise<CatalogueIndex> {
  catalogue ??= fetchCatalogue().catch((error: unknown) => {
    catalogue = null
    throw error
  })
  return catalogue
}

let catalogue: Promise<CatalogueIndex> | null = null

async function fetchCatalogue(): Promise<CatalogueIndex> {
  const response = await fetch('/catalogue/index.json', { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`catalogue: ${response.status}`)
  return (await response.json()) as CatalogueIndex
}

export const readService = (serviceId: string, options?: Reading): Promise<ServicePage> => get(`/v1/services/${id(serviceId)}`, options)

export const listDrafts = (cursor: string | null, options?: Reading): Promise<Page<DraftHead>> =>
  get(`/v1/drafts?${pageQuery(cursor)}`, options)

export const startDraft = (serviceId: string, idempotencyKey: string): Promise<Answer<Draft>> =>
  call('POST', '/v1/drafts', { body: { service_id: serviceId }, idempotencyKey })

export const readDraft = (draftId: string, options?: Reading): Promise<Answer<Draft>> => call('GET', `/v1/drafts/${id(draftId)}`, options)

export const saveDraft = (draftId: string, body: { answers: Answers; page: string }, ifMatch: string | null): Promise<Answer<Draft>> =>
  call('PUT', `/v1/drafts/${id(draftId)}`, { body, ifMatch })

export const checkDraft = (draftId: string, ifMatch: string | null): Promise<Answer<CheckedDraft>> =>
  call('POST', `/v1/drafts/${id(draftId)}/check`, { body: {}, ifMatch })

export async function deleteDraft(draftId: string, ifMatch: string | null): Promise<void> {
  await call('DELETE', `/v1/drafts/${id(draftId)}`, { ifMatch })
}

export const sendDraft = (draftId: string, ifMatch: string | null, idempotencyKey: string): Promise<Answer<RequestHead>> =>
  call('POST', '/v1/requests', { body: { draft_id: draftId }, ifMatch, idempotencyKey })

export const listRequests = (cursor: string | null, options?: Reading): Promise<Page<RequestHead>> =>
  get(`/v1/requests?${pageQuery(cursor)}`, options)

export const readRequest = (requestId: string, options?: Reading): Promise<RequestDetail> => get(`/v1/requests/${id(requestId)}`, options)

export function attachmentUrl(requestId: string, messageId: string, index: number): string {
  return `/api/v1/requests/${id(requestId)}/messages/${id(messageId)}/attachments/${index}`
}

export const listNotices = (cursor: string | null, options?: Reading): Promise<Page<Notice>> =>
  get(`/v1/notices?${pageQuery(cursor)}`, options)

export async function markRead(noticeId: string): Promise<void> {
  await call('POST', `/v1/notices/${id(noticeId)}/read`, { body: {} })
}
