/**
 * The API in memory, and the built site beside it: enough to click through every screen without a back end.
 *
 *   node tests/mock-server.mjs [port]
 *
 * A citizen signs in with nino@posta.example and any password of fifteen characters; `one-time` as the
 * password gives a session that still needs a new password and the terms. Any token of a card agent signs the
 * same citizen in, who is asked for mobile and e-mail first where `/mock/newcomer` was called. An operator signs
 * in with any e-mail, any password and the code 123456.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WEB = fileURLToPath(new URL('..', import.meta.url))
const CATALOGUE = join(WEB, '../catalogue')
const DIST = join(WEB, 'dist')
const ROUTES = JSON.parse(readFileSync(join(WEB, 'routes.json'), 'utf8'))
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
}
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const later = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString()
const now = () => later(0)

function catalogue() {
  const folders = readdirSync(CATALOGUE, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const files = folders.flatMap(({ name }) => readdirSync(join(CATALOGUE, name)).map((file) => join(CATALOGUE, name, file)))
  const providers = files.filter((file) => file.endsWith('provider.json')).map(read)
  const services = files.filter((file) => file.endsWith('.json') && !file.endsWith('provider.json')).map(read)
  const options = providers.map(({ id, name }) => ({ value: id, label: name }))
  for (const service of services) {
    for (const field of service.form.pages.flatMap((page) => page.fields)) {
      if (field.widget === 'addressee') field.options = options.filter(({ value }) => service.addressees.includes(value))
    }
  }
  return { categories: read(join(CATALOGUE, 'categories.json')), providers, services }
}

const { categories, providers, services } = catalogue()
const serviceOf = (id) => services.find((service) => service.id === id)
const nameOf = (id) => providers.find((provider) => provider.id === id)?.name ?? null

const TERMS_TEXT = {
  ka: { title: 'წესი და პირობები', heading: 'ვისთვის არის პორტალი', text: 'პორტალით სარგებლობა ყველა დარეგისტრირებულ მოქალაქეს შეუძლია.' },
  en: { title: 'Terms of use', heading: 'Who the portal is for', text: 'Every registered citizen may use the portal.' },
}
const terms = () => ({
  version: '2026-11-24',
  date: '2026-11-24',
  ...Object.fromEntries(
    Object.entries(TERMS_TEXT).map(([language, { title, heading, text }]) => [language, { title, sections: [{ heading, paragraphs: [text, text] }] }]),
  ),
})

function freshWorld() {
  return {
    session: { state: 'signed-out' },
    operator: { state: 'signed-out' },
    password: null,
    profile: { first_name: 'ნინო', last_name: 'ბერიძე', personal_number: '01001012345', email: 'nino@posta.example', mobile: '599010203', language: 'ka', email_change: null, has_password: true },
    profileVersion: 1,
    /** The nonce that the card has to sign, and whether the card's holder has never been here. */
    challenge: null,
    newcomer: false,
    drafts: new Map(),
    begun: 0,
    requests: new Map(),
    notices: [],
    keys: new Map(),
    citizens: new Map([['01001012345', { citizen_id: 'cit_1', first_name: 'ნინო', last_name: 'ბერიძე', email: 'nino@posta.example', mobile: '599010203', one_time_password_pending: false }]]),
    /** Faults that a test asks for: {"GET /v1/terms": "internal"} answers that problem once. */
    faults: new Map(),
    calls: [],
  }
}

let world = freshWorld()

class Refusal extends Error {
  constructor(status, code, more = {}) {
    super(code)
    Object.assign(this, { status, code, more })
  }
}

const invalid = (errors) => new Refusal(422, 'validation-failed', { errors: errors.map((error) => ({ message: error.code, ...error })) })
const person = () => ({ first_name: world.profile.first_name, last_name: world.profile.last_name })
const unread = () => world.notices.filter((notice) => !notice.read_at).length

function sessionShape() {
  const { state, assurance = 'low' } = world.session
  return state === 'signed-out' ? { state } : { state, citizen: person(), assurance, unread_notices: unread() }
}

function needCitizen() {
  const { state } = world.session
  if (state === 'signed-out') throw new Refusal(401, 'signed-out')
  if (state === 'new-password') throw new Refusal(403, 'new-password-required')
  if (state === 'contact') throw new Refusal(403, 'contact-required')
  if (state === 'terms') throw new Refusal(403, 'terms-required')
}

const high = () => world.session.assurance === 'high'

