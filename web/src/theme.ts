/** Light or dark: the system decides, unless the person has chosen. The choice stays in this browser. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'karibche-theme'

export function chosenTheme(): Theme {
  const value = readStored()
  return value === 'light' || value === 'dark' ? value : 'system'
}

export function chooseTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, theme)
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
  applyTheme(theme)
}

export function applyTheme(theme: Theme = chosenTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

function readStored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
