import { describe, expect, it } from 'vitest'
import { TROUBLES, troubleOf } from './trouble'

const fatal = (message: unknown): { code: string; message: unknown } => ({ code: 'ERR_WEBEID_NATIVE_FATAL', message })

describe('what the agent answers', () => {
  it.each(TROUBLES)('cardbridge/%s is understood', (code) => {
    expect(troubleOf(fatal(`cardbridge/${code}`))).toMatchObject({ code, triesLeft: null })
  })

  it('tells the attempts that are left', () => {
    expect(troubleOf(fatal('cardbridge/wrong-pin/2'))).toMatchObject({ code: 'wrong-pin', triesLeft: 2 })
    expect(troubleOf(fatal('cardbridge/wrong-pin/0'))).toMatchObject({ code: 'wrong-pin', triesLeft: 0 })
  })

  it('says more than the code of Web eID beside it', () => {
    expect(troubleOf({ code: 'ERR_WEBEID_ACTION_PENDING', message: 'cardbridge/card-busy' }).code).toBe('card-busy')
  })

  it.each([
    ['ERR_WEBEID_USER_CANCELLED', 'cancelled'],
    ['ERR_WEBEID_USER_TIMEOUT', 'timed-out'],
    ['ERR_WEBEID_ACTION_TIMEOUT', 'timed-out'],
    ['ERR_WEBEID_VERSION_MISMATCH', 'version'],
    ['ERR_WEBEID_VERSION_INVALID', 'version'],
    ['ERR_WEBEID_EXTENSION_UNAVAILABLE', 'absent'],
    ['ERR_WEBEID_NATIVE_UNAVAILABLE', 'absent'],
    ['ERR_WEBEID_CONTEXT_INSECURE', 'origin-not-allowed'],
    ['ERR_WEBEID_ACTION_PENDING', 'busy'],
    ['ERR_WEBEID_UNKNOWN_ERROR', 'unknown'],
    ['ERR_WEBEID_NATIVE_FATAL', 'unknown'],
    ['ERR_WEBEID_NATIVE_INVALID_ARGUMENT', 'unknown'],
    ['ERR_WEBEID_MISSING_PARAMETER', 'unknown'],
    ['ERR_WEBEID_OF_THE_FUTURE', 'unknown'],
  ])('%s of somebody else’s program means %s', (code, trouble) => {
    expect(troubleOf({ code, message: 'in somebody else’s words' }).code).toBe(trouble)
  })

  it.each([null, undefined, 'text', 7, {}, fatal(undefined), fatal('cardbridge/'), fatal('cardbridge/of-the-future'), fatal('cardbridge/wrong-pin/many'), fatal('see cardbridge/no-card')])(
    'is unknown where it makes no sense: %j',
    (error) => expect(troubleOf(error).code).toBe('unknown'),
  )
})
