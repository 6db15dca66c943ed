/** Starts a bundle: words first, then the router, then the first render. */
import { render, type ComponentType } from 'preact'
import { useState } from 'preact/hooks'
import { languageOf, setWords, type Lang } from './i18n'
import { startRouter } from './router'
import { applyTheme } from './theme'

type Dictionary = Readonly<Record<string, string>>
export type Dictionaries = Record<Lang, () => Promise<Dictionary[]>>

export interface AppProps {
  /** Loads the words of the language and shows every screen in it. */
  onLanguage: (language: Lang) => Promise<void>
}

export async function boot(App: ComponentType<AppProps>, dictionaries: Dictionaries): Promise<void> {
  applyTheme()
  startRouter()
  const speak = async (language: Lang): Promise<void> => {
    setWords(language, ...(await dictionaries[language]()))
    document.documentElement.lang = language
  }
  await speak(languageOf(window.location.pathname))

  function Root() {
    const [, setSpoken] = useState(0)
    const onLanguage = async (language: Lang): Promise<void> => {
      await speak(language)
      setSpoken((n) => n + 1)
    }
    return <App onLanguage={onLanguage} />
  }
  render(<Root />, document.getElementById('app')!)
}
