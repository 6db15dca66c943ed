/** Search over the published catalogue, in the browser. */
import { LANGUAGES, type Lang } from '../i18n'
import type { CatalogueIndex, ServiceHead } from '../api/types'

/** One form for what looks alike: NFC, lower case, Mkhedruli for the capital-like Mtavruli letters. */
export function normalise(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u1c90-\u1cbf]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x1c90 + 0x10d0))
    .toLowerCase()
}

export function tokens(text: string): string[] {
  return normalise(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
}

/** Services of which every word of the query begins some word, those with it in their title first. */
export function search(index: CatalogueIndex, query: string): ServiceHead[] {
  const wanted = tokens(query)
  if (wanted.length === 0) return index.services
  const names = new Map(index.providers.map((provider) => [provider.id, provider.name]))
  const scored = index.services.map((service) => {
    const title = LANGUAGES.flatMap((language) => tokens(service.title[language]))
    const rest = LANGUAGES.flatMap((language) => moreTokens(service, language, names))
    return { service, score: score(wanted, title, rest) }
  })
  return scored
    .filter(({ score: points }) => points > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ service }) => service)
}

function moreTokens(service: ServiceHead, language: Lang, names: Map<string, Record<Lang, string>>): string[] {
  const providers = service.addressees.map((id) => names.get(id)?.[language] ?? '')
  return [service.summary[language], ...(service.keywords[language] ?? []), ...providers].flatMap(tokens)
}

function score(wanted: string[], title: string[], rest: string[]): number {
  let points = 0
  for (const word of wanted) {
    if (title.some((token) => token.startsWith(word))) points += 2
    else if (rest.some((token) => token.startsWith(word))) points += 1
    else return 0
  }
  return points
}
