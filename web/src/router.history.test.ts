/** The history of a tab, in a small imitation of the browser's. */
import { beforeEach, describe, expect, it, vi } from 'vitest'

type Router = typeof import('./router')

class Tab {
  entries: { url: string; state: unknown }[] = [{ url: 'https://k.example/ka/a', state: null }]
  index = 0
  private listeners: (() => void)[] = []

  get location(): URL {
    return new URL(this.entries[this.index]!.url)
  }
  get state(): unknown {
    return this.entries[this.index]!.state
  }
  pushState(state: unknown, _: string, url: string): void {
    this.entries = [...this.entries.slice(0, this.index + 1), { url: new URL(url, this.location).href, state }]
    this.index += 1
  }
  replaceState(state: unknown, _: string, url = ''): void {
    this.entries[this.index] = { url: new URL(url || this.location, this.location).href, state }
  }
  go(delta: number): void {
    this.index += delta
    setTimeout(() => this.listeners.forEach((listener) => listener()))
  }
  addEventListener(_: string, listener: () => void): void {
    this.listeners.push(listener)
  }
  get paths(): string[] {
    return this.entries.map(({ url }) => new URL(url).pathname)
  }
}

let tab: Tab
let router: Router
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
const press = async (delta: number): Promise<void> => {
  tab.go(delta)
  await settled()
}

beforeEach(async () => {
  tab = new Tab()
  vi.stubGlobal('window', { get location() { return tab.location }, addEventListener: tab.addEventListener.bind(tab), scrollTo: () => undefined })
  vi.stubGlobal('history', tab)
  vi.resetModules()
  router = await import('./router')
  router.startRouter()
  for (const route of ['/b', '/c']) await router.navigate(route)
  await press(-1)
})

describe('back and forward', () => {
  it('show what the address says', async () => {
    expect([tab.location.pathname, router.currentPlace().route]).toEqual(['/ka/b', '/b'])
    await press(1)
    expect(router.currentPlace().route).toBe('/c')
  })

  it.each([-1, 1])('stay where something could not be saved, and keep the history (%i)', async (delta) => {
    const save = vi.fn(async () => false)
    router.setLeaveGuard(save)
    await press(delta)
    expect([tab.location.pathname, router.currentPlace().route]).toEqual(['/ka/b', '/b'])
    expect(tab.paths).toEqual(['/ka/a', '/ka/b', '/ka/c'])
    expect(save).toHaveBeenCalledOnce()
    router.setLeaveGuard(null)
    await press(1)
    expect(router.currentPlace().route).toBe('/c')
  })

  it('wait for the save, however often they are pressed', async () => {
    let done: (allowed: boolean) => void = () => undefined
    const save = vi.fn(() => new Promise<boolean>((resolve) => (done = resolve)))
    router.setLeaveGuard(save)
    await press(1)
    await press(-2)
    expect(router.currentPlace().route).toBe('/b')
    done(true)
    await settled()
    expect([router.currentPlace().route, save.mock.calls.length]).toEqual(['/a', 1])
  })

  it('go back to the page even from an entry that is not ours', async () => {
    router.setLeaveGuard(async () => false)
    tab.entries[0] = { url: 'https://k.example/ka/a', state: null }
    await press(-1)
    expect([tab.location.pathname, router.currentPlace().route]).toEqual(['/ka/b', '/b'])
  })

  it('keep to the language that was chosen since', async () => {
    const { setWords } = await import('./i18n')
    setWords('en')
    router.switchLanguage('en')
    await press(-1)
    expect([tab.location.pathname, router.currentPlace().route]).toEqual(['/en/a', '/a'])
  })
})
