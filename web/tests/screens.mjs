/**
 * Every screen in real Chromium, in both languages and two widths, against the API in memory: axe, sideways
 * scroll, Georgian traps, policy violations, keyboard, and the ways in which a save can fail.
 * Screenshots go to tests/.shots. One line with the sum of the checks at the end; the exit code says whether
 * anything was found. `node tests/screens.mjs drafts ka 320` looks at one part only, of what was built last.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { fakeAgent, fakeExtension, TOKEN } from './fake-bridge.mjs'
import { startMock } from './mock-server.mjs'

const SHOTS = fileURLToPath(new URL('.shots', import.meta.url))
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium'
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const ENGLISH_MONTHS = /\b(January|February|March|April|May|June|July|August|September|October|November|December)\b/
const WIDTHS = [320, 1280]
const LANGUAGES = ['ka', 'en']
const WORDS = Object.fromEntries(
  LANGUAGES.map((language) => [
    language,
    Object.assign(
      {},
      ...['i18n/shared.', 'citizen/', 'citizen/card/'].map((start) => JSON.parse(readFileSync(new URL(`../src/${start}${language}.json`, import.meta.url), 'utf8'))),
    ),
  ]),
)
/** The operator's bundle uses some of the same keys for words of its own. */
const STAFF = Object.fromEntries(
  LANGUAGES.map((language) => [language, JSON.parse(readFileSync(new URL(`../src/operator/${language}.json`, import.meta.url), 'utf8'))]),
)

if (!existsSync(BROWSER)) {
  console.error(`screens: no Chromium at ${BROWSER}; install it (apt-get install chromium) or name it in CHROMIUM`)
  process.exit(2)
}
if (!process.argv[2]) rmSync(SHOTS, { recursive: true, force: true })
mkdirSync(SHOTS, { recursive: true })

const server = await startMock()
const origin = `http://127.0.0.1:${server.address().port}`
const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS })
const findings = []
let screens = 0
let passed = 0

const control = async (name, body = {}) => {
  const response = await fetch(`${origin}/mock/${name}`, { method: 'POST', body: JSON.stringify(body) })
  return response.status === 204 ? null : response.json()
}

function expect(condition, what) {
  if (condition) passed += 1
  else findings.push(what)
}

/** Looks at the page as it is: axe, width, letters, dates; and takes its picture. */
async function look(page, name, { language, width, context }) {
  screens += 1
  const where = `${name} ${language} ${width}`
  await page.evaluate(() => document.fonts.ready)
  await page.evaluate(AXE)
  const violations = await page.evaluate(async (contrast) => {
    const { violations: found } = await globalThis.axe.run(document, { resultTypes: ['violations'], rules: { 'color-contrast': { enabled: contrast } } })
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
    // In forced colours the computed colours are not those on the screen.
  }, context?.forcedColors !== 'active')
  expect(violations.length === 0, `${where}: axe ${violations.join('; ')}`)
  const facts = await page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    text: document.body.innerText,
    title: document.title,
    lang: document.documentElement.lang,
    upper: [...document.querySelectorAll('*')].filter((element) => getComputedStyle(element).textTransform !== 'none').length,
    styled: document.querySelectorAll('[style]').length,
    raw: [...document.querySelectorAll('h1, h2, h3, button, a, label, p, dt')]
      .map((element) => element.textContent.trim())
      .filter((text) => /^[a-z-]+\.[a-z_.-]+$/.test(text)),
  }))
  expect(facts.overflow <= 0, `${where}: scrolls sideways by ${facts.overflow}`)
  expect(!/[\u1c90-\u1cbf]/.test(facts.text), `${where}: Mtavruli letters`)
  expect(facts.upper === 0, `${where}: text-transform on ${facts.upper} elements`)
  expect(facts.styled === 0, `${where}: ${facts.styled} style attributes`)
  expect(facts.lang === language, `${where}: lang is ${facts.lang}`)
  expect(facts.title.includes(WORDS[language]['portal.name']), `${where}: title is ${facts.title}`)
  expect(facts.raw.length === 0, `${where}: keys without words: ${facts.raw}`)
  if (language === 'ka') expect(!ENGLISH_MONTHS.test(facts.text), `${where}: an English month: ${ENGLISH_MONTHS.exec(facts.text)?.[0]}`)
  if (language === 'en') expect(!/(იანვ|თებერვ|მარტი|აპრილ|მაის|ივნის|ივლის|აგვისტ|სექტემბ|ოქტომბ|ნოემბ|დეკემბ)/.test(facts.text), `${where}: a Georgian month`)
  // The veil of a dialog covers what the window shows, not the whole page.
  const fullPage = (await page.locator('dialog[open]').count()) === 0
  await page.screenshot({ path: join(SHOTS, `${name}-${language}-${width}.png`), fullPage, caret: 'initial' })
}

async function open(options) {
  const context = await browser.newContext({ viewport: { width: options.width, height: 900 }, reducedMotion: 'reduce', ...options.context })
  const page = await context.newPage()
  page.setDefaultTimeout(8000)
  page.on('console', (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) findings.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => findings.push(`page error: ${error.message}`))
  return { context, page }
}

/** The server does its work, but the browser never hears of it. */
async function loseAnswer(route) {
  await route.fetch()
  await route.abort()
}

const goTo = (page, language, route) => page.goto(`${origin}/${language}${route}`, { waitUntil: 'networkidle' })

/** Waits for the words of a heading: a screen is there when its heading is. */
const heading = (page, text) => page.getByRole('heading', { name: text }).first().waitFor()

async function publicScreens(options) {
  const { language } = options
  const w = WORDS[language]
  const { context, page } = await open(options)
  await goTo(page, language, '/')
  await page.getByRole('link', { name: language === 'ka' ? 'პირადი ინფორმაცია' : 'Personal information' }).waitFor()
  await look(page, 'front', options)
  await page.getByRole('searchbox').fill(language === 'ka' ? 'საჯარო ინფ' : 'public inf')
  await page.getByRole('searchbox').press('Enter')
  await heading(page, w['search.found'])
  await look(page, 'search', options)
  await page.getByRole('searchbox').fill('აბრაკადაბრა')
  await page.getByText(w['search.none']).waitFor()
  await look(page, 'search-none', options)
  await goTo(page, language, '/services')
  await look(page, 'services', options)
  await goTo(page, language, '/categories/personal-information')
  await look(page, 'category', options)
  await goTo(page, language, '/categories/fines')
  await page.getByText(w['category.empty']).waitFor()
  await look(page, 'category-empty', options)
  await goTo(page, language, '/services/public-information')
  await page.getByRole('link', { name: w['service.sign-in'] }).waitFor()
  await look(page, 'service-signed-out', options)
  await goTo(page, language, '/services/letter')
  await page.getByText(w['missing.title']).waitFor()
  await look(page, 'service-missing', options)
  await goTo(page, language, '/terms')
  await look(page, 'terms-read', options)
  await goTo(page, language, '/nowhere')
  await heading(page, w['not-found.title'])
  await look(page, 'not-found', options)
  if (options.width < 832) {
    await page.getByRole('button', { name: w.menu }).click()
    await look(page, 'menu', options)
  }
  await control('fault', { call: 'GET /v1/terms', code: 'internal' })
  await goTo(page, language, '/terms')
  await page.getByText(w['fail.internal']).waitFor()
  await look(page, 'failure', options)
  await page.getByRole('button', { name: w['fail.retry'] }).click()
  await heading(page, language === 'ka' ? 'წესი და პირობები' : 'Terms of use')
  await context.close()
}

