import type { ComponentChildren } from 'preact'
import { t } from '../i18n'
import { Link } from '../router'
import { Icon, type IconName } from './icons'

export type ButtonKind = 'primary' | 'secondary' | 'warning' | 'quiet' | 'search'

interface Common {
  kind?: ButtonKind
  icon?: IconName
  children: ComponentChildren
}

interface ButtonProps extends Common {
  type?: 'submit' | 'button'
  id?: string
  /** The action is under way: the button waits and says so. It keeps the focus, which `disabled` would take. */
  busy?: boolean
  onClick?: () => void
}

function classOf(kind: ButtonKind): string {
  return kind === 'primary' ? 'govuk-button' : `govuk-button govuk-button--${kind}`
}

export function Button({ kind = 'primary', icon, type = 'submit', id, busy = false, onClick, children }: ButtonProps) {
  return (
    <button type={type} class={classOf(kind)} id={id} aria-disabled={busy ? 'true' : undefined} onClick={busy ? undefined : onClick}>
      {icon && <Icon name={icon} />}
      {busy ? t('button.busy') : children}
    </button>
  )
}

/** A link that looks like a button, for going somewhere. */
export function ButtonLink({ kind = 'primary', icon, to, onFollow, children }: Common & { to: string; onFollow?: () => void }) {
  return (
    <Link to={to} class={classOf(kind)} onFollow={onFollow}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  )
}
