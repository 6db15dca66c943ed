/** Mobile and e-mail as every form of the citizen asks for them, with their messages. */
import { at } from '../components/faults'
import { Input } from '../components/inputs'
import { t, type CitizenKey } from './i18n'

interface FieldProps {
  id: string
  value: string
  error?: string
  onInput(value: string): void
}

export function MobileInput(props: FieldProps) {
  return (
    <Input
      {...props}
      name="mobile"
      label={t('field.mobile')}
      hint={t('field.mobile.hint')}
      type="tel"
      inputmode="tel"
      autocomplete="tel-national"
      prefix="+995"
      width="10"
    />
  )
}

export function mobileMessage(typed: string): string {
  return at(t('field.mobile'), typed.trim() === '' ? t('error.fill-in') : t('error.mobile'))
}

export function EmailInput(props: FieldProps & { name?: string; label: string; hint: string }) {
  return <Input {...props} type="email" inputmode="email" autocomplete="email" spellcheck={false} />
}

export function emailMessage(label: CitizenKey, code: string): string {
  if (code === 'taken') return t('error.email-taken')
  return at(t(label), code === 'required' ? t('error.fill-in') : t('error.email'))
}
