import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { firstOf, PATIENCE_MS, type AuthToken, type CardBridge } from './bridge'
import { NativeBridge } from './native'
import { AGENT, PopupBridge } from './popup'
import { CardTrouble } from './trouble'

const PORTAL = 'https://portal.example.ge'
const NONCE = 'n'.repeat(44)
const TOKEN = { format: 'web-eid:1.0', signature: 's' }
const ACTION = 'web-eid:authenticate'

/** A page's window, or the agent's: what is posted to it is kept, what it says is dispatched by the test. */
class FakeWindow extends EventTarget {
  readonly location = { origin: PORTAL }
  readonly posted: { data: any; target: string }[] = []
  closed = false
  open = vi.fn<(...given: string[]) => FakeWindow | null>()
  postMessage(data: unknown, target: string): void {
    this.posted.push({ data, target })
  }
  close(): void {
    this.closed = true
  }
  /** A message reaches this window from there. */
  hear(data: unknown, source: unknown, origin: string): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data, source, origin }))
  }
}

let page: FakeWindow
let agent: FakeWindow
let abort: AbortController
let onAsked: ReturnType<typeof vi.fn<() => void>>

beforeEach(() => {
  vi.useFakeTimers()
  page = new FakeWindow()
  agent = new FakeWindow()
  page.open.mockReturnValue(agent)
  abort = new AbortController()
  onAsked = vi.fn<() => void>()
  vi.stubGlobal('window', page)
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

/** How an attempt ended: its token, the code of its trouble, or that it goes on. */
function watch(bridge: CardBridge, challenge = Promise.resolve(NONCE)): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: 'waits' }
  bridge.authenticate(challenge, { lang: 'ka', signal: abort.signal, onAsked }).then(
    (token) => (seen.outcome = token),
    (error: unknown) => (seen.outcome = error instanceof CardTrouble ? error.code : error),
  )
  return seen
}

describe('native messaging', () => {
  const own = (data: unknown): void => page.hear(data, page, PORTAL)
  const start = async (bridge: CardBridge = new NativeBridge()): Promise<{ outcome: unknown }> => {
    const seen = watch(bridge)
    await pass(Math.max(0, 1_000 - performance.now()))
    return seen
  }

  it('asks in the words of Web eID, and never names an origin', async () => {
    await start()
    expect(page.posted).toEqual([
      {
        data: { action: ACTION, libraryVersion: '2.1.0', challengeNonce: NONCE, options: { lang: 'ka', userInteractionTimeout: PATIENCE_MS } },
        target: PORTAL,
      },
    ])
  })

  it('waits until an extension can be in a page that has just been loaded', async () => {
    watch(new NativeBridge())
    await pass(999)
    expect(page.posted).toEqual([])
    await pass(1)
    expect(page.posted).toHaveLength(1)
  })

  it('hands on the token without the name of the action', async () => {
    const seen = await start()
    own({ action: `${ACTION}-ack` })
    await pass(120_000)
    expect(onAsked).toHaveBeenCalledOnce()
    own({ action: `${ACTION}-success`, ...TOKEN })
    await pass(0)
    expect(seen.outcome).toEqual(TOKEN)
  })

  it('takes a second without an acknowledgement for no extension, and does not ask again on this page', async () => {
    const bridge = new NativeBridge()
    const seen = await start(bridge)
    await pass(999)
    expect(seen.outcome).toBe('waits')
    await pass(1)
    expect(seen.outcome).toBe('absent')
    const again = await start(bridge)
    await pass(0)
    expect([again.outcome, page.posted.length]).toEqual(['absent', 1])
  })

  it.each([
    ['another window', () => new FakeWindow(), PORTAL],
    ['another origin', () => page, 'https://evil.example'],
  ])('is deaf to %s', async (_, source, origin) => {
    const seen = await start()
    page.hear({ action: `${ACTION}-ack` }, source(), origin)
    await pass(1_000)
    expect(seen.outcome).toBe('absent')

    const second = await start()
    own({ action: `${ACTION}-ack` })
    await pass(0)
    page.hear({ action: `${ACTION}-success`, signature: 'forged' }, source(), origin)
    page.hear({ action: `${ACTION}-failure`, error: { code: 'ERR_WEBEID_USER_CANCELLED' } }, source(), origin)
    await pass(0)
    expect(second.outcome).toBe('waits')
    own({ action: `${ACTION}-success`, ...TOKEN })
    await pass(0)
    expect(second.outcome).toEqual(TOKEN)
  })

  it('is deaf to other talk in the page', async () => {
    const seen = await start()
    for (const data of [null, 'text', 7, {}, { action: 'web-eid:sign-ack' }, { action: ACTION }]) own(data)
    await pass(1_000)
    expect(seen.outcome).toBe('absent')
  })

  it.each([
    ['a host that is not installed', { code: 'ERR_WEBEID_NATIVE_UNAVAILABLE', message: 'no host' }, 'absent'],
    ['no open terminal', { code: 'ERR_WEBEID_NATIVE_FATAL', message: 'cardbridge/no-terminal' }, 'no-terminal'],
    ['nothing that is known', undefined, 'unknown'],
  ])('tells of %s', async (_, error, code) => {
    const seen = await start()
    own({ action: `${ACTION}-ack` })
    await pass(0)
    own({ action: `${ACTION}-failure`, error })
    await pass(0)
    expect(seen.outcome).toBe(code)
  })

  it('gives up after four minutes, or when the person does', async () => {
    const seen = await start()
    own({ action: `${ACTION}-ack` })
    await pass(PATIENCE_MS - 1)
    expect(seen.outcome).toBe('waits')
    await pass(1)
    expect(seen.outcome).toBe('timed-out')

    const second = await start()
    own({ action: `${ACTION}-ack` })
    await pass(10)
    abort.abort()
    await pass(0)
    expect(second.outcome).toBe('cancelled')
  })
})

