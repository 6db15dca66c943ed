/** Paths of the site: `/ka/…` and `/en/…`. What stands after the language is the route. */
import type { ComponentChildren, TargetedMouseEvent } from 'preact'
import { lang, languageOf, type Lang } from './i18n'
import { createStore, useStore } from './store'

export interface Place {
  lang: Lang
  route: string
  query: URLSearchParams
}

type Guard = () => Promise<boolean>

function placeOf(url: { pathname: string; search: string }): Place {
  const route = url.pathname.replace(/^\/(ka|en)(?=\/|$)/, '').replace(/\/+$/, '')
  return { lang: languageOf(url.pathname), route: route || '/', query: new URLSearchParams(url.search) }
}

const place = createStore<Place>({ lang: 'ka', route: '/', query: new URLSearchParams() })
/** The entry of the tab's history that is on the screen: each carries its number in `history.state`. */
let shown = { url: '', position: 0 }
let guard: Guard | null = null
let arrived = false
/** Back or forward was pressed, and the guard has not answered yet; or the router itself is on the way back. */
let following = false
let returning = false

/** Starts to follow the address bar. Call once, before the first render. */
export function startRouter(): void {
  note(positionOf(history.state) ?? 0)
  place.set(placeOf(window.location))
  window.addEventListener('popstate', () => void followHistory())
}

function positionOf(state: unknown): number | null {
  const position = (state as { position?: unknown } | null)?.position
  return typeof position === 'number' ? position : null
}

/** The address as it is now is on the screen, at this place in the history. */
function note(position: number): void {
  history.replaceState({ position }, '')
  shown = { url: window.location.href, position }
}

async function followHistory(): Promise<void> {
  if (returning || following) {
    returning = false
    return
  }
  following = true
  const allowed = !guard || (await guard())
  following = false
  if (allowed) arrive(positionOf(history.state) ?? shown.position)
  else stay()
}

/** Leaving was refused: the address goes back to that of the screen, and the history keeps what lies before and after. */
function stay(): void {
  const left = positionOf(history.state)
  if (left === null) return history.pushState({ position: shown.position }, '', shown.url)
  if (left === shown.position) return
  returning = true
  history.go(shown.position - left)
}

function arrive(position: number): void {
  // An entry from before the language was changed.
  const { pathname, search, hash } = window.location
  if (languageOf(pathname) !== lang()) history.replaceState(null, '', href(placeOf(window.location).route) + search + hash)
  note(position)
  arrived = true
  place.set(placeOf(window.location))
}

export function usePlace(): Place {
  return useStore(place)
}

export function currentPlace(): Place {
  return place.get()
}

/** The address of a route in the page's language, or in another. */
export function href(route: string, language: Lang = lang()): string {
  return `/${language}${route === '/' ? '/' : route}`
}

/** Goes to a route. A screen with unsaved answers may refuse; then nothing happens. */
export async function navigate(route: string, options: { replace?: boolean } = {}): Promise<void> {
  if (guard && !(await guard())) return
  const target = href(route)
  if (options.replace) history.replaceState(null, '', target)
  else history.pushState(null, '', target)
  arrive(options.replace ? shown.position : shown.position + 1)
  if (!options.replace) window.scrollTo(0, 0)
  const { hash } = window.location
  if (hash) requestAnimationFrame(() => document.getElementById(hash.slice(1))?.scrollIntoView())
}

/** The same place in another language, without losing what is typed. */
export function switchLanguage(language: Lang): void {
  const { route, query } = place.get()
  const search = query.size > 0 ? `?${query}` : ''
  history.replaceState(null, '', href(route, language) + search)
  note(shown.position)
  place.set(placeOf(window.location))
}

/** A screen that may have to save before it is left. It answers whether leaving is allowed. */
export function setLeaveGuard(next: Guard | null): void {
  guard = next
}

/** The screen changes without a change of address: its heading takes the focus all the same. */
export function markArrival(): void {
  arrived = true
  window.scrollTo(0, 0)
}

/** True once after a navigation: the new page's heading then takes the focus. */
export function takeArrival(): boolean {
  const value = arrived
  arrived = false
  return value
}

/** Values of `:names` in the pattern, or null when the route is another one. */
export function matchRoute(pattern: string, route: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = route.split('?')[0]!.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index]!
    if (part.startsWith(':')) {
      if (!value) return null
      params[part.slice(1)] = decodeURIComponent(value)
    } else if (part !== value) return null
  }
  return params
}

export interface LinkProps {
  to: string
  class?: string
  children: ComponentChildren
  'aria-current'?: 'page' | undefined
  onFollow?: () => void
}

/** A link inside the bundle; a plain click does not reload the page. */
export function Link({ to, onFollow, ...rest }: LinkProps) {
  const follow = (event: TargetedMouseEvent<HTMLAnchorElement>): void => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    onFollow?.()
    void navigate(to)
  }
  return <a href={href(to)} onClick={follow} {...rest} />
}
