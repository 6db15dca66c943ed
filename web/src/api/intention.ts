/**
 * What a person means to do once. As long as the content is the same, every attempt carries the same
 * Idempotency-Key, so that a retry after a lost answer has no second effect.
 */
export class Intention {
  private content: string | null = null
  private current = ''

  constructor(private readonly newKey: () => string = () => crypto.randomUUID()) {}

  /** The key for this content: the one used before, unless the content changed. */
  keyFor(content: unknown): string {
    const text = JSON.stringify(content)
    if (text !== this.content) {
      this.content = text
      this.current = this.newKey()
    }
    return this.current
  }

  /** The effect happened; the next attempt is another intention. */
  done(): void {
    this.content = null
  }
}