async function entry(options) {
  const { language } = options
  const w = WORDS[language]
  const { context, page } = await open(options)
  const signIn = (name) => page.getByRole('main').getByRole('button', { name, exact: true })
  await goTo(page, language, '/home')
  await page.waitForURL(/\/login\?next=/)
  await look(page, 'login', options)
  await signIn(w['login.action']).click()
  await expectSummary(page, `${w['field.email']}: ${w['error.fill-in']}`, 'email', options)
  await look(page, 'login-errors', options)
  await page.getByLabel(w['field.email']).fill('nino@posta.example')
  await page.getByLabel(w['field.password'], { exact: true }).fill('wrong')
  await signIn(w['login.action']).click()
  await page.getByText(w['login.failed']).waitFor()
  expect((await page.getByLabel(w['field.email']).inputValue()) === 'nino@posta.example', 'login: the e-mail was not kept')
  await page.getByLabel(w['field.password'], { exact: true }).fill('one-time')
  await signIn(w['login.action']).click()
  await heading(page, w['new-password.title'])
  expect(await page.evaluate(() => document.activeElement?.tagName === 'H1'), 'new password: the heading has no focus')
  await look(page, 'new-password', options)
  await page.getByRole('button', { name: w['new-password.save'] }).click()
  await expectSummary(page, `${w['field.new-password']}: ${w['error.fill-in']}`, 'new-password', options)
  await page.getByLabel(w['field.new-password'], { exact: true }).fill('password password password')
  await page.getByRole('button', { name: w['new-password.save'] }).click()
  await page.getByRole('alert').getByText(w['password.too-common']).waitFor()
  await page.getByRole('button', { name: w['password.show.long'] }).click()
  expect((await page.getByLabel(w['field.new-password'], { exact: true }).getAttribute('type')) === 'text', 'password: is not shown')
  await look(page, 'new-password-error', options)
  await page.getByLabel(w['field.new-password'], { exact: true }).fill('ოთხი სიტყვა ერთად კარგია')
  await page.getByRole('button', { name: w['new-password.save'] }).click()
  await heading(page, w['terms.question'])
  await look(page, 'terms-accept', options)
  await page.getByRole('button', { name: w['terms.refuse'] }).click()
  await page.waitForURL(new RegExp(`/${language}/$`))
  await control('ready')
  await goTo(page, language, '/home')
  await page.getByText(w['home.nothing']).waitFor()
  await look(page, 'home-empty', options)
  await goTo(page, language, '/requests')
  await page.getByText(w['requests.empty']).waitFor()
  await look(page, 'requests-empty', options)
  await goTo(page, language, '/notices')
  await page.getByText(w['notices.empty']).waitFor()
  await look(page, 'notices-empty', options)
  await context.close()
}

/** The summary has the focus, names the field, links to its control, and the title says so. */
async function expectSummary(page, text, target, { language }) {
  await page.getByRole('alert').getByText(text).first().waitFor()
  expect(await page.evaluate(() => document.activeElement?.classList.contains('govuk-error-summary')), `${target}: the error summary has no focus`)
  expect((await page.title()).startsWith(WORDS[language]['error.prefix']), `${target}: the title does not begin with the error`)
  await page.getByRole('link', { name: text }).click()
  expect((await page.evaluate(() => document.activeElement?.id)) === target, `${target}: the summary does not lead to the control`)
}

