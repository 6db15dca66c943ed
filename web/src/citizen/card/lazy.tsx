/** The card's part of the bundle with its words: loaded where somebody may use a card, and nowhere else. */
import type { ComponentChildren } from 'preact'
import { useResource } from '../../api/resource'
import { Loadable } from '../../components/loadable'
import { speak, lang, type Area } from '../../i18n'

type Parts = typeof import('./parts')

const WORDS: Area = {
  ka: async () => [(await import('./ka.json')).default],
  en: async () => [(await import('./en.json')).default],
}

async function load(): Promise<Parts> {
  const [parts] = await Promise.all([import('./parts'), speak(lang(), WORDS)])
  return parts
}

export function CardPart({ children }: { children: (parts: Parts) => ComponentChildren }) {
  const parts = useResource('card', load)
  return <Loadable resource={parts}>{children}</Loadable>
}
