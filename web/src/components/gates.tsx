import type { ComponentChildren } from 'preact'
import { Niche } from './texts'
import type { IconName } from './icons'

/** Arches in the wall that open to the page. */
export function Gates({ label, children }: { label?: string; children: ComponentChildren }) {
  return (
    <ul class="gates" aria-label={label}>
      {children}
    </ul>
  )
}

interface GateProps {
  icon: IconName
  title: ComponentChildren
  children?: ComponentChildren
}

export function Gate({ icon, title, children }: GateProps) {
  return (
    <li class="gate">
      <Niche icon={icon} />
      <div class="gate__title">{title}</div>
      {children}
    </li>
  )
}