async function application(options) {
  const { language } = options
  const w = WORDS[language]
  const ka = language === 'ka'
  const { context, page } = await open(options)
  await control('ready')
  await goTo(page, language, '/services/public-information')
  await page.getByRole('button', { name: w['service.start'] }).click()
  await page.waitForURL(/\/drafts\/drf_1\/addressee/)
  await look(page, 'form-addressee', options)
  const goOn = () => page.getByRole('button', { name: w['form.continue'] }).click()
  await goOn()
  await expectSummary(page, ka ? 'დაწესებულება: აირჩიეთ' : 'Institution: choose one', 'answer-addressee', options)
  await look(page, 'form-errors', options)
  await page.getByRole('radio').first().check()
  await goOn()
  await page.waitForURL(/\/request$/)
  const subject = page.getByLabel(ka ? 'მოთხოვნის თემა' : 'Subject of the request')
  const description = page.getByLabel(ka ? 'რა ინფორმაცია გჭირდებათ?' : 'Which information do you need?')
  await subject.fill('ვაკის პარკის სამუშაოები')
  await description.fill('გთხოვთ, მომაწოდოთ ინფორმაცია ვაკის პარკში ჩატარებული სამუშაოების ღირებულების შესახებ.')
  await page.locator('#answer-period_from-day').fill('31')
  await page.locator('#answer-period_from-month').fill('2')
  await page.locator('#answer-period_from-year').fill('2026')
  await goOn()
  await page.getByRole('alert').waitFor()
  expect(await page.evaluate(() => document.activeElement?.classList.contains('govuk-error-summary')), 'form: the summary of a wrong date has no focus')
  await look(page, 'form-date-error', options)
  await page.locator('#answer-period_from-day').fill('1')
  await page.locator('#answer-period_from-month').fill('1')

  // A lost answer: the page stays, the text is kept, and the next attempt succeeds.
  await page.route('**/api/v1/drafts/drf_1', (route) => route.abort(), { times: 1 })
  await goOn()
  await page.getByText(w['draft.kept']).waitFor()
  expect((await subject.inputValue()) === 'ვაკის პარკის სამუშაოები', 'form: a failed save lost the text')
  await look(page, 'form-unreachable', options)

  // The save happens but its answer is lost: the next attempt finds its own work and goes on.
  await page.route('**/api/v1/drafts/drf_1', loseAnswer, { times: 1 })
  await goOn()
  await page.getByText(w['draft.kept']).waitFor()

  // The session ends: sign in over the page, and the save is repeated.
  await control('end-session')
  await goOn()
  await page.getByRole('dialog').waitFor()
  await look(page, 'form-signed-out', options)
  await page.getByRole('dialog').getByLabel(w['field.email']).fill('nino@posta.example')
  await page.getByRole('dialog').getByLabel(w['field.password'], { exact: true }).fill('long enough for the mock')
  await page.getByRole('dialog').getByRole('button', { name: w['login.action'] }).click()
  await page.waitForURL(/\/reply$/)

  // Another window has changed the draft: mine beside theirs.
  await control('edit-draft', { draft_id: 'drf_1', answers: { subject: 'სხვა თემა სხვა ფანჯრიდან' } })
  await page.getByRole('radio', { name: ka ? 'ქაღალდზე, ფოსტით' : 'On paper, by post' }).check()
  await page.getByLabel(ka ? 'საფოსტო მისამართი' : 'Postal address').fill('თბილისი, ჭავჭავაძის გამზირი 37')
  await goOn()
  await heading(page, w['conflict.title'])
  await look(page, 'form-conflict', options)
  const theirs = page.getByRole('group', { name: ka ? 'მოთხოვნის თემა' : 'Subject of the request' }).getByLabel(w['conflict.theirs'])
  expect(await theirs.isChecked(), 'conflict: a question I did not touch should keep their answer')
  await page.getByRole('button', { name: w['conflict.save'] }).click()
  await page.getByLabel(ka ? 'საფოსტო მისამართი' : 'Postal address').waitFor()
  await look(page, 'form-reply', options)
  await page.getByRole('button', { name: w['form.leave'] }).click()
  await page.waitForURL(/\/home$/)
  await page.getByText(ka ? 'დაუსრულებელი მონახაზი' : 'Unfinished draft').first().waitFor()
  await look(page, 'home-draft', options)
  await goTo(page, language, '/services/public-information')
  await heading(page, w['service.drafts'])
  await look(page, 'service-draft', options)
  await page.getByRole('link', { name: w['draft.continue'] }).click()
  await page.waitForURL(/\/reply$/)
  await goOn()
  await page.waitForURL(/\/check$/)
  await page.getByRole('button', { name: w['check.send'] }).waitFor()
  expect(await page.getByText('სხვა თემა სხვა ფანჯრიდან').first().isVisible(), 'check: the answer from the other window is missing')
  await page.getByText(w['check.bytes']).click()
  await page.waitForTimeout(100)
  expect((await page.getByText(w['bytes.mismatch']).count()) === 0, 'check: the digest does not match')
  await look(page, 'check', options)

  // The answer to the sending is lost: the same key goes out again, and there is one request.
  await page.route('**/api/v1/requests', loseAnswer, { times: 1 })
  await page.getByRole('button', { name: w['check.send'] }).click()
  await page.getByText(w['check.unknown']).waitFor()
  await page.getByRole('button', { name: w['check.send'] }).click()
  await heading(page, w['sent.title'])
  const keys = (await control('calls')).filter(({ call }) => call === 'POST /v1/requests').map(({ key }) => key)
  expect(keys.length === 2 && keys[0] !== null && keys[0] === keys[1], `send: keys are ${keys}`)
  await look(page, 'sent', options)

  await page.getByRole('link', { name: w['sent.open'] }).click()
  await heading(page, ka ? 'საჯარო ინფორმაციის მოთხოვნა' : 'Request public information')
  await look(page, 'request-sent', options)
  await control('advance')
  await page.getByRole('status').getByText(w['state.received']).waitFor({ state: 'attached' })
  await look(page, 'request-received', options)
  await control('advance')
  await heading(page, w['request.reply'])
  await look(page, 'request-answered', options)
  expect((await control('calls')).some(({ call, background }) => call.startsWith('GET /v1/requests/') && background === '1'), 'poll: is not marked as background')
  await page.waitForTimeout(300)
  await goTo(page, language, '/home')
  await page.getByText(w['home.nothing']).waitFor()
  expect((await page.locator('.notice--unread').count()) === 0, 'notices: those of a request that was read stay unread')
  await control('answer-elsewhere')
  await goTo(page, language, '/home')
  await page.getByRole('link', { name: w['home.read'] }).waitFor()
  await look(page, 'home', options)
  await goTo(page, language, '/requests')
  await look(page, 'requests', options)
  await goTo(page, language, '/notices')
  await look(page, 'notices', options)
  await goTo(page, language, '/home')
  await page.getByRole('link', { name: w['home.read'] }).waitFor()
  await control('end-session')
  await page.waitForURL(/\/login\?next=/)
  await context.close()
}

