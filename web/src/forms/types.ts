/** A service's form as data: a restricted JSON Schema says what is true, pages say how it is asked. */
import type { Localised } from '../i18n'

export type Answer = string | number | boolean | string[] | { [name: string]: Answer }
export type Answers = { [name: string]: Answer }

export type Expression = string | number | boolean | null | Expression[]

export interface Schema {
  type?: string
  enum?: (string | number)[]
  const?: string | number | boolean
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  format?: 'date' | 'email'
  items?: Schema
  minItems?: number
  maxItems?: number
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean
}

export type Widget = 'addressee' | 'text' | 'textarea' | 'radio' | 'select' | 'checkbox' | 'checkboxes' | 'date'

export interface Option {
  value: string
  label: Localised
  hint?: Localised
}

export interface Field {
  path: string
  widget: Widget
  label: Localised
  hint?: Localised
  show_if?: Expression
  options?: Option[]
  rows?: number
  autocomplete?: string
  inputmode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email'
  errors?: Record<string, Localised>
}

export interface FormPage {
  id: string
  title: Localised
  show_if?: Expression
  fields: Field[]
}

export interface ServiceForm {
  schema: Schema
  pages: FormPage[]
}