/** The current password, or a sign-in with the card that is not long ago. */
function needProof(body) {
  if (body.current_password === 'wrong') throw new Refusal(422, 'current-password-wrong', { errors: [{ pointer: '/current_password', code: 'wrong' }] })
  if (body.current_password === undefined && world.session.state === 'ready' && !(high() && world.session.fresh)) throw new Refusal(403, 'fresh-sign-in-required')
}

function needOperator() {
  if (world.operator.state === 'signed-out') throw new Refusal(401, 'signed-out')
}

function draftHead(draft) {
  const service = serviceOf(draft.service_id)
  const addressee = draft.answers.addressee ?? null
  const { draft_id, service_id, page, updated_at, expires_at } = draft
  return { draft_id, service_id, service_title: service.title, addressee, addressee_name: nameOf(addressee), page, updated_at, expires_at }
}

const ownDrafts = () => [...world.drafts.values()].reverse().map(draftHead)

function newDraft(service_id, answers = {}) {
  const draft = { draft_id: `drf_${(world.begun += 1)}`, service_id, answers, page: null, updated_at: now(), expires_at: later(60 * 24 * 30), version: 1 }
  world.drafts.set(draft.draft_id, draft)
  return draft
}

function draftShape(draft) {
  const { first_name, last_name, personal_number, email, mobile } = world.profile
  return { ...draftHead(draft), answers: draft.answers, service: serviceOf(draft.service_id), applicant: { first_name, last_name, personal_number, email, mobile } }
}

const etagOf = (thing) => `"${thing.version}"`

function draftFor(id, ifMatch) {
  const draft = world.drafts.get(id)
  if (!draft) throw new Refusal(404, 'not-found')
  if (ifMatch !== undefined && ifMatch !== etagOf(draft)) {
    throw new Refusal(412, 'draft-changed', { current: draftShape(draft), etag: etagOf(draft) })
  }
  return draft
}

function visibleErrors({ form }, answers) {
  const errors = []
  for (const page of form.pages) {
    for (const field of page.fields) {
      const name = field.path.slice(1)
      const hidden = field.show_if && !(field.show_if[0] === '==' && answers[field.show_if[1][1].slice(1)] === field.show_if[2])
      if (!hidden && form.schema.required.includes(name) && !answers[name]) errors.push({ pointer: field.path, code: 'required', page: page.id })
    }
  }
  return errors
}

function notice(kind, request) {
  const params = request ? { request_id: request.request_id, registration_number: request.registration_number, service_title: serviceOf(request.service_id).title } : {}
  world.notices.unshift({ notice_id: `ntc_${randomUUID()}`, kind, created_at: now(), read_at: null, params })
}

function requestHead(request) {
  const { application, messages, ...head } = request
  return { ...head, service_title: serviceOf(request.service_id).title, addressee_name: nameOf(request.addressee) }
}

/** What a provider does: receipt, then answer. */
function advance(request) {
  if (request.state === 'sent') {
    Object.assign(request, { state: 'received', received_at: now() })
    notice('request-received', request)
  } else if (request.state === 'received') {
    const text = 'გიგზავნით მოთხოვნილ ინფორმაციას.\n\nპასუხს დანართი ახლავს.'
    const attachment = { index: 0, name: 'პასუხი № 04-5812.pdf', media_type: 'application/pdf', size: 219_136, sha256: sha256('attachment') }
    const message = { message_id: 'msg_1', kind: 'answer', received_at: now(), media_type: 'text/plain', text, sha256: sha256(text), attachments: [attachment] }
    Object.assign(request, { state: 'answered', answered_at: now(), messages: [message] })
    notice('request-answered', request)
  }
}

