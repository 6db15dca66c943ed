/** Our components against the HTML that GOV.UK Frontend ships: an upgrade of the package runs this again. */
import { createRequire } from 'node:module'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { beforeAll, describe, expect, it } from 'vitest'
import shared from '../i18n/shared.en.json'
import { setWords } from '../i18n'
import { Button } from './button'
import { Checkboxes, Radios } from './choices'
import { DateInput } from './date-input'
import { ErrorSummary } from './error-summary'
import { Input, PasswordInput, Select, Textarea, type Choice } from './inputs'
import { Breadcrumbs, Details, SummaryList, Tag } from './texts'

type Options = Record<string, any>

interface Fixture {
  name: string
  options: Options
  html: string
}

const require = createRequire(import.meta.url)
const nothing = (): void => undefined

beforeAll(() => setWords('en', shared))

function fixturesOf(component: string): Fixture[] {
  return (require(`govuk-frontend/dist/govuk/components/${component}/fixtures.json`) as { fixtures: Fixture[] }).fixtures
}

/** Whether the fixture uses nothing but these options (with dots for what is inside one). */
function uses(options: Options, allowed: string[]): boolean {
  return flat(options).every((key) => allowed.includes(key))
}

function flat(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => flat(item, prefix)))]
  if (typeof value !== 'object' || value === null) return [prefix]
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, prefix ? `${prefix}.${key}` : key))
}

const QUESTION = ['label.text', 'name', 'id', 'hint.text', 'errorMessage.text', 'value']

function question(options: Options): { id: string; name: string; label: string; hint?: string; error?: string } {
  return {
    id: options['id'] ?? options['idPrefix'] ?? options['name'],
    name: options['name'],
    label: options['label']?.text ?? options['fieldset']?.legend.text,
    hint: options['hint']?.text,
    error: options['errorMessage']?.text,
  }
}

function choices(options: Options): Choice[] {
  return (options['items'] as Options[]).map((item) => ({ value: String(item['value']), text: item['text'], hint: item['hint']?.text }))
}

const GROUP = ['name', 'idPrefix', 'fieldset.legend.text', 'hint.text', 'errorMessage.text', 'items.value', 'items.text', 'items.hint.text']

const RENDER: Record<string, (options: Options) => VNode | null> = {
  button: (o) => (uses(o, ['text']) ? <Button>{o['text']}</Button> : null),
  input: (o) =>
    uses(o, [...QUESTION, 'autocomplete', 'inputmode', 'spellcheck', 'prefix.text']) ? (
      <Input
        {...question(o)}
        value={o['value'] ?? ''}
        onInput={nothing}
        autocomplete={o['autocomplete']}
        inputmode={o['inputmode']}
        spellcheck={o['spellcheck']}
        prefix={o['prefix']?.text}
      />
    ) : null,
  textarea: (o) =>
    uses(o, [...QUESTION, 'rows', 'autocomplete']) ? (
      <Textarea {...question(o)} value={o['value'] ?? ''} onInput={nothing} rows={o['rows']} autocomplete={o['autocomplete']} />
    ) : null,
  'password-input': (o) =>
    uses(o, QUESTION) ? (
      <PasswordInput {...question(o)} value={o['value'] ?? ''} onInput={nothing} autocomplete="current-password" />
    ) : null,
  select: (o) =>
    uses(o, ['label.text', 'name', 'id', 'hint.text', 'errorMessage.text', 'items.value', 'items.text', 'value']) && (o['items'] as Options[])?.every((item) => item['value']) ? (
      <Select {...question(o)} value={String(o['value'] ?? '')} choices={choices(o)} onChange={nothing} />
    ) : null,
  radios: (o) => (uses(o, [...GROUP, 'value']) && o['fieldset']?.legend && (o['items'] ?? true) ? <Radios {...question(o)} value={o['value'] ?? ''} choices={choices(o)} onChange={nothing} /> : null),
  checkboxes: (o) =>
    uses(o, [...GROUP, 'values']) && o['fieldset']?.legend && (o['items'] ?? true) ? <Checkboxes {...question(o)} values={o['values'] ?? []} choices={choices(o)} onChange={nothing} /> : null,
  'date-input': (o) =>
    uses(o, ['id', 'fieldset.legend.text', 'hint.text', 'errorMessage.text']) && o['fieldset']?.legend && (o['items'] ?? true) ? (
      <DateInput {...question({ ...o, name: o['id'] })} value="" onChange={nothing} />
    ) : null,
  'error-summary': (o) =>
    uses(o, ['titleText', 'errorList.text', 'errorList.href']) && o['errorList'] ? (
      <ErrorSummary title={o['titleText']} errors={(o['errorList'] as Options[]).map(({ text, href }) => ({ text, target: href?.slice(1) }))} />
    ) : null,
  tag: (o) => (uses(o, ['text']) ? <Tag>{o['text']}</Tag> : null),
  details: (o) => (uses(o, ['summaryText', 'text']) ? <Details summary={o['summaryText']}>{o['text']}</Details> : null),
  'summary-list': (o) =>
    uses(o, ['rows.key.text', 'rows.value.text']) && o['rows']?.length > 0 ? (
      <SummaryList rows={(o['rows'] as Options[]).map((row) => ({ key: row['key'].text, value: row['value'].text }))} />
    ) : null,
  breadcrumbs: (o) =>
    uses(o, ['items.text', 'items.href']) && (o['items'] as Options[]).every(({ href }) => href?.startsWith('/')) ? (
      <Breadcrumbs items={(o['items'] as Options[]).map(({ text, href }) => ({ text, to: href }))} />
    ) : null,
}

describe.each(Object.keys(RENDER))('%s', (component) => {
  const render = RENDER[component]!
  const supported = fixturesOf(component).filter(({ options }) => render(options) !== null)

  it('has fixtures to compare with', () => expect(supported.length).toBeGreaterThan(0))

  it.each(supported.map((fixture) => [fixture.name, fixture] as const))('%s', (_, { options, html }) => {
    expect(normalised(renderToString(render(options)!))).toEqual(normalised(html))
  })
})

/** Tags with their sorted attributes and texts. What GOV.UK's own script uses, and we do without, is left out. */
function normalised(html: string): string[] {
  const parts = html.match(/<[^>]+>|[^<]+/g) ?? []
  return parts.map((part) => (part.startsWith('<') ? tag(part) : text(part))).filter(Boolean)
}

function text(raw: string): string {
  return raw
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()
}

function tag(raw: string): string {
  const name = /^<\/?[a-z0-9]+/.exec(raw)![0]
  const attributes = [...raw.slice(name.length).matchAll(/([a-z-]+)(?:="([^"]*)")?/gi)]
    .map(([, key = '', value = '']) => [key.toLowerCase(), value] as const)
    .filter(([key, value]) => !key.startsWith('data-') && key !== 'hidden' && key !== 'tabindex' && !(key === 'value' && value === ''))
    .map(([key, value]) => `${key}=${key === 'class' ? classes(value) : key === 'href' ? value.replace(/^\/en\//, '/') : text(value)}`)
  return `${name} ${attributes.sort().join(' ')}`.trim()
}

function classes(value: string): string {
  return value
    .split(/\s+/)
    .filter((one) => one && !one.startsWith('govuk-js-'))
    .sort()
    .join('.')
}
