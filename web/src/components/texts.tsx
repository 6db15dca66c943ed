/** Small pieces: tag, callout, niche, details, lists, empty state, links back. */
import type { ComponentChildren } from 'preact'
import { t } from '../i18n'
import { Link } from '../router'
import { Icon, type IconName } from './icons'

export type TagKind = 'plain' | 'draft' | 'progress' | 'waiting' | 'done' | 'overdue'

export function Tag({ kind, icon, children }: { kind?: TagKind; icon?: IconName; children: ComponentChildren }) {
  return (
    <strong class={kind ? `govuk-tag tag--${kind}` : 'govuk-tag'}>
      {icon && <Icon name={icon} />}
      {children}
    </strong>
  )
}

type CalloutKind = 'ok' | 'info' | 'warn' | 'error'
const CALLOUT_ICONS: Record<CalloutKind, IconName> = { ok: 'check', info: 'clock', warn: 'alert', error: 'alert' }

/** Something to know at this place. `live` reads it out when it appears. */
export function Callout({ kind, live, icon, children }: { kind: CalloutKind; live?: boolean; icon?: IconName; children: ComponentChildren }) {
  const role = live ? (kind === 'error' ? 'alert' : 'status') : undefined
  return (
    <div class={`callout callout--${kind}`} role={role}>
      <Icon name={icon ?? CALLOUT_ICONS[kind]} />
      <div class="callout__body">{children}</div>
    </div>
  )
}

export function Niche({ icon, size, tone }: { icon: IconName; size?: 'large'; tone?: 'warn' | 'card' }) {
  const classes = ['niche', size && `niche--${size}`, tone && `niche--${tone}`].filter(Boolean)
  return (
    <span class={classes.join(' ')}>
      <Icon name={icon} />
    </span>
  )
}

export function Details({ summary, children }: { summary: string; children: ComponentChildren }) {
  return (
    <details class="govuk-details">
      <summary class="govuk-details__summary">
        <span class="govuk-details__summary-text">{summary}</span>
      </summary>
      <div class="govuk-details__text">{children}</div>
    </details>
  )
}

export interface SummaryRow {
  key: string
  value: ComponentChildren
  /** Where the answer can be changed. */
  change?: { to: string; label: string }
}

export function SummaryList({ rows }: { rows: SummaryRow[] }) {
  const anyChange = rows.some((row) => row.change)
  return (
    <dl class="govuk-summary-list">
      {rows.map((row) => (
        <div
          class={`govuk-summary-list__row${anyChange && !row.change ? ' govuk-summary-list__row--no-actions' : ''}`}
          key={row.key}
        >
          <dt class="govuk-summary-list__key">{row.key}</dt>
          <dd class="govuk-summary-list__value">{row.value}</dd>
          {row.change && (
            <dd class="govuk-summary-list__actions">
              <Link class="govuk-link" to={row.change.to}>
                {t('summary.change')}
                <span class="govuk-visually-hidden"> {row.change.label}</span>
              </Link>
            </dd>
          )}
        </div>
      ))}
    </dl>
  )
}

/** Facts in a box at the side of a page. */
export function Facts({ title, facts, children }: { title?: string; facts: { key: string; value: ComponentChildren }[]; children?: ComponentChildren }) {
  return (
    <div class="card facts">
      {title && <h2 class="heading-s">{title}</h2>}
      <dl>
        {facts.map((fact) => (
          <div key={fact.key}>
            <dt>{fact.key}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </div>
  )
}

export function Empty({ icon, children, action }: { icon: IconName; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <Niche icon={icon} />
      <p>{children}</p>
      {action}
    </div>
  )
}

export function Loading() {
  return (
    <p class="loading" role="status">
      {t('loading')}
    </p>
  )
}

export function BackLink({ to }: { to: string }) {
  return (
    <Link class="govuk-back-link" to={to}>
      {t('back')}
    </Link>
  )
}

export function Breadcrumbs({ items }: { items: { text: string; to: string }[] }) {
  return (
    <nav class="govuk-breadcrumbs" aria-label={t('breadcrumbs')}>
      <ol class="govuk-breadcrumbs__list">
        {items.map((item) => (
          <li class="govuk-breadcrumbs__list-item" key={item.to}>
            <Link class="govuk-breadcrumbs__link" to={item.to}>
              {item.text}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  )
}
