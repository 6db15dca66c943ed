import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { lang, otherLanguage, t, type Lang } from '../i18n'
import { href, Link, switchLanguage, usePlace } from '../router'
import { Icon, Mark } from './icons'

const OWN_NAMES: Record<Lang, string> = { ka: 'ქართული', en: 'English' }
const SHORT_NAMES: Record<Lang, string> = { ka: 'ქარ', en: 'EN' }

export interface Tab {
  to: string
  text: string
  /** Routes on which this tab is the place where one is. */
  within: (route: string) => boolean
  count?: number
}

interface Props {
  home: string
  tagline: string
  tabs: Tab[]
  /** Public pages have their links in the first row; a personal page and a desk have a row of tabs. */
  layout: 'row' | 'tabs'
  user?: { name: string; items: ComponentChildren }
  action?: ComponentChildren
  onLanguage: (language: Lang) => Promise<void>
}

export function SkipLink() {
  return (
    <a
      href="#main"
      class="govuk-skip-link"
      onClick={(event) => {
        event.preventDefault()
        document.getElementById('main')?.focus()
      }}
    >
      {t('skip')}
    </a>
  )
}

export function Header({ home, tagline, tabs, layout, user, action, onLanguage }: Props) {
  const [open, setOpen] = useState(false)
  const { route } = usePlace()
  useEffect(() => setOpen(false), [route])
  const count = tabs.reduce((sum, tab) => sum + (tab.count ?? 0), 0)
  const hasMenu = tabs.length > 0 || user !== undefined
  return (
    <header class={`wall header header--${layout}`}>
      <div class="width header__row">
        <Link to={home} class="header__home">
          <Mark />
          <span>
            <span class="header__name">{t('portal.name')}</span>
            <span class="header__tagline">{tagline}</span>
          </span>
        </Link>
        <div class="header__tools">
          <LanguageLink onLanguage={onLanguage} />
          {user && <UserMenu name={user.name}>{user.items}</UserMenu>}
          {action && <span class="header__action">{action}</span>}
          {hasMenu && (
            <button type="button" class="header__menu" aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>
              <Icon name={open ? 'close' : 'menu'} />
              {t('menu')}
              {count > 0 && <span class="counter">{count}</span>}
            </button>
          )}
        </div>
        {hasMenu && (
          <div class={`header__nav ${open ? 'header__nav--open' : ''}`} id="menu">
            <nav aria-label={t('menu')}>
              <ul class="tabs">
                {tabs.map((tab) => (
                  <li key={tab.to}>
                    <Link to={tab.to} class="tabs__link" aria-current={tab.within(route) ? 'page' : undefined}>
                      {tab.text}
                      {tab.count ? (
                        <span class="counter">
                          {tab.count}
                          <span class="govuk-visually-hidden"> {t('unread')}</span>
                        </span>
                      ) : null}
                    </Link>
                  </li>
                ))}
              </ul>
            </nav>
            {user && (
              <div class="header__user-items">
                <p class="header__user-name">{user.name}</p>
                {user.items}
              </div>
            )}
            {action && <div class="header__nav-action">{action}</div>}
          </div>
        )}
      </div>
    </header>
  )
}

function LanguageLink({ onLanguage }: { onLanguage: Props['onLanguage'] }) {
  const other = otherLanguage(lang())
  const { route, query } = usePlace()
  const search = query.size > 0 ? `?${query}` : ''
  return (
    <a
      class="header__tool header__language"
      href={href(route, other) + search}
      hreflang={other}
      lang={other}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        void onLanguage(other).then(() => switchLanguage(other))
      }}
    >
      <Icon name="globe" />
      <span class="header__language-long">{OWN_NAMES[other]}</span>
      <span class="header__language-short" aria-hidden="true">
        {SHORT_NAMES[other]}
      </span>
    </a>
  )
}

/** The person's name opens a short menu; Escape and a click elsewhere close it. */
function UserMenu({ name, children }: { name: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const { route } = usePlace()
  useEffect(() => setOpen(false), [route])
  useEffect(() => {
    if (!open) return
    const close = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('click', close)
    document.addEventListener('focusin', close)
    return () => {
      document.removeEventListener('click', close)
      document.removeEventListener('focusin', close)
    }
  }, [open])
  return (
    <div
      class="user-menu"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        setOpen(false)
        box.current?.querySelector('button')?.focus()
      }}
    >
      <button type="button" class="header__tool" aria-expanded={open} aria-controls="user-menu" onClick={() => setOpen(!open)}>
        <Icon name="person" />
        {name}
        <Icon name="chevron-down" />
      </button>
      <div class="user-menu__items" id="user-menu" hidden={!open}>
        {children}
      </div>
    </div>
  )
}
