/** Words of the interface: one flat dictionary per bundle area and language, loaded before the first render. */
import type shared from './shared.ka.json'

export type Lang = 'ka' | 'en'
export type Localised = Record<Lang, string>
export type SharedKey = keyof typeof shared
export type Params = Record<string, string | number>
export type Translate<Key extends string> = (key: Key, params?: Params) => string

/** The words of one area in each language, loaded when they are needed. */
export type Area = Record<Lang, () => Promise<Readonly<Record<string, string>>[]>>

export const LANGUAGES: readonly Lang[] = ['ka', 'en']

let language: Lang = 'ka'
let words: Readonly<Record<string, string>> = {}
const areas = new Set<Area>()
let turns = 0

export function setWords(lang: Lang, ...dictionaries: Readonly<Record<string, string>>[]): void {
  language = lang
  words = Object.assign({}, ...dictionaries)
}

/** Loads the words of every area so far, and of those named, and speaks this language from now on. */
export async function speak(next: Lang, ...more: Area[]): Promise<void> {
  const turn = (turns += 1)
  for (const area of more) areas.add(area)
  const loaded = await Promise.all([...areas].map((area) => area[next]()))
  if (turn === turns) setWords(next, ...loaded.flat())
}

export function lang(): Lang {
  return language
}

/** The text of `key` in the page's language; `{name}` in it is replaced by `params.name`. */
export function translate(key: string, params: Params = {}): string {
  const text = words[key]
  if (text === undefined) return key
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}

export const t: Translate<SharedKey> = translate

export function localised(text: Localised): string {
  return text[language]
}

/** The language a path stands for; anything but /en is Georgian. */
export function languageOf(path: string): Lang {
  return /^\/en(\/|$)/.test(path) ? 'en' : 'ka'
}

export function otherLanguage(of: Lang): Lang {
  return of === 'ka' ? 'en' : 'ka'
}