const ROUTE_TABLE = [
  ['GET', '/v1/session', () => sessionShape()],
  ['POST', '/v1/session', ({ body }) => {
    if (body.email !== world.profile.email || !(body.password === 'one-time' || body.password.length >= 15)) throw new Refusal(401, 'sign-in-failed')
    world.session = { state: body.password === 'one-time' ? 'new-password' : 'ready' }
    return sessionShape()
  }],
  ['POST', '/v1/session/card/challenge', ({ reply }) => {
    reply.status = 201
    world.challenge = randomBytes(32).toString('base64')
    return { nonce: world.challenge, expires_at: later(5) }
  }],
  ['POST', '/v1/session/card', ({ body }) => {
    const challenge = world.challenge
    world.challenge = null
    if (!challenge) throw new Refusal(409, 'challenge-gone')
    if (!body.token?.signature) throw new Refusal(422, 'card-token-invalid')
    world.session = { state: world.newcomer ? 'contact' : 'ready', assurance: 'high', fresh: true }
    return sessionShape()
  }],
  ['PUT', '/v1/session/contact', ({ body }) => {
    if (world.session.state !== 'contact') throw new Refusal(401, 'signed-out')
    if (body.email.startsWith('taken')) throw invalid([{ pointer: '/email', code: 'taken' }])
    Object.assign(world.profile, { email: body.email, mobile: body.mobile, has_password: false })
    world.newcomer = false
    world.session.state = 'terms'
    notice('registered-by-card')
    return sessionShape()
  }],
  ['DELETE', '/v1/session', () => void (world.session = { state: 'signed-out' })],
  ['PUT', '/v1/session/password', ({ body }) => {
    if (world.session.state === 'signed-out') throw new Refusal(401, 'signed-out')
    if (body.new_password.includes('password')) throw invalid([{ pointer: '/new_password', code: 'too-common' }])
    needProof(body)
    world.profile.has_password = true
    if (world.session.state === 'new-password') world.session = { state: 'terms' }
    return sessionShape()
  }],
  ['GET', '/v1/terms', () => terms()],
  ['POST', '/v1/terms/acceptances', () => {
    world.session.state = 'ready'
    return sessionShape()
  }],
  ['GET', '/v1/profile', ({ reply }) => {
    needCitizen()
    reply.etag = `"${world.profileVersion}"`
    return world.profile
  }],
  ['PATCH', '/v1/profile', ({ body, reply, ifMatch }) => {
    needCitizen()
    if (ifMatch !== `"${world.profileVersion}"`) throw new Refusal(412, 'profile-changed')
    Object.assign(world.profile, body)
    world.profileVersion += 1
    reply.etag = `"${world.profileVersion}"`
    return world.profile
  }],
  ['POST', '/v1/profile/email-changes', ({ body, reply }) => {
    needCitizen()
    needProof(body)
    reply.status = 202
    world.profile.email_change = { new_email: body.new_email, expires_at: later(15) }
    return world.profile.email_change
  }],
  ['POST', '/v1/profile/email-changes/confirmation', ({ body, reply }) => {
    needCitizen()
    if (body.code !== '123456') throw new Refusal(422, 'email-code-wrong', { errors: [{ pointer: '/code', code: 'wrong' }] })
    world.profile.email = world.profile.email_change.new_email
    world.profile.email_change = null
    world.profileVersion += 1
    reply.etag = `"${world.profileVersion}"`
    return world.profile
  }],
  ['GET', '/v1/home', () => {
    needCitizen()
    return {
      citizen: person(),
      drafts: ownDrafts().slice(0, 5),
      requests: [...world.requests.values()].reverse().slice(0, 5).map(requestHead),
      notices: world.notices.slice(0, 5),
      unread_notices: unread(),
    }
  }],
  ['GET', '/v1/services/:id', ({ params }) => {
    const service = serviceOf(params.id)
    if (!service) throw new Refusal(404, 'not-found')
    const missing = [...(service.assurance === 'high' && !high() ? ['card'] : []), ...(service.signature === 'none' ? [] : ['signature'])]
    const own = ownDrafts().filter((draft) => draft.service_id === service.id)
    return { service, missing, ...(world.session.state === 'ready' ? { drafts: own } : {}) }
  }],
  ['GET', '/v1/drafts', ({ query }) => {
    needCitizen()
    const [from, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit') ?? 20)]
    const own = ownDrafts()
    return { items: own.slice(from, from + limit), next_cursor: own.length > from + limit ? String(from + limit) : null }
  }],
  ['POST', '/v1/drafts', ({ body, reply }) => {
    needCitizen()
    const draft = newDraft(body.service_id)
    Object.assign(reply, { status: 201, etag: etagOf(draft) })
    return draftShape(draft)
  }],
  ['GET', '/v1/drafts/:id', ({ params, reply }) => {
    needCitizen()
    const draft = draftFor(params.id)
    reply.etag = etagOf(draft)
    return draftShape(draft)
  }],
  ['PUT', '/v1/drafts/:id', ({ params, body, reply, ifMatch }) => {
    needCitizen()
    const draft = draftFor(params.id, ifMatch)
    Object.assign(draft, { answers: body.answers, page: body.page, updated_at: now(), version: draft.version + 1 })
    reply.etag = etagOf(draft)
    return draftShape(draft)
  }],
  ['POST', '/v1/drafts/:id/check', ({ params, reply, ifMatch }) => {
    needCitizen()
    const draft = draftFor(params.id, ifMatch)
    if (serviceOf(draft.service_id).assurance === 'high' && !high()) throw new Refusal(403, 'assurance-too-low')
    const errors = visibleErrors(serviceOf(draft.service_id), draft.answers)
    if (errors.length > 0) throw invalid(errors)
    const { applicant, addressee_name } = draftShape(draft)
    const { id, version } = serviceOf(draft.service_id)
    const text = JSON.stringify({ service: { id, version }, addressee: draft.answers.addressee, applicant, answers: draft.answers })
    draft.version += 1
    draft.application = { text, sha256: sha256(text), size: Buffer.byteLength(text) }
    reply.etag = etagOf(draft)
    return { draft_id: draft.draft_id, application: draft.application, answers: draft.answers, applicant, addressee_name }
  }],
  ['DELETE', '/v1/drafts/:id', ({ params, ifMatch }) => {
    needCitizen()
    world.drafts.delete(draftFor(params.id, ifMatch).draft_id)
  }],
  ['POST', '/v1/requests', ({ body, reply, ifMatch }) => {
    needCitizen()
    const draft = draftFor(body.draft_id, ifMatch)
    world.drafts.delete(draft.draft_id)
    const serial = String(world.requests.size + 1)
    const request = {
      request_id: `req_${serial}`,
      registration_number: `2026-1184027${serial}-5`,
      service_id: draft.service_id,
      addressee: draft.answers.addressee,
      state: 'sent',
      submitted_at: now(),
      received_at: null,
      answered_at: null,
      application: draft.application,
      messages: [],
    }
    world.requests.set(request.request_id, request)
    notice('request-sent', request)
    reply.status = 201
    return requestHead(request)
  }],
  ['GET', '/v1/requests', () => {
    needCitizen()
    return { items: [...world.requests.values()].reverse().map(requestHead), next_cursor: null }
  }],
  ['GET', '/v1/requests/:id', ({ params }) => {
    needCitizen()
    const request = world.requests.get(params.id)
    if (!request) throw new Refusal(404, 'not-found')
    return { ...requestHead(request), application: request.application, messages: request.messages, service: serviceOf(request.service_id) }
  }],
  ['GET', '/v1/notices', () => {
    needCitizen()
    return { items: world.notices, next_cursor: null }
  }],
  ['POST', '/v1/notices/:id/read', ({ params }) => {
    needCitizen()
    const found = world.notices.find((item) => item.notice_id === params.id)
    if (!found) throw new Refusal(404, 'not-found')
    found.read_at ??= now()
  }],
  ['GET', '/v1/operator/session', () => world.operator],
  ['POST', '/v1/operator/session', ({ body }) => {
    if (body.code !== '123456') throw new Refusal(401, 'operator-sign-in-failed')
    world.operator = { state: 'ready', operator: { email: body.email } }
    return world.operator
  }],
  ['DELETE', '/v1/operator/session', () => void (world.operator = { state: 'signed-out' })],
  ['POST', '/v1/operator/citizens', ({ body, reply }) => {
    needOperator()
    if (world.citizens.has(body.personal_number)) {
      throw new Refusal(409, 'person-exists', { errors: [{ pointer: '/personal_number', code: 'taken', message: '' }] })
    }
    const citizen_id = `cit_${world.citizens.size + 1}`
    world.citizens.set(body.personal_number, { ...body, citizen_id, one_time_password_pending: true })
    reply.status = 201
    return { citizen_id, one_time_password: 'k7mt-4wqz-9hvd-2xbn', expires_at: later(60 * 24 * 14), repeated: false }
  }],
  ['POST', '/v1/operator/citizens/lookup', ({ body }) => {
    needOperator()
    const found = world.citizens.get(body.personal_number)
    if (!found) throw new Refusal(404, 'not-found')
    return found
  }],
  ['POST', '/v1/operator/citizens/:id/one-time-password', ({ params, reply }) => {
    needOperator()
    reply.status = 201
    return { citizen_id: params.id, one_time_password: 'p3rx-8cfy-6jnk-5twq', expires_at: later(60 * 24 * 14), repeated: false }
  }],
]

function match(pattern, path) {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return null
  const params = {}
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(given[index])
    else if (part !== given[index]) return null
  }
  return params
}

