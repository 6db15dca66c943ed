/** Forms in which people and machines write the same thing. */

/** „599 01 02 03“, „+995 599…“, „0599…“ → „599010203“, as the API wants it; null if it is no Georgian mobile number. */
export function mobileOf(typed: string): string | null {
  const digits = typed.replace(/[\s()-]/g, '').replace(/^(\+995|00995|995(?=5\d{8}$)|0(?=5))/, '')
  return /^5\d{8}$/.test(digits) ? digits : null
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
}

export function isPersonalNumber(text: string): boolean {
  return /^[0-9]{11}$/.test(text)
}

/** Georgian letters, with a space, a hyphen or an apostrophe between two names. */
export function isGeorgianName(text: string): boolean {
  return /^[ა-ჰ]+([ '’-][ა-ჰ]+)*$/.test(text)
}
