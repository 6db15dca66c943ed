import type { Profile } from '../../api/types'
import { PasswordInput } from '../../components/inputs'
import { t } from '../i18n'
import { cameByCard } from '../session'

interface Props {
  profile: Profile
  id: string
  value: string
  error?: string
  onInput(value: string): void
}

/** Whether a sensitive change asks for the current password: not where there is none, nor of who came with the card. */
export function needsPassword(profile: Profile): boolean {
  return profile.has_password && !cameByCard()
}

export function CurrentPassword({ profile, id, value, error, onInput }: Props) {
  if (!profile.has_password) return null
  if (!needsPassword(profile)) return <p class="meta by-card">{t('profile.by-card')}</p>
  return (
    <PasswordInput
      id={id}
      name="current_password"
      label={t('field.current-password')}
      autocomplete="current-password"
      value={value}
      error={error}
      onInput={onInput}
    />
  )
}
