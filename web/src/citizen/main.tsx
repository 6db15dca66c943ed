import '../styles/main.scss'
import { boot } from '../boot'
import { App } from './app'

void boot(App, {
  ka: async () => [(await import('../i18n/shared.ka.json')).default, (await import('./ka.json')).default],
  en: async () => [(await import('../i18n/shared.en.json')).default, (await import('./en.json')).default],
})