/** Levers of a test: a fresh world, a fault to come, a session that ends, a provider that goes on. */
const CONTROLS = {
  reset: () => void (world = freshWorld()),
  fault: ({ call, code }) => void world.faults.set(call, code),
  'end-session': () => void (world.session = { state: 'signed-out' }),
  ready: () => void (world.session = { state: 'ready' }),
  /** Signed in with the card; `fresh` says whether that is less than a quarter of an hour ago. */
  card: ({ fresh = true, has_password = true }) => {
    world.session = { state: 'ready', assurance: 'high', fresh }
    world.profile.has_password = has_password
  },
  newcomer: () => void (world.newcomer = true),
  operator: () => void (world.operator = { state: 'ready', operator: { email: 'tamar@karibche.example' } }),
  advance: () => [...world.requests.values()].forEach(advance),
  'answer-elsewhere': () => void [...world.requests.values()].forEach((request) => notice('request-answered', request)),
  notice: ({ kind }) => notice(kind),
  'end-desk': () => void (world.operator = { state: 'signed-out' }),
  drafts: ({ count }) => {
    const addressees = serviceOf('public-information').addressees
    for (let n = 0; n < count; n += 1) newDraft('public-information', { addressee: addressees[n % addressees.length], subject: `თემა ${n}` })
  },
  'lose-draft': ({ draft_id }) => void world.drafts.delete(draft_id),
  'edit-draft': ({ draft_id, answers }) => {
    const draft = world.drafts.get(draft_id)
    Object.assign(draft, { answers: { ...draft.answers, ...answers }, version: draft.version + 1, updated_at: now() })
  },
  calls: () => world.calls,
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return text ? JSON.parse(text) : {}
}

