import { translate, type Translate } from '../../i18n'
import type { CitizenKey } from '../i18n'
import type words from './ka.json'

export type CardKey = keyof typeof words | CitizenKey
export const t: Translate<CardKey> = translate
