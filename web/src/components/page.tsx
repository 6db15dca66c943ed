import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../i18n'
import { takeArrival } from '../router'

interface TitleProps {
  title: string
  /** There are errors to put right: the browser's title says so first. */
  failed?: boolean
}

export function useTitle({ title, failed = false }: TitleProps): void {
  useLayoutEffect(() => {
    document.title = `${failed ? `${t('error.prefix')} ` : ''}${title} – ${t('portal.name')}`
  })
}

/** The page's only h1. After a navigation it takes the focus, so that a screen reader starts there. */
export function Heading({ children, class: className = 'heading-xl' }: { children: ComponentChildren; class?: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    if (takeArrival()) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <h1 class={className} tabIndex={-1} ref={heading}>
      {children}
    </h1>
  )
}

/** The part of a page between header and footer. */
export function Main({ children, class: className = '' }: { children: ComponentChildren; class?: string }) {
  return (
    <main class={`main ${className}`.trim()} id="main" tabIndex={-1}>
      {children}
    </main>
  )
}

export function Width({ children }: { children: ComponentChildren }) {
  return <div class="width">{children}</div>
}

/** Text at the left, facts at the right; one column on a small screen. */
export function Columns({ children, side }: { children: ComponentChildren; side: ComponentChildren }) {
  return (
    <div class="columns">
      <div class="columns__main">{children}</div>
      <div class="columns__side">{side}</div>
    </div>
  )
}
