// Takes one request from the window that opened this page, asks the agent, hands the answer back.
"use strict";

{
  const CHANNEL = "card-bridge";
  const CLOSING = { done: 1000, failed: 6000 }; // milliseconds
  const { secret, version } = document.body.dataset;
  const texts = JSON.parse(document.body.dataset.texts);
  delete document.body.dataset.secret;

  const status = document.getElementById("status");
  const button = document.getElementById("button");
  const cancelling = new AbortController();
  let site = null; // the origin of the one request

  const failure = (kind, ours) => ({ error: { code: `ERR_WEBEID_${kind}`, message: `cardbridge/${ours}` } });

  function textOf(error) {
    const [, code, tries] = String(error.message).split("/");
    const known = Object.hasOwn(texts, code) ? code : "card-fault";
    const key = known === "wrong-pin" && tries === undefined ? "wrong-pin-uncounted" : known;
    return texts[key].replace("{tries}", tries);
  }

  function offer(label, act) {
    button.textContent = label;
    button.onclick = act;
    button.hidden = false;
  }

  function answer(outcome) {
    // A sandboxed page's origin is "null", which nothing can be addressed to.
    if (site !== "null") window.opener?.postMessage({ karibche: CHANNEL, type: "answer", ...outcome }, site);
    document.getElementById("never").hidden = true;
    const failed = outcome.error !== undefined;
    document.body.classList.add(failed ? "failed" : "done");
    status.textContent = failed ? `${textOf(outcome.error)} ${texts.closing}` : texts.done;
    offer(texts.close, () => window.close());
    setTimeout(() => window.close(), failed ? CLOSING.failed : CLOSING.done);
  }

  async function ask(command, commandArguments) {
    const response = await fetch("/v1/operations", {
      method: "POST",
      mode: "same-origin",
      cache: "no-store",
      headers: { "Content-Type": "application/json", "Cardbridge-Secret": secret },
      body: JSON.stringify({ origin: site, command, arguments: commandArguments }),
      signal: cancelling.signal,
    });
    const { result, error } = await response.json();
    return error === undefined ? { result } : { error };
  }

  // What a site may say, of which the agent looks at command and arguments. It never says who it is: that is the
  // browser's word.
  const isRequest = (data) => Object.keys(data).sort().join() === "arguments,command,karibche,type";

  async function take(event) {
    const data = event.data;
    const meant = data !== null && typeof data === "object" && data.karibche === CHANNEL && data.type === "request";
    if (site !== null || event.source !== window.opener || !meant) return;
    site = event.origin;
    if (!isRequest(data)) {
      answer(failure("NATIVE_INVALID_ARGUMENT", "invalid-argument"));
      return;
    }
    document.getElementById("origin").textContent = site;
    document.getElementById("site").hidden = false;
    document.getElementById("never").hidden = false;
    status.textContent = texts.waiting;
    offer(texts.cancel, () => cancelling.abort());
    const watch = setInterval(() => { if (window.opener === null || window.opener.closed) cancelling.abort(); }, 500);
    try {
      answer(await ask(data.command, data.arguments));
    } catch {
      answer(cancelling.signal.aborted ? failure("USER_CANCELLED", "cancelled") : failure("NATIVE_FATAL", "no-terminal"));
    } finally {
      clearInterval(watch);
    }
  }

  if (window.opener === null) {
    status.textContent = texts.alone;
  } else {
    status.textContent = texts.opening;
    window.addEventListener("message", take);
    window.opener.postMessage({ karibche: CHANNEL, type: "ready", version }, "*");
  }
}
