/** What the API answers. Times are ISO 8601 in UTC. */
import type { Lang, Localised } from '../i18n'
import type { Answers, ServiceForm } from '../forms/types'

export interface Person {
  first_name: string
  last_name: string
}

export type SessionState = 'signed-out' | 'new-password' | 'contact' | 'terms' | 'ready'

export interface Session {
  state: SessionState
  citizen?: Person
  assurance?: 'low' | 'substantial' | 'high'
  unread_notices?: number
}

export interface CardChallenge {
  nonce: string
  expires_at: string
}

export interface TermsText {
  title: string
  sections: { heading: string; paragraphs: string[] }[]
}

export type Terms = { version: string; date: string } & Record<Lang, TermsText>

export interface Profile extends Person {
  personal_number: string
  email: string
  mobile: string
  email_change: EmailChange | null
  language: Lang
  /** Somebody who registered with the card may not have chosen a password yet. */
  has_password: boolean
}

export interface EmailChange {
  new_email: string
  expires_at: string
}

export interface Category {
  id: string
  title: Localised
  summary: Localised
}

export interface Provider {
  id: string
  name: Localised
}

export interface ServiceHead {
  id: string
  version: number
  title: Localised
  summary: Localised
  category: string
  keywords: Record<Lang, string[]>
  addressees: string[]
  assurance: 'low' | 'substantial' | 'high'
  signature: 'none' | 'qualified' | 'qualified-or-seal'
  deadline: Deadline
  fee: Fee
}

export interface Deadline {
  days: number
  calendar: 'working' | 'calendar'
  text: Localised
}

export interface Fee {
  amount: string
  text: Localised
}

export interface CatalogueIndex {
  categories: Category[]
  providers: Provider[]
  services: ServiceHead[]
}

export interface Service extends ServiceHead {
  description: Record<Lang, string[]>
  result: Localised
  legal_basis: { title: Localised; url: string }[]
  applicant: (keyof Applicant)[]
  form: ServiceForm
}

export interface Applicant extends Person {
  personal_number: string
  email: string
  mobile: string
}

export interface ServicePage {
  service: Service
  missing: ('card' | 'signature')[]
  drafts?: DraftHead[]
}

export interface DraftHead {
  draft_id: string
  service_id: string
  service_title: Localised
  addressee: string | null
  addressee_name: Localised | null
  page: string | null
  updated_at: string
  expires_at: string
}

export interface Draft extends DraftHead {
  answers: Answers
  service: Service
  applicant: Partial<Applicant>
}

export interface ApplicationBytes {
  text: string
  sha256: string
  size: number
}

export interface CheckedDraft {
  draft_id: string
  application: ApplicationBytes
  answers: Answers
  applicant: Partial<Applicant>
  addressee_name: Localised | null
}

export type RequestState = 'sent' | 'received' | 'answered'

export interface RequestHead {
  request_id: string
  registration_number: string
  service_id: string
  service_title: Localised
  addressee: string
  addressee_name: Localised
  state: RequestState
  submitted_at: string
  received_at: string | null
  answered_at: string | null
}

export interface Attachment {
  index: number
  name: string
  media_type: string
  size: number
  sha256: string
}

export interface Message {
  message_id: string
  kind: 'answer'
  received_at: string
  media_type: string
  text: string
  sha256: string
  attachments: Attachment[]
}

export interface RequestDetail extends RequestHead {
  application: ApplicationBytes
  messages: Message[]
  service: Service
}

export type NoticeKind =
  | 'request-sent'
  | 'request-received'
  | 'request-answered'
  | 'email-changed'
  | 'password-changed'
  | 'registered-by-card'
  | 'card-joined'

export interface Notice {
  notice_id: string
  kind: NoticeKind
  created_at: string
  read_at: string | null
  params: { registration_number?: string; request_id?: string; service_title?: Localised }
}

export interface Home {
  citizen: Person
  drafts: DraftHead[]
  requests: RequestHead[]
  notices: Notice[]
  unread_notices: number
}

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export interface OperatorSession {
  state: 'signed-out' | 'ready'
  operator?: { email: string }
}

export interface NewCitizen extends Applicant {
  application_signed: boolean
}

export interface OneTimePassword {
  citizen_id: string
  one_time_password: string | null
  expires_at: string
  repeated: boolean
}

export interface FoundCitizen extends Person {
  citizen_id: string
  email: string
  mobile: string
  one_time_password_pending: boolean
}