/** Every way in which the card can sign in or fail to, and what is asked of a newcomer. */
async function card(options) {
  const { language } = options
  const w = WORDS[language]
  const { context, page } = await open(options)
  const agent = await fakeAgent(context)
  const main = page.getByRole('main')
  const press = (key) => main.getByRole('button', { name: w[key], exact: true }).click()
  const failsWith = async (text) => {
    await page.getByRole('alert').getByText(text, { exact: true }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.classList.contains('govuk-error-summary')), `card: the summary has no focus: ${text}`)
    expect((await page.title()).startsWith(w['error.prefix']), `card: the title does not say the error: ${text}`)
    expect(context.pages().length === 1, `card: a window of the agent is left over: ${text}`)
  }

  // The guide, from the front page and by its parts.
  await goTo(page, language, '/')
  await main.getByRole('link', { name: w['footer.card'] }).click()
  await heading(page, w['guide.need'])
  await look(page, 'card-guide', options)
  await goTo(page, language, '/card#blocked')
  await heading(page, w['guide.blocked'])
  await page.waitForTimeout(100)
  expect(await page.locator('#blocked').evaluate((part) => Math.abs(part.getBoundingClientRect().top) < 200), 'guide: a part is not shown by its address')

  // Nobody answers; the browser blocks the window; the agent waits for the PIN and the person gives up.
  agent.answer = 'absent'
  await goTo(page, language, '/login')
  await press('card.sign-in')
  await page.getByText(w['card.connecting']).waitFor()
  await look(page, 'card-connecting', options)
  await failsWith(w['trouble.absent'])
  await look(page, 'card-absent', options)
  await press('login.other')
  expect((await page.evaluate(() => document.activeElement?.id)) === 'email', 'card: the other way does not lead to the password')
  await page.evaluate(() => {
    window.really = window.open
    window.open = () => null
  })
  await press('fail.retry')
  await failsWith(w['trouble.popup-blocked'])
  await look(page, 'card-blocked-window', options)
  await page.evaluate(() => (window.open = window.really))
  agent.answer = 'wait'
  await press('card.open-window')
  await page.getByText(w['card.asked']).waitFor()
  await look(page, 'card-asked', options)
  await press('cancel')
  await failsWith(w['trouble.cancelled'])
  await press('fail.retry')
  await page.getByText(w['card.asked']).waitFor()
  await context.pages().find((other) => other !== page)?.close()
  await failsWith(w['trouble.cancelled'])
  const [{ origin: asker, data }] = agent.requests
  expect(asker === origin && !JSON.stringify(data).includes('origin'), `card: the request is ${JSON.stringify(data)} from ${asker}`)
  expect(data.arguments.challengeNonce.length === 44, `card: the nonce is ${data.arguments.challengeNonce}`)

  // What the agent says.
  const told = {
    'wrong-pin/2': w['trouble.wrong-pin.left'].replace('{n}', '2'),
    'wrong-pin/1': w['trouble.wrong-pin.last'],
    'ERR_WEBEID_VERSION_MISMATCH': w['trouble.version'],
    'never-heard-of': w['trouble.unknown'],
    ...Object.fromEntries(
      ['no-terminal', 'no-pcsc', 'no-reader', 'no-card', 'foreign-card', 'several-cards', 'card-busy', 'card-removed', 'blocked', 'not-activated', 'timed-out', 'busy', 'origin-not-allowed', 'card-fault', 'unsupported'].map((code) => [code, w[`trouble.${code}`]]),
    ),
  }
  for (const [code, text] of Object.entries(told)) {
    agent.answer = code
    await press('fail.retry')
    await failsWith(text)
    await look(page, `card-${code.toLowerCase().replaceAll(/[_/]/g, '-')}`, options)
  }
  agent.answer = 'blocked'
  await press('fail.retry')
  await failsWith(w['trouble.blocked'])
  await main.locator('.card-sign-in').getByRole('link', { name: w['footer.card'] }).click()
  await page.waitForURL(/\/card#blocked$/)
  await heading(page, w['guide.blocked'])
  await page.waitForTimeout(100)
  expect(await page.locator('#blocked').evaluate((part) => Math.abs(part.getBoundingClientRect().top) < 200), 'card: the help does not lead to its part')
  await page.goBack()
  await press('card.sign-in')
  await failsWith(w['trouble.blocked'])

  // What the portal says.
  agent.answer = TOKEN
  const portal = ['certificate-unsuitable', 'expired', 'issuer-unknown', 'of-another', 'revoked', 'status-unknown', 'token-invalid']
  for (const [code, text] of [...portal.map((name) => [`card-${name}`, w[`trouble.${name}`]]), ['challenge-gone', w['trouble.challenge-gone']], ['internal', w['fail.internal']], ['too-many-attempts', w['fail.too-many.soon']]]) {
    await control('fault', { call: 'POST /v1/session/card', code })
    await press('fail.retry')
    await failsWith(text)
    if (code.startsWith('card-')) await look(page, `card-portal-${code}`, options)
  }
  await page.route('**/api/v1/session/card/challenge', (route) => route.abort(), { times: 1 })
  await press('fail.retry')
  await failsWith(w['fail.unreachable'])

  // A newcomer: contact data once, then the terms, then where they wanted to go.
  await control('newcomer')
  await goTo(page, language, '/login?next=/notices')
  await press('card.sign-in')
  await heading(page, w['contact.title'])
  expect(await page.evaluate(() => document.activeElement?.tagName === 'H1'), 'contact: the heading has no focus')
  await look(page, 'contact', options)
  await press('new-password.save')
  await expectSummary(page, `${w['field.mobile']}: ${w['error.fill-in']}`, 'mobile', options)
  await look(page, 'contact-errors', options)
  await page.getByLabel(w['field.mobile'], { exact: true }).fill('599 01 02 03')
  await page.getByLabel(w['field.email'], { exact: true }).fill('taken@posta.example')
  await press('new-password.save')
  await expectSummary(page, w['error.email-taken'], 'email', options)
  await page.getByLabel(w['field.email'], { exact: true }).fill('new@posta.example')
  await page.route('**/api/v1/session/contact', (route) => route.abort(), { times: 1 })
  await press('new-password.save')
  await page.getByRole('alert').getByText(w['fail.unreachable']).waitFor()
  const typed = [await page.getByLabel(w['field.mobile'], { exact: true }).inputValue(), await page.getByLabel(w['field.email'], { exact: true }).inputValue()]
  expect(typed.join() === '599 01 02 03,new@posta.example', `contact: what was typed is ${typed}`)
  await press('new-password.save')
  await heading(page, w['terms.question'])
  await press('terms.accept')
  await page.waitForURL(/\/notices$/)
  await page.getByText(w['notice.registered-by-card']).waitFor()
  await context.close()

  // An extension has the last word, unless its host is missing.
  for (const [trouble, arrives] of [['no-terminal', false], ['ERR_WEBEID_NATIVE_UNAVAILABLE', true], [null, true]]) {
    await control('reset')
    const { context: extended, page: other } = await open(options)
    const behind = await fakeAgent(extended)
    await fakeExtension(extended, trouble)
    await goTo(other, language, '/login')
    await other.getByRole('button', { name: w['card.sign-in'] }).click()
    if (arrives) await heading(other, language === 'ka' ? 'გამარჯობა' : 'Hello')
    else await other.getByRole('alert').getByText(w[`trouble.${trouble}`]).waitFor()
    const asked = trouble?.startsWith('ERR_') ? 1 : 0
    expect(behind.requests.length === asked, `card: behind ${trouble} the window was asked ${behind.requests.length} times`)
    await extended.close()
  }
}

/** Services that need the card, and changes that need it again. */
async function stepUp(options) {
  const { language } = options
  const w = WORDS[language]
  const { context, page } = await open(options)
  const agent = await fakeAgent(context)
  const main = page.getByRole('main')
  const press = (key) => main.getByRole('button', { name: w[key], exact: true }).click()
  const dialog = (key) => page.getByRole('dialog', { name: w[key] })

  // Signed in by password: the service leads to the card, and the card back to the service.
  await control('ready')
  await goTo(page, language, '/services/own-personal-data')
  await page.getByText(w['missing.card.title']).waitFor()
  await look(page, 'service-needs-card', options)
  await main.getByRole('link', { name: w['login.card.title'] }).click()
  await heading(page, w['again.card'])
  expect(await page.evaluate(() => document.activeElement?.tagName === 'H1'), 'step-up: the heading has no focus')
  await look(page, 'step-up', options)
  await control('fault', { call: 'POST /v1/session/card', code: 'card-of-another' })
  await press('card.sign-in')
  await page.getByRole('alert').getByText(w['trouble.of-another']).waitFor()
  await look(page, 'step-up-of-another', options)
  await press('sign-out')
  await main.getByRole('button', { name: w['card.sign-in'] }).waitFor()
  await look(page, 'step-up-signed-out', options)
  await press('card.sign-in')
  await page.waitForURL(/\/services\/own-personal-data$/)
  await main.getByRole('button', { name: w['service.start'] }).waitFor()
  await look(page, 'service-opened-by-card', options)

  // A draft of it, found again after a sign-in by password: the check asks for the card over the page.
  await press('service.start')
  await page.waitForURL(/\/drafts\/drf_1\/\w/)
  await control('ready')
  await goTo(page, language, '/drafts/drf_1/check')
  await dialog('again.card').waitFor()
  expect(await page.evaluate(() => document.activeElement?.tagName === 'DIALOG'), 'check: the way out takes the focus')
  await look(page, 'check-needs-card', options)
  await dialog('again.card').getByRole('button', { name: w['card.sign-in'] }).click()
  await dialog('again.card').waitFor({ state: 'detached' })
  await page.getByRole('alert').waitFor()

  // A service that also needs a signature says so, without a way that leads nowhere.
  await goTo(page, language, '/services/letter')
  await page.getByText(w['missing.signature']).waitFor()
  expect((await main.getByRole('link', { name: w['login.card.title'] }).count()) === 0, 'signature: a link leads nowhere')
  await look(page, 'service-needs-signature', options)

  // The profile of somebody with a card and no password; the sign-in was long ago.
  await control('card', { fresh: false, has_password: false })
  await goTo(page, language, '/profile')
  await page.getByText(w['profile.password.none']).waitFor()
  expect((await page.getByLabel(w['field.current-password']).count()) === 0, 'profile: a password is asked that does not exist')
  await look(page, 'profile-by-card', options)
  await page.locator('#change-new-password').fill('ოთხი სიტყვა ერთად კარგია')
  await press('profile.password.set')
  await dialog('again.fresh').waitFor()
  await look(page, 'profile-fresh', options)
  agent.answer = 'no-card'
  await dialog('again.fresh').getByRole('button', { name: w['card.sign-in'] }).click()
  await dialog('again.fresh').getByText(w['trouble.no-card']).waitFor()
  await look(page, 'profile-fresh-error', options)
  agent.answer = TOKEN
  await dialog('again.fresh').getByRole('button', { name: w['fail.retry'] }).click()
  await page.getByText(w['profile.password.set.saved']).waitFor()
  await main.getByRole('button', { name: w['profile.password.save'] }).waitFor()
  await look(page, 'profile-password-set', options)
  await page.getByLabel(w['field.new-email'], { exact: true }).fill('nino.new@posta.example')
  await press('profile.email.send')
  await page.getByLabel(w['field.code'], { exact: true }).waitFor()

  // The session ends: who came with the card is offered the card.
  await page.getByLabel(w['field.mobile'], { exact: true }).fill('555 12 34 56')
  await control('end-session')
  await press('profile.mobile.save')
  await dialog('again.title').getByRole('button', { name: w['card.sign-in'] }).waitFor()
  await look(page, 'profile-signed-out-card', options)
  await dialog('again.title').getByRole('button', { name: w['card.sign-in'] }).click()
  await page.getByText(w['profile.mobile.saved']).waitFor()
  await context.close()
}

