/** Forms in which people and machines write the same thing. */

/** „599 01 02 03“, „+995 599…“, „0599…“ → „+995599010203“; null if it is no Georgian mobile number. */
export function mobileOf(typed: string): string | null {
  const digits = typed.replace(/[\s()-]/g, '').replace(/^(\+995|00995|995(?=5\d{8}$)|0(?=5))/, '')
  return /^5\d{8}$/.test(digits) ? `+995${digits}` : null
}

/** The part that a person types after +995. */
export function mobileWithoutPrefix(mobile: string): string {
  const match = /^\+995(\d{3})(\d{2})(\d{2})(\d{2})$/.exec(mobile)
  return match ? match.slice(1).join(' ') : mobile
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
}

export function isPersonalNumber(text: string): boolean {
  return /^[0-9]{11}$/.test(text)
}

/** Georgian letters, with a space or a hyphen between two names. */
export function isGeorgianName(text: string): boolean {
  return /^[ა-ჰ]+([ -][ა-ჰ]+)*$/.test(text)
}
