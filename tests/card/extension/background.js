// The host's side: one connection and one command for each request; the origin is the sender's, never the page's word.
const HOST = 'eu.webeid'
const ARGUMENTS = {
  'web-eid:status': () => null,
  'web-eid:authenticate': ({ challengeNonce }) => ({ challengeNonce }),
  'web-eid:get-signing-certificate': () => ({}),
  'web-eid:sign': ({ certificate, hash, hashFunction }) => ({ certificate, hash, hashFunction }),
}

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  void perform(message, new URL(sender.url).origin).then(
    (result) => answer({ action: `${message.action}-success`, ...result }),
    (error) => answer({ action: `${message.action}-failure`, error }),
  )
  return true
})

async function perform(message, origin) {
  const port = chrome.runtime.connectNative(HOST)
  try {
    const { version } = await next(port, 'ERR_WEBEID_NATIVE_UNAVAILABLE')
    const given = ARGUMENTS[message.action](message)
    if (given === null) {
      port.postMessage({ command: 'quit', arguments: {} })
      return { library: message.libraryVersion, extension: chrome.runtime.getManifest().version, nativeApp: version }
    }
    const lang = message.options?.lang
    port.postMessage({ command: message.action.replace('web-eid:', ''), arguments: { ...given, origin, ...(lang && { lang }) } })
    return await next(port, 'ERR_WEBEID_UNKNOWN_ERROR')
  } finally {
    port.disconnect()
  }
}

/** The next message of the host; its own error, or `closed` when it says nothing more. */
function next(port, closed) {
  return new Promise((resolve, reject) => {
    port.onMessage.addListener((said) => (said.error ? reject(said.error) : resolve(said)))
    port.onDisconnect.addListener(() => reject({ code: closed, message: chrome.runtime.lastError?.message ?? '' }))
  })
}