/** Drafts are deleted from the form, the service's page, the personal page, and the page of all drafts. */
async function drafts(options) {
  const { language, width } = options
  const w = WORDS[language]
  const { context, page } = await open(options)
  const dialog = page.getByRole('dialog', { name: w['draft.delete.question'] })
  const rows = page.getByRole('main').getByRole('link', { name: w['draft.continue'] })
  const trash = page.getByRole('main').getByRole('button', { name: w['draft.delete.short'] })
  const confirm = () => dialog.getByRole('button', { name: w['draft.delete'] }).click()
  const said = (text) => page.getByRole('status').getByText(text.split('{')[0]).waitFor()
  const focused = (what) => page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, what)
  const deletions = async () => (await control('calls')).filter(({ call }) => call.startsWith('DELETE')).length

  // In the form: what is lost is counted, cancelling changes nothing and gives the focus back.
  await control('ready')
  await goTo(page, language, '/services/public-information')
  await page.getByRole('button', { name: w['service.start'] }).click()
  await page.getByRole('radio').first().check()
  const inForm = page.getByRole('main').getByRole('button', { name: w['draft.delete'] })
  await inForm.click()
  await dialog.getByText(w['draft.delete.lost'].replace('{n}', '1')).waitFor()
  expect(await focused('#delete-cancel'), 'delete: the focus is not on the way out')
  await look(page, 'draft-delete-form', options)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  expect((await page.evaluate(() => document.activeElement?.textContent)) === w['draft.delete'], 'delete: cancelling does not give the focus back')
  expect(await page.getByRole('radio').first().isChecked(), 'delete: cancelling lost what was chosen')
  expect((await deletions()) === 0, 'delete: something was deleted before it was confirmed')
  await inForm.click()
  await confirm()
  await page.waitForURL(/\/home$/)
  await said(w['draft.deleted'])
  await page.waitForTimeout(100)
  expect(await focused('.removed'), 'delete: the news has no focus on the personal page')
  await look(page, 'draft-deleted-home', options)

  // More than five: the personal page leads to all of them; the session ends, and a failure can be tried again.
  await control('drafts', { count: 22 })
  await goTo(page, language, '/home')
  expect((await rows.count()) === 5, `home: ${await rows.count()} drafts`)
  await look(page, 'home-drafts', options)
  await trash.nth(1).click()
  await dialog.getByText(w['draft.delete.lost'].replace('{n}', '2')).waitFor()
  await confirm()
  await said(w['draft.deleted'])
  await page.getByRole('link', { name: w['home.all-drafts'] }).click()
  await heading(page, w['drafts.title'])
  expect((await page.locator('.removed').count()) === 0, 'drafts: old news is told again')
  expect((await rows.count()) === 20, `drafts: ${await rows.count()} of the first page`)
  await look(page, 'drafts', options)
  await page.getByRole('button', { name: w['list.more'] }).click()
  await page.waitForFunction(() => document.querySelectorAll('.row--action').length === 21)
  await trash.first().click()
  await dialog.getByRole('button', { name: w['draft.delete'] }).waitFor()
  await control('end-session')
  await confirm()
  const again = page.getByRole('dialog', { name: w['again.title'] })
  await again.getByLabel(w['field.email']).fill('nino@posta.example')
  await again.getByLabel(w['field.password'], { exact: true }).fill('long enough for the mock')
  await again.getByRole('button', { name: w['login.action'] }).click()
  await said(w['draft.deleted'])
  expect((await rows.count()) === 20, 'drafts: the row of a deleted draft stays')

  // Another window has changed it: the person is told, and is asked again. Another has deleted it: so be it.
  const target = (await rows.first().getAttribute('href')).split('/').pop()
  await trash.first().click()
  await dialog.getByRole('button', { name: w['draft.delete'] }).waitFor()
  await control('edit-draft', { draft_id: target, answers: { description: 'სხვა ფანჯრიდან' } })
  await page.route(`**/api/v1/drafts/${target}`, (route) => route.abort(), { times: 1 })
  await confirm()
  await dialog.getByText(w['fail.unreachable']).waitFor()
  await confirm()
  await dialog.getByText(w['draft.delete.changed'].split('(')[0]).waitFor()
  await dialog.getByText(w['draft.delete.lost'].replace('{n}', '3')).waitFor()
  expect((await rows.count()) === 20, 'delete: a draft that had changed was deleted')
  await look(page, 'draft-delete-changed', options)
  await control('lose-draft', { draft_id: target })
  await confirm()
  await said(w['draft.already-gone'])
  await page.waitForTimeout(100)
  expect(await focused('.removed'), 'delete: the news has no focus in the list')
  await look(page, 'draft-already-gone', options)

  // The service's own list, until it is empty; by keyboard.
  await control('reset')
  await control('ready')
  await control('drafts', { count: 2 })
  await goTo(page, language, '/services/public-information')
  await heading(page, w['service.drafts'])
  await look(page, 'service-drafts', options)
  for (const left of [1, 0]) {
    await trash.first().focus()
    await page.keyboard.press('Enter')
    await dialog.getByText(w['draft.delete.lost'].replace('{n}', '2')).waitFor()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await said(w['draft.deleted'])
    await page.waitForTimeout(100)
    expect((await rows.count()) === left, `service: ${await rows.count()} drafts instead of ${left}`)
    expect(await focused('.removed'), 'delete: the news has no focus on the service’s page')
  }
  await page.getByRole('button', { name: w['service.start'] }).waitFor()
  await look(page, 'service-drafts-none', options)
  await goTo(page, language, '/drafts')
  await page.getByText(w['drafts.empty']).waitFor()
  await look(page, 'drafts-empty', options)

  // Deleted in another window while it is filled in here: nothing that is typed vanishes, and nobody is locked in.
  await control('drafts', { count: 1 })
  await goTo(page, language, '/drafts')
  await rows.first().click()
  await page.waitForURL(/\/addressee$/)
  await page.getByRole('radio').nth(1).check()
  const [, lost] = /drafts\/(drf_\d+)/.exec(page.url())
  await control('lose-draft', { draft_id: lost })
  await page.getByRole('button', { name: w['form.continue'] }).click()
  await page.getByText(w['draft.gone']).waitFor()
  expect(await page.getByRole('radio').nth(1).isChecked(), 'form: what was chosen is lost with the draft')
  await look(page, 'form-gone', options)
  await goToInSite(page, w, width)
  await page.waitForURL(/\/services$/)
  await context.close()
}

