import { translate, type SharedKey, type Translate } from '../i18n'
import type words from './ka.json'

export type CitizenKey = keyof typeof words | SharedKey
export const t: Translate<CitizenKey> = translate
