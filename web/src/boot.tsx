/** Starts a bundle: words first, then the router, then the first render. */
import { render, type ComponentType } from 'preact'
import { useState } from 'preact/hooks'
import { languageOf, speak, type Area, type Lang } from './i18n'
import { startRouter } from './router'
import { applyTheme } from './theme'

export interface AppProps {
  /** Loads the words of the language and shows every screen in it. */
  onLanguage: (language: Lang) => Promise<void>
}

export async function boot(App: ComponentType<AppProps>, words: Area): Promise<void> {
  applyTheme()
  startRouter()
  const show = async (language: Lang): Promise<void> => {
    await speak(language, words)
    document.documentElement.lang = language
  }
  await show(languageOf(window.location.pathname))

  function Root() {
    const [, setSpoken] = useState(0)
    const onLanguage = async (language: Lang): Promise<void> => {
      await show(language)
      setSpoken((n) => n + 1)
    }
    return <App onLanguage={onLanguage} />
  }
  render(<Root />, document.getElementById('app')!)
}
