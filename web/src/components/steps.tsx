import type { ComponentChildren } from 'preact'
import { t } from '../i18n'
import { formatMoment } from '../i18n/dates'
import { Icon } from './icons'

/** „მე-2 ნაბიჯი 4-დან“ with small arches. */
export function Progress({ step, of }: { step: number; of: number }) {
  return (
    <p class="progress">
      <span class="progress__arches" aria-hidden="true">
        {Array.from({ length: of }, (_, index) => (
          <span key={index} class={`arch arch--small ${stateOf(index + 1, step)}`} />
        ))}
      </span>
      {t('progress', { step: t('progress.ordinal', { n: ordinal(step) }), of })}
    </p>
  )
}

function stateOf(number: number, current: number): string {
  if (number < current) return 'arch--passed'
  return number === current ? 'arch--current' : 'arch--ahead'
}

/** Georgian writes 1-ლი but მე-2; dictionaries get the finished word. */
function ordinal(n: number): string {
  return n === 1 ? t('ordinal.first') : t('ordinal.other', { n })
}

export interface Station {
  title: string
  at: string | null
  state: 'passed' | 'current' | 'ahead'
  note?: string
}

/** The way of a request: arches on one floor. */
export function Path({ label, stations }: { label: string; stations: Station[] }) {
  return (
    <ol class="path" aria-label={label}>
      {stations.map((station) => (
        <li key={station.title} class={`path__station path__station--${station.state}`} aria-current={station.state === 'current' ? 'step' : undefined}>
          <span class={`arch arch--${station.state}`} aria-hidden="true">
            {station.state === 'passed' && <Icon name="check" />}
          </span>
          <span class="path__words">
            <span class="path__title">{station.title}</span>
            <span class="path__time">{station.at ? formatMoment(station.at) : station.note}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}

/** Numbered arches of an operator's task. */
export function NumberedSteps({ label, steps, current }: { label: string; steps: string[]; current: number }) {
  return (
    <ol class="numbered" aria-label={label}>
      {steps.map((title, index) => (
        <li key={title} class={`numbered__step ${index === current ? 'numbered__step--current' : ''}`} aria-current={index === current ? 'step' : undefined}>
          <span class={`arch arch--number ${stateOf(index + 1, current + 1)}`} aria-hidden="true">
            {index < current ? <Icon name="check" /> : index + 1}
          </span>
          {title}
        </li>
      ))}
    </ol>
  )
}

/** What to do, in order. */
export function HowTo({ steps }: { steps: ComponentChildren[] }) {
  return (
    <ol class="numbered">
      {steps.map((step, index) => (
        <li key={index} class="numbered__step numbered__step--text">
          <span class="arch arch--number" aria-hidden="true">
            {index + 1}
          </span>
          <div>{step}</div>
        </li>
      ))}
    </ol>
  )
}
