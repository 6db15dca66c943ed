/** The operator's calls, by what they mean. */
import { call, type Answer } from '../api/client'
import type { FoundCitizen, NewCitizen, OneTimePassword, OperatorSession } from '../api/types'

export async function readSession(): Promise<OperatorSession> {
  return (await call<OperatorSession>('GET', '/v1/operator/session')).data
}

export async function signIn(body: { email: string; password: string; code: string }): Promise<OperatorSession> {
  return (await call<OperatorSession>('POST', '/v1/operator/session', { body })).data
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/v1/operator/session')
}

export const registerCitizen = (body: NewCitizen, idempotencyKey: string): Promise<Answer<OneTimePassword>> =>
  call('POST', '/v1/operator/citizens', { body, idempotencyKey })

/** The personal number travels in the body, so that it stands in no address and no log. */
export const findCitizen = (personalNumber: string): Promise<Answer<FoundCitizen>> =>
  call('POST', '/v1/operator/citizens/lookup', { body: { personal_number: personalNumber } })

export const issuePassword = (citizenId: string, idempotencyKey: string): Promise<Answer<OneTimePassword>> =>
  call('POST', `/v1/operator/citizens/${encodeURIComponent(citizenId)}/one-time-password`, { body: {}, idempotencyKey })
