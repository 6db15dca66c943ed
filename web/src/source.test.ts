/** Habits that no type can hold: what must not stand anywhere in the sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const SRC = fileURLToPath(new URL('.', import.meta.url))

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : [path]
  })
}

const SOURCES = files(SRC)
  .filter((path) => /\.(tsx?|scss)$/.test(path) && !path.includes('.test.'))
  .map((path) => ({ name: relative(SRC, path), text: readFileSync(path, 'utf8') }))

it.each([
  ['upper case, which turns Georgian into Mtavruli', /toUpperCase|toLocaleUpperCase|text-transform/],
  ['Intl, which knows no Georgian in Chromium', /\bIntl\.\w|toLocale(String|DateString|TimeString)/],
  ['HTML put in as text', /dangerouslySetInnerHTML|innerHTML/],
  ['styles in attributes, which the policy forbids', /\sstyle=/],
])('no source has %s', (_, pattern) => {
  expect(SOURCES.filter(({ text }) => pattern.test(text)).map(({ name }) => name)).toEqual([])
})

it('no style names a colour but through its token', () => {
  const styles = SOURCES.filter(({ name }) => name.endsWith('.scss') && !/_(tokens|govuk)\.scss$/.test(name))
  expect(styles.filter(({ text }) => /#[0-9a-f]{3,8}\b|\brgba?\(/i.test(text)).map(({ name }) => name)).toEqual([])
})

it('the lock file names no registry host', () => {
  expect(readFileSync(join(SRC, '../package-lock.json'), 'utf8')).not.toMatch(/"resolved"|https?:\/\/(?!opencollective|github|tidelift|www\.patreon|ko-fi|paulmillr|feross)[^"]*\.tgz/)
})
