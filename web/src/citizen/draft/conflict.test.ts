import { describe, expect, it } from 'vitest'
import type { Answers, Field, ServiceForm } from '../../forms/types'
import { differences, merged } from './conflict'

const field = (name: string): Field => ({ path: `/${name}`, widget: 'text', label: { ka: name, en: name } })
const FORM: ServiceForm = {
  schema: {},
  pages: [{ id: 'p', title: { ka: '', en: '' }, fields: ['mine', 'theirs', 'both', 'same', 'gone'].map(field) }],
}
const BASE: Answers = { mine: '0', theirs: '0', both: '0', same: '0', gone: '0' }
const MINE: Answers = { mine: '1', theirs: '0', both: '1', same: '1', gone: '0' }
const THEIRS: Answers = { mine: '0', theirs: '2', both: '2', same: '1' }

describe('two versions of a draft', () => {
  const found = differences(FORM, BASE, MINE, THEIRS)

  it('differ where the answers do', () => {
    expect(found.map(({ field: { path } }) => path)).toEqual(['/mine', '/theirs', '/both', '/gone'])
  })

  it('propose the side that changed, and mine where both did', () => {
    expect(found.map(({ proposed }) => proposed)).toEqual(['mine', 'theirs', 'mine', 'theirs'])
  })

  it('are merged as proposed or as chosen', () => {
    expect(merged(found, THEIRS, {})).toEqual({ mine: '1', theirs: '2', both: '1', same: '1' })
    expect(merged(found, THEIRS, { '/both': 'theirs', '/gone': 'mine' })).toEqual({ mine: '1', theirs: '2', both: '2', same: '1', gone: '0' })
  })
})
