import { describe, expect, it } from 'vitest'
import type { CatalogueIndex, ServiceHead } from '../api/types'
import { normalise, search } from './search'

function service(id: string, ka: string, en: string, keywords: string[] = []): ServiceHead {
  return {
    id,
    version: 1,
    title: { ka, en },
    summary: { ka: '', en: '' },
    category: 'c',
    keywords: { ka: keywords, en: [] },
    addressees: ['napr'],
    assurance: 'low',
    signature: 'none',
    deadline: { days: 10, calendar: 'working', text: { ka: '', en: '' } },
    fee: { amount: '0', text: { ka: '', en: '' } },
  }
}

const INDEX: CatalogueIndex = {
  categories: [],
  providers: [{ id: 'napr', name: { ka: 'საჯარო რეესტრი', en: 'Public Registry' } }],
  services: [
    service('letter', 'წერილი დაწესებულებას', 'Letter to an institution'),
    service('info', 'საჯარო ინფორმაციის მოთხოვნა', 'Request public information', ['სტატისტიკა']),
  ],
}

const ids = (query: string): string[] => search(INDEX, query).map(({ id }) => id)

describe('search', () => {
  it('finds by the beginning of words of the title', () => {
    expect(ids('ინფორმ')).toEqual(['info'])
    expect(ids('inform')).toEqual(['info'])
  })

  it('finds by keyword and by provider, the title first', () => {
    expect(ids('სტატ')).toEqual(['info'])
    expect(ids('რეესტრი')).toEqual(['letter', 'info'])
    expect(ids('საჯარო')).toEqual(['info', 'letter'])
  })

  it('wants every word', () => {
    expect(ids('საჯარო წერილი')).toEqual(['letter'])
    expect(ids('ინფორმაცია აბრაკადაბრა')).toEqual([])
  })

  it('shows all for an empty query', () => {
    expect(ids('  ')).toEqual(['letter', 'info'])
  })

  it('takes Mtavruli and decomposed letters for what they look like', () => {
    expect(normalise('ᲡᲐᲯᲐᲠᲝ')).toBe('საჯარო')
    expect(ids('ᲘᲜᲤᲝᲠᲛᲐᲪᲘᲘᲡ')).toEqual(['info'])
    expect(normalise('e\u0301')).toBe('é')
  })
})