/** Follows the tab of all services, through the menu where the screen is small. */
async function goToInSite(page, w, width) {
  if (width < 832) await page.getByRole('button', { name: w.menu }).click()
  await page.getByRole('navigation').getByRole('link', { name: w['tab.services'] }).click()
}

async function profile(options) {
  const { language } = options
  const w = WORDS[language]
  const { context, page } = await open(options)
  await control('ready')
  await goTo(page, language, '/profile')
  await look(page, 'profile', options)
  await page.getByLabel(w['field.mobile'], { exact: true }).fill('12')
  await page.getByRole('button', { name: w['profile.mobile.save'] }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel(w['field.mobile'], { exact: true }).fill('555 12 34 56')
  await page.getByRole('button', { name: w['profile.mobile.save'] }).click()
  await page.getByText(w['profile.mobile.saved']).waitFor()
  await page.getByRole('button', { name: w['profile.email.send'] }).click()
  await page.getByRole('alert').waitFor()
  await look(page, 'profile-errors', options)
  await page.getByLabel(w['field.new-email'], { exact: true }).fill('nino.new@posta.example')
  await page.locator('#current-password').fill('anything at all')
  await page.getByRole('button', { name: w['profile.email.send'] }).click()
  await page.getByLabel(w['field.code'], { exact: true }).fill('123456')
  await look(page, 'profile-code', options)
  await page.getByRole('button', { name: w['profile.email.confirm'] }).click()
  await page.getByText(w['profile.email.saved']).waitFor()
  await page.getByRole('radio', { name: w['theme.dark'] }).check()
  expect((await page.evaluate(() => document.documentElement.dataset.theme)) === 'dark', 'theme: dark is not chosen')
  await look(page, 'profile-dark', options)
  await context.close()
}

/** Whoever finds the session ended signs in over the page: what was typed is there, and the action goes on. */
async function sessionEnds(options) {
  const { language } = options
  const w = WORDS[language]
  const { context, page } = await open(options)
  const dialog = page.getByRole('dialog', { name: w['again.title'] })
  const again = async (email = 'nino@posta.example') => {
    await dialog.getByLabel(w['field.email']).fill(email)
    await dialog.getByLabel(w['field.password'], { exact: true }).fill('long enough for the mock')
    await dialog.getByRole('button', { name: w['login.action'] }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await control('ready')
  await goTo(page, language, '/profile')
  const press = (key) => page.getByRole('button', { name: w[key], exact: true }).click()
  const mobile = page.getByLabel(w['field.mobile'], { exact: true })

  await mobile.fill('555 12 34 56')
  await control('end-session')
  await press('profile.mobile.save')
  await dialog.waitFor()
  await look(page, 'profile-signed-out', options)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  expect((await mobile.inputValue()) === '555 12 34 56', 'profile: the number is lost with the session')
  expect((await page.evaluate(() => document.activeElement?.textContent)) === w['profile.mobile.save'], 'profile: cancelling does not give the focus back')
  await press('profile.mobile.save')
  await again()
  await page.getByText(w['profile.mobile.saved']).waitFor()

  await page.getByLabel(w['field.new-email'], { exact: true }).fill('nino.new@posta.example')
  await page.locator('#current-password').fill('anything at all')
  await control('end-session')
  await press('profile.email.send')
  await again()
  await page.getByLabel(w['field.code'], { exact: true }).fill('123456')
  const keys = (await control('calls')).filter(({ call }) => call === 'POST /v1/profile/email-changes').map(({ key }) => key)
  expect(keys.length === 2 && keys[0] === keys[1], `profile: the keys of an e-mail change are ${keys}`)
  await control('end-session')
  await press('profile.email.confirm')
  await again()
  await page.getByText(w['profile.email.saved']).waitFor()

  await page.locator('#change-current-password').fill('anything at all')
  await page.locator('#change-new-password').fill('ოთხი სიტყვა ერთად კარგია')
  await control('end-session')
  await press('profile.password.save')
  await again('nino.new@posta.example')
  await page.getByText(w['profile.password.saved']).waitFor()

  // Notices: the one that is marked by hand, the focus stays with it.
  await control('reset')
  await control('ready')
  await control('notice', { kind: 'password-changed' })
  await goTo(page, language, '/notices')
  await look(page, 'notices-unread', options)
  await control('end-session')
  await press('notice.mark-read')
  await again()
  await page.waitForFunction(() => document.querySelectorAll('.notice--unread').length === 0)
  expect(await page.evaluate(() => document.activeElement?.classList.contains('notice__title')), 'notices: the focus is lost with the button')
  await context.close()
}

/** The same at the desk: the registration that was typed stays, and goes on. */
async function deskSessionEnds(options) {
  const { language } = options
  const w = { ...WORDS[language], ...STAFF[language] }
  const { context, page } = await open(options)
  const dialog = page.getByRole('dialog', { name: w['again.title'] })
  const signIn = async (email) => {
    await dialog.getByLabel(w['field.email']).fill(email)
    await dialog.getByLabel(w['field.password'], { exact: true }).fill('anything')
    await dialog.getByLabel(w['field.code']).fill('123456')
    await dialog.getByRole('button', { name: w['login.action'] }).click()
  }
  const fill = async () => {
    await heading(page, w['register.title'])
    await page.getByLabel(w['field.first-name']).fill('გიორგი')
    await page.getByLabel(w['field.last-name']).fill('კაპანაძე')
    await page.getByLabel(w['field.personal-number']).fill('01001012346')
    await page.getByLabel(w['field.email']).fill('giorgi@posta.example')
    await page.getByLabel(w['field.mobile']).fill('599 01 02 03')
    await page.getByLabel(w['field.signed.statement']).check()
    await control('end-desk')
    await page.getByRole('button', { name: w['register.action'] }).click()
    await dialog.waitFor()
  }
  await control('operator')
  await goTo(page, language, '/operator')
  await fill()
  await look(page, 'operator-signed-out', options)
  await signIn('Tamar@karibche.example')
  await heading(page, w['otp.title'])
  await page.getByText('giorgi@posta.example').waitFor()

  // A colleague does not find what was typed; nor does anyone who discards it.
  await control('operator')
  await goTo(page, language, '/operator')
  await fill()
  await signIn('levan@karibche.example')
  await dialog.waitFor({ state: 'detached' })
  await heading(page, w['register.title'])
  expect((await page.getByLabel(w['field.first-name']).inputValue()) === '', 'desk: a colleague finds what was typed')
  await control('operator')
  await goTo(page, language, '/operator')
  await fill()
  await dialog.getByRole('button', { name: w['again.discard'] }).click()
  await heading(page, w['login.title'])
  const registered = (await control('calls')).filter(({ call }) => call === 'POST /v1/operator/citizens').length
  expect(registered === 4, `desk: ${registered} attempts to register`)

  await control('operator')
  await goTo(page, language, '/operator/citizens')
  await page.getByLabel(w['field.personal-number']).fill('01001012346')
  await control('end-desk')
  await page.getByRole('button', { name: w['find.action'] }).click()
  await signIn('tamar@karibche.example')
  await heading(page, 'გიორგი კაპანაძე')
  await control('end-desk')
  await page.getByRole('button', { name: w['otp.issue'] }).click()
  await signIn('tamar@karibche.example')
  await page.getByText('p3rx-8cfy-6jnk-5twq').waitFor()
  await context.close()
}

async function operator(options) {
  const { language } = options
  const w = { ...WORDS[language], ...STAFF[language] }
  const { context, page } = await open(options)
  await goTo(page, language, '/operator')
  await look(page, 'operator-login', options)
  await page.getByLabel(w['field.email']).fill('tamar@karibche.example')
  await page.getByLabel(w['field.password'], { exact: true }).fill('anything')
  await page.getByLabel(w['field.code']).fill('000000')
  await page.getByRole('button', { name: w['login.action'] }).click()
  await page.getByText(w['login.failed']).waitFor()
  await look(page, 'operator-login-error', options)
  await page.getByLabel(w['field.code']).fill('123 456')
  await page.getByRole('button', { name: w['login.action'] }).click()
  await heading(page, w['register.title'])
  await look(page, 'operator-register', options)
  await page.getByLabel(w['field.first-name']).fill('Giorgi')
  await page.getByRole('button', { name: w['register.action'] }).click()
  await expectSummary(page, w['error.signed'], 'application_signed', options)
  expect((await page.getByLabel(w['field.first-name']).inputValue()) === 'Giorgi', 'register: what was typed is lost')
  await look(page, 'operator-register-errors', options)
  await page.getByLabel(w['field.first-name']).fill('გიორგი')
  await page.getByLabel(w['field.last-name']).fill('კაპანაძე')
  await page.getByLabel(w['field.personal-number']).fill('01001012345')
  await page.getByLabel(w['field.email']).fill('giorgi@posta.example')
  await page.getByLabel(w['field.mobile']).fill('599 01 02 03')
  await page.getByLabel(w['field.signed.statement']).check()
  await page.getByRole('button', { name: w['register.action'] }).click()
  await expectSummary(page, w['error.person-exists'], 'personal_number', options)
  await page.getByLabel(w['field.personal-number']).fill('01001012346')
  await page.getByRole('button', { name: w['register.action'] }).click()
  await heading(page, w['otp.title'])
  await look(page, 'operator-password', options)
  await page.emulateMedia({ media: 'print' })
  await page.screenshot({ path: join(SHOTS, `operator-print-${language}-${options.width}.png`), fullPage: true, caret: 'initial' })
  await page.emulateMedia({ media: 'screen' })
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, history.state]))
  expect(!kept.includes('k7mt'), 'one-time password: is kept somewhere')
  await page.getByRole('button', { name: w['otp.done'] }).click()
  await heading(page, w['register.title'])
  expect((await page.getByLabel(w['field.first-name']).inputValue()) === '', 'register: the form is not empty afterwards')
  await goTo(page, language, '/operator/citizens')
  await page.getByLabel(w['field.personal-number']).fill('01001099999')
  await page.getByRole('button', { name: w['find.action'] }).click()
  await page.getByRole('alert').getByText(w['find.none']).waitFor()
  await look(page, 'operator-find-none', options)
  await page.getByLabel(w['field.personal-number']).fill('01001012346')
  await page.getByRole('button', { name: w['find.action'] }).click()
  await heading(page, 'გიორგი კაპანაძე')
  await look(page, 'operator-found', options)
  await page.getByRole('button', { name: w['otp.issue'] }).click()
  await page.getByText('p3rx-8cfy-6jnk-5twq').waitFor()
  await context.close()
}

