// The page's side of the Web eID protocol: acknowledge at once, pass on, answer in the same window.
const COMMANDS = ['status', 'authenticate', 'get-signing-certificate', 'sign'].map((name) => `web-eid:${name}`)

window.addEventListener('message', async ({ source, data, origin }) => {
  if (source !== window || !COMMANDS.includes(data?.action)) return
  window.postMessage({ action: `${data.action}-ack` }, origin)
  window.postMessage(await chrome.runtime.sendMessage(data), origin)
})