const FAULTS = { internal: 500, 'too-many-attempts': 429, 'card-of-another': 403, 'card-status-unknown': 503 }

async function serveApi(request, response, path, query) {
  const { method, headers } = request
  const body = await bodyOf(request)
  const call = `${method} ${path}`
  world.calls.push({ call, key: headers['idempotency-key'] ?? null, background: headers['karibche-background'] ?? null })
  const fault = world.faults.get(call)
  world.faults.delete(call)
  const reply = { status: 200, etag: null }
  try {
    if (fault) throw new Refusal(FAULTS[fault] ?? 422, fault)
    // The effect of a key happens once; a later attempt gets the same answer.
    const key = headers['idempotency-key'] && `${call} ${headers['idempotency-key']}`
    const kept = key && world.keys.get(key)
    const answer = kept ?? handle(method, path, { body, query, reply, ifMatch: headers['if-match'] ?? null })
    if (key) world.keys.set(key, answer)
    if (reply.etag) response.setHeader('ETag', reply.etag)
    send(response, answer === undefined ? 204 : reply.status, answer)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const problem = { type: `urn:karibche:problem:${error.code}`, title: error.code, status: error.status, ...error.more }
    response.setHeader('Content-Type', 'application/problem+json')
    send(response, error.status, problem)
  }
}

function handle(method, path, context) {
  for (const [verb, pattern, action] of ROUTE_TABLE) {
    const params = verb === method && match(pattern, path)
    if (params) return action({ ...context, params })
  }
  throw new Refusal(404, 'not-found')
}

function send(response, status, body) {
  response.statusCode = status
  if (status === 204) return response.end()
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(body))
}

function serveFile(response, path) {
  const redirect = ROUTES.find((route) => route.path === path && route.redirect)
  if (redirect) {
    response.writeHead(302, { Location: redirect.redirect })
    return response.end()
  }
  if (path === '/catalogue/index.json') return send(response, 200, { categories, providers, services })
  const file = join(DIST, path)
  const real = file.startsWith(DIST) && existsSync(file) && statSync(file).isFile()
  const shell = ROUTES.find(({ prefix }) => prefix && (path === prefix || path.startsWith(`${prefix}/`)))
  if (!real && !shell) {
    response.statusCode = 404
    return response.end('Not found')
  }
  const found = real ? file : join(DIST, shell.shell)
  response.setHeader('Content-Type', TYPES[extname(found)] ?? 'application/octet-stream')
  response.setHeader('Content-Security-Policy', CSP)
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin-allow-popups')
  return response.end(readFileSync(found))
}

export function startMock(port = 0) {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost')
    try {
      if (pathname.startsWith('/mock/')) {
        const answer = CONTROLS[pathname.slice('/mock/'.length)](await bodyOf(request))
        return send(response, answer === undefined ? 204 : 200, answer)
      }
      if (pathname.startsWith('/api/')) return await serveApi(request, response, pathname.slice('/api'.length), searchParams)
      return serveFile(response, pathname)
    } catch (error) {
      console.error(error)
      response.statusCode = 500
      return response.end()
    }
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startMock(Number(process.argv[2] ?? 8010))
  console.log(`http://127.0.0.1:${server.address().port}/ka/`)
}