/** From the login to the sent application with the keyboard alone. */
async function keyboardOnly() {
  await control('reset')
  const w = WORDS.ka
  const { context, page } = await open({ language: 'ka', width: 1280 })
  const active = () => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id || '')
  const tabTo = async (found) => {
    for (let presses = 0; presses < 60; presses += 1) {
      if (await page.evaluate(found)) return
      await page.keyboard.press('Tab')
    }
    findings.push(`keyboard: nothing found by ${found} (at ${await active()})`)
  }
  const onText = (text) => `document.activeElement?.textContent?.trim() === ${JSON.stringify(text)}`
  await goTo(page, 'ka', '/login')
  await page.keyboard.press('Tab')
  expect((await active()) === w.skip, 'keyboard: the first stop is not the skip link')
  await page.keyboard.press('Enter')
  await tabTo("document.activeElement?.id === 'email'")
  await page.keyboard.type('nino@posta.example')
  await tabTo("document.activeElement?.id === 'password'")
  await page.keyboard.type('long enough for the mock')
  await page.keyboard.press('Enter')
  await heading(page, 'გამარჯობა')
  await goTo(page, 'ka', '/services/public-information')
  await tabTo(onText(w['service.start']))
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/addressee$/)
  await tabTo("document.activeElement?.type === 'radio'")
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowDown')
  expect(await page.locator('input[type=radio]').nth(1).isChecked(), 'keyboard: arrows do not move the choice')
  await tabTo(onText(w['form.continue']))
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/request$/)
  await tabTo(onText(w['form.continue']))
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect((await page.evaluate(() => document.activeElement?.id)) === 'answer-subject', 'keyboard: the summary does not lead to the first field')
  await page.keyboard.type('ვაკის პარკი')
  await page.keyboard.press('Tab')
  await page.keyboard.type('სამუშაოების ღირებულება 2025 წელს')
  await tabTo(onText(w['form.continue']))
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/reply$/)
  await tabTo("document.activeElement?.type === 'radio'")
  await page.keyboard.press('Space')
  await tabTo(onText(w['form.continue']))
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: w['check.send'] }).waitFor()
  await tabTo(onText(w['check.send']))
  await page.keyboard.press('Enter')
  await heading(page, w['sent.title'])
  await page.getByRole('button', { name: 'ნინო ბერიძე' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Escape')
  expect((await active()).startsWith('ნინო'), 'keyboard: Escape does not return to the menu button')
  await context.close()
}

/** The language changes in place: what is typed stays, errors and title change with it. */
async function languageInPlace() {
  await control('reset')
  await control('ready')
  const { context, page } = await open({ language: 'ka', width: 1280 })
  await goTo(page, 'ka', '/services/public-information')
  await page.getByRole('button', { name: WORDS.ka['service.start'] }).click()
  await page.getByRole('radio').first().check()
  await page.getByRole('button', { name: WORDS.ka['form.continue'] }).click()
  await page.getByLabel('მოთხოვნის თემა').fill('ჩემი ტექსტი')
  await page.getByRole('link', { name: 'English' }).click()
  expect((await page.getByLabel('Subject of the request').inputValue()) === 'ჩემი ტექსტი', 'language: typed text is lost')
  expect(page.url().includes('/en/drafts/'), `language: the address is ${page.url()}`)
  // The words of a part that was loaded later change with the others.
  await goTo(page, 'en', '/card')
  await heading(page, WORDS.en['guide.need'])
  await page.getByRole('link', { name: 'ქართული' }).click()
  await heading(page, WORDS.ka['guide.need'])
  await context.close()
}

/** Back and forward out of a form whose save fails: the page stays with what was typed, and so does the history. */
async function backWhenSaveFails() {
  await control('reset')
  await control('ready')
  const w = WORDS.ka
  const { context, page } = await open({ language: 'ka', width: 1280 })
  await goTo(page, 'ka', '/services/public-information')
  await page.getByRole('button', { name: w['service.start'] }).click()
  await page.getByRole('radio').first().check()
  const goOn = () => page.getByRole('button', { name: w['form.continue'] }).click()
  await goOn()
  const subject = page.getByLabel('მოთხოვნის თემა')
  await subject.fill('ვაკის პარკი')
  await page.getByLabel('რა ინფორმაცია გჭირდებათ?').fill('სამუშაოების ღირებულება')
  await goOn()
  await page.waitForURL(/\/reply$/)
  await page.goBack()
  await page.waitForURL(/\/request$/)
  await subject.fill('სხვა თემა')
  for (const press of ['goBack', 'goForward']) {
    await page.route('**/api/v1/drafts/drf_1', (route) => route.abort(), { times: 1 })
    await page[press]()
    await page.getByRole('alert').getByText(w['draft.kept']).waitFor()
    await page.waitForTimeout(100)
    expect(/\/request$/.test(page.url()), `${press}: the address is ${page.url()}`)
    expect((await subject.inputValue()) === 'სხვა თემა', `${press}: what was typed is lost`)
  }
  await page.goForward()
  await page.waitForURL(/\/reply$/)
  await page.getByRole('radio', { name: 'ქაღალდზე, ფოსტით' }).waitFor()
  await page.goBack()
  await page.waitForURL(/\/request$/)
  expect((await subject.inputValue()) === 'სხვა თემა', 'forward: what was typed was not saved')
  await context.close()
}

/** Dark and forced colours, for the eye and for axe. */
async function otherColours() {
  for (const [name, context] of [
    ['dark', { colorScheme: 'dark' }],
    ['forced', { forcedColors: 'active' }],
  ]) {
    await control('reset')
    const options = { language: 'ka', width: 1280, context }
    const { context: opened, page } = await open(options)
    await goTo(page, 'ka', '/')
    await look(page, `${name}-front`, options)
    await goTo(page, 'ka', '/login')
    await look(page, `${name}-login`, options)
    const agent = await fakeAgent(opened)
    agent.answer = 'wait'
    await page.getByRole('button', { name: WORDS.ka['card.sign-in'] }).click()
    await page.getByText(WORDS.ka['card.asked']).waitFor()
    await look(page, `${name}-card-asked`, options)
    await page.getByRole('button', { name: WORDS.ka.cancel }).click()
    await page.getByText(WORDS.ka['trouble.cancelled']).waitFor()
    await look(page, `${name}-card-cancelled`, options)
    await goTo(page, 'ka', '/card')
    await look(page, `${name}-card-guide`, options)
    await control('ready')
    await goTo(page, 'ka', '/services/public-information')
    await page.getByRole('button', { name: WORDS.ka['service.start'] }).click()
    await page.getByRole('button', { name: WORDS.ka['form.continue'] }).click()
    await page.getByRole('alert').waitFor()
    await look(page, `${name}-form-errors`, options)
    await page.getByRole('button', { name: WORDS.ka['draft.delete'] }).click()
    await page.getByText(WORDS.ka['draft.delete.empty']).waitFor()
    await look(page, `${name}-draft-delete`, options)
    await page.keyboard.press('Escape')
    await goTo(page, 'ka', '/home')
    await page.getByRole('button', { name: WORDS.ka['draft.delete.short'] }).waitFor()
    await look(page, `${name}-home-draft`, options)
    await opened.close()
  }
}

/** What went wrong, and at which line of this program. */
const troubleOf = ({ message, stack }) => `${message.split('\n').slice(0, 3).join(' ')} (lines ${[...stack.matchAll(/screens\.mjs:(\d+)/g)].map(([, line]) => line).slice(0, 3)})`

const [only, oneLanguage, oneWidth] = process.argv.slice(2)
const parts = { publicScreens, entry, card, stepUp, application, drafts, profile, sessionEnds, operator, deskSessionEnds }
for (const language of LANGUAGES) {
  for (const width of WIDTHS) {
    for (const [name, part] of Object.entries(parts)) {
      if ((only && only !== name) || (oneLanguage && oneLanguage !== language) || (oneWidth && Number(oneWidth) !== width)) continue
      await control('reset')
      await part({ language, width }).catch((error) => findings.push(`${name} ${language} ${width}: ${troubleOf(error)}`))
    }
  }
}
for (const [name, part] of Object.entries({ keyboardOnly, languageInPlace, backWhenSaveFails, otherColours })) {
  if (only && only !== name) continue
  await part().catch((error) => findings.push(`${name}: ${troubleOf(error)}`))
}

await browser.close()
server.closeAllConnections()
server.close()
for (const finding of [...new Set(findings)]) console.log(`✗ ${finding}`)
console.log(`${screens} screens looked at`)
console.log(`${passed} passed, ${findings.length} failed`)
process.exit(findings.length > 0 ? 1 : 0)