describe('the pop-up', () => {
  const say = (data: object, source: unknown = agent, origin = AGENT): void => page.hear({ karibche: 'card-bridge', ...data }, source, origin)
  const ready = async (): Promise<void> => {
    say({ type: 'ready', version: '1.0.0' })
    await pass(0)
  }

  it('opens within the click, before the challenge has come', () => {
    watch(new PopupBridge(), new Promise(() => undefined))
    expect(page.open).toHaveBeenCalledExactlyOnceWith('http://127.0.0.1:17643/v1/bridge?lang=ka', 'karibche-card', 'popup,width=480,height=560')
  })

  it('asks only the agent’s own origin, and names no origin itself', async () => {
    watch(new PopupBridge())
    await pass(0)
    expect(agent.posted).toEqual([])
    await ready()
    expect(agent.posted).toEqual([
      { data: { karibche: 'card-bridge', type: 'request', command: 'authenticate', arguments: { challengeNonce: NONCE, lang: 'ka' } }, target: AGENT },
    ])
    expect(onAsked).toHaveBeenCalledOnce()
  })

  it('hands on the token and closes the window', async () => {
    const seen = watch(new PopupBridge())
    await ready()
    say({ type: 'answer', result: TOKEN })
    await pass(0)
    expect([seen.outcome, agent.closed]).toEqual([TOKEN, true])
  })

  it('hears an answer that was sent just before the window closed', async () => {
    const seen = watch(new PopupBridge())
    await ready()
    agent.closed = true
    await pass(600)
    say({ type: 'answer', result: TOKEN })
    await pass(0)
    expect(seen.outcome).toEqual(TOKEN)
  })

  it.each([
    ['another window', () => new FakeWindow(), AGENT],
    ['the page itself', () => page, AGENT],
    ['another origin in that window', () => agent, 'https://evil.example'],
    ['another port', () => agent, 'http://127.0.0.1:17644'],
    ['another scheme', () => agent, 'https://127.0.0.1:17643'],
  ])('is deaf to %s', async (_, source, origin) => {
    const seen = watch(new PopupBridge())
    say({ type: 'ready', version: '1.0.0' }, source(), origin)
    await pass(0)
    expect(agent.posted).toEqual([])
    await ready()
    say({ type: 'answer', result: { signature: 'forged' } }, source(), origin)
    say({ type: 'answer', error: { code: 'ERR_WEBEID_USER_CANCELLED' } }, source(), origin)
    await pass(0)
    expect(seen.outcome).toBe('waits')
  })

  it('is deaf to what is not the bridge’s', async () => {
    const seen = watch(new PopupBridge())
    for (const data of [null, 'ready', { type: 'ready', version: '1.0.0' }, { karibche: 'x', type: 'ready' }]) page.hear(data, agent, AGENT)
    await pass(3_999)
    expect(seen.outcome).toBe('waits')
    await pass(1)
    expect([seen.outcome, agent.closed]).toEqual(['absent', true])
  })

  it('says that the browser blocked it', async () => {
    page.open.mockReturnValue(null)
    const seen = watch(new PopupBridge())
    await pass(0)
    expect(seen.outcome).toBe('popup-blocked')
  })

  it('is cancelled when the person closes it, and absent when nobody had spoken yet', async () => {
    const seen = watch(new PopupBridge())
    await ready()
    agent.closed = true
    await pass(1_500)
    expect(seen.outcome).toBe('cancelled')

    agent.closed = false
    const second = watch(new PopupBridge())
    agent.closed = true
    await pass(1_500)
    expect(second.outcome).toBe('absent')
  })

  it('closes when the person gives up, when time is up, and when no challenge came', async () => {
    const seen = watch(new PopupBridge())
    await ready()
    abort.abort()
    await pass(0)
    expect([seen.outcome, agent.closed]).toEqual(['cancelled', true])

    abort = new AbortController()
    agent.closed = false
    const second = watch(new PopupBridge())
    await ready()
    await pass(PATIENCE_MS)
    expect([second.outcome, agent.closed]).toEqual(['timed-out', true])

    agent.closed = false
    const lost = new Error('no challenge')
    const third = watch(new PopupBridge(), Promise.reject(lost))
    await pass(0)
    expect([third.outcome, agent.closed]).toEqual([lost, true])
  })

  it('refuses an agent that speaks another version', async () => {
    const seen = watch(new PopupBridge())
    say({ type: 'ready', version: '2.0.0' })
    await pass(0)
    expect([seen.outcome, agent.posted]).toEqual(['version', []])
  })

  it('tells the agent’s trouble', async () => {
    const seen = watch(new PopupBridge())
    await ready()
    say({ type: 'answer', error: { code: 'ERR_WEBEID_NATIVE_FATAL', message: 'cardbridge/no-card' } })
    await pass(0)
    expect(seen.outcome).toBe('no-card')
  })
})

describe('the first that is there', () => {
  const bridge = (outcome: AuthToken | CardTrouble): CardBridge => ({
    authenticate: vi.fn(async () => {
      if (outcome instanceof CardTrouble) throw outcome
      return outcome
    }),
  })

  it('has the last word, whatever it says', async () => {
    const second = bridge(TOKEN)
    const seen = watch(firstOf(bridge(new CardTrouble('no-terminal')), second))
    await pass(0)
    expect(seen.outcome).toBe('no-terminal')
    expect(second.authenticate).not.toHaveBeenCalled()
  })

  it('is looked for in order', async () => {
    const seen = watch(firstOf(bridge(new CardTrouble('absent')), bridge(TOKEN)))
    await pass(0)
    expect(seen.outcome).toEqual(TOKEN)
  })

  it('may be none', async () => {
    const seen = watch(firstOf(bridge(new CardTrouble('absent')), bridge(new CardTrouble('absent'))))
    await pass(0)
    expect(seen.outcome).toBe('absent')
  })
})
