// Takes the server's question to the browser's own passkey dialogue and posts the answer with the form.
const fromText = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const known = (list) => list?.map((one) => ({ ...one, id: fromText(one.id) }))

const asked = (options) => ({
  ...options,
  challenge: fromText(options.challenge),
  ...(options.user && { user: { ...options.user, id: fromText(options.user.id) } }),
  ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
  ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) })
})

const answered = (credential) => {
  const response = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (credential.response[name]) response[name] = toText(credential.response[name])
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response })
}

const sentences = {
  InvalidStateError: 'This device has a passkey for Sharewell already.',
  SecurityError: 'Passkeys do not work at this address.'
}

async function prove (place, form) {
  const asking = await fetch(place.dataset.options, { method: 'POST', body: new FormData(form) })
  if (!asking.ok) {
    throw new Error(asking.status === 429
      ? 'Too many tries. Wait a minute, then try again.'
      : 'Your session has ended or the page is too old. Reload the page and try again.')
  }
  const publicKey = asked(await asking.json())
  const made = place.dataset.passkey === 'create'
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey })
  form.elements.answer.value = answered(made)
  form.submit()
}

function said (error) {
  if (error instanceof DOMException) {
    return sentences[error.name] ?? 'The passkey was not used. Try again, or choose another way.'
  }
  return error instanceof TypeError ? 'Sharewell could not be reached. Try again.' : error.message
}

for (const place of document.querySelectorAll('[data-passkey]')) {
  const { origin } = place.dataset
  if (!window.PublicKeyCredential || (origin && origin !== location.origin)) continue
  const form = place.querySelector('form')
  const fault = form.querySelector('[role=alert]')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = form.querySelector('button')
    button.disabled = true
    fault.hidden = true
    try {
      await prove(place, form)
    } catch (error) {
      fault.textContent = said(error)
      fault.hidden = false
      button.disabled = false
    }
  })
  place.hidden = false
  document.querySelector('[data-passkey-absent]')?.setAttribute('hidden', '')
}
