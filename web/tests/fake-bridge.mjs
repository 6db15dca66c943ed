/**
 * A card agent for the screens: the page that its window shows, and an extension's script. Both answer as the test
 * tells them to. Nothing listens on the agent's port: the browser's request for it is answered by the test.
 */
export const AGENT = 'http://127.0.0.1:17643'
export const TOKEN = { format: 'web-eid:1.0', algorithm: 'ES256', unverifiedCertificate: 'AA==', signature: 'AA==', appVersion: 'https://karibche.example/cardbridge/1.0.0' }

/** What an agent says when something is in the way: `wrong-pin/2`, or a code of Web eID's. */
export const troubleOf = (code) =>
  code.startsWith('ERR_') ? { code, message: '' } : { code: 'ERR_WEBEID_NATIVE_FATAL', message: `cardbridge/${code}` }

/** Answers for the agent's window. Change `agent.answer`: a token, a trouble, „wait“, or „absent“. */
export async function fakeAgent(context) {
  const agent = { answer: TOKEN, requests: [] }
  await context.route(`${AGENT}/**`, async (route) => {
    if (agent.answer === 'absent') return route.abort('connectionrefused')
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body: page(agent.answer) })
  })
  await context.exposeBinding('noteRequest', (_, request) => void agent.requests.push(request))
  return agent
}

function page(answer) {
  const reply = answer === TOKEN ? { result: answer } : { error: troubleOf(answer) }
  return `<!doctype html><title>cardbridge</title><script>
    const opener = window.opener
    addEventListener('message', async (event) => {
      if (event.source !== opener) return
      await noteRequest({ origin: event.origin, data: event.data })
      if (${JSON.stringify(answer)} === 'wait') return
      opener.postMessage({ karibche: 'card-bridge', type: 'answer', ...${JSON.stringify(reply)} }, event.origin)
      close()
    }, { once: true })
    opener.postMessage({ karibche: 'card-bridge', type: 'ready', version: '1.0.0' }, '*')
  </script>`
}

/** An extension's script in the page; its host answers with this trouble, or with a token. */
export function fakeExtension(context, trouble) {
  return context.addInitScript(
    ([token, error]) => {
      if (window.opener) return
      window.addEventListener('message', ({ source, data }) => {
        if (source !== window || data?.action !== 'web-eid:authenticate') return
        window.postMessage({ action: `${data.action}-ack` }, location.origin)
        window.postMessage(error ? { action: `${data.action}-failure`, error } : { action: `${data.action}-success`, ...token }, location.origin)
      })
    },
    [TOKEN, trouble && troubleOf(trouble)],
  )
}
