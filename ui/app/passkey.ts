// Passkeys: what the browser is asked for, and what it answers, in the JSON of Web Authentication.
import { call, Problem } from '../wire/api.ts'
import { t } from '../words/words.ts'

/** Whether this browser, on this page, has passkeys that speak JSON. */
export const hasPasskeys = () => typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

/** The browser's answer. That somebody broke off, or that no device has a passkey, is a problem to show like others. */
async function answered(asked: () => Promise<Credential | null>): Promise<unknown> {
  try { return (await asked() as PublicKeyCredential).toJSON() } catch (e) {
    if (!(e instanceof DOMException)) throw e
    throw new Problem(0, { code: 'auth.passkey.none', detail: t(e.name === 'InvalidStateError' ? 'passkey.have' : 'passkey.none') })
  }
}

/** Has a device make a passkey for who is signed in. */
export async function makePasskey(): Promise<unknown> {
  const offer = await call<PublicKeyCredentialCreationOptionsJSON>('POST', '/account/passkeys/offer', { body: {} })
  return answered(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(offer) }))
}

/** Has somebody unlock a passkey: to sign in, or, signed in, to prove who is there. */
export async function askPasskey(at: '/session/passkey' | '/account/proof'): Promise<unknown> {
  const offer = await call<PublicKeyCredentialRequestOptionsJSON>('POST', `${at}/offer`, { body: {} })
  return answered(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(offer) }))
}

/** A code that stands once for the second factor, or for the password at a signature. */
export async function proveByPasskey() {
  return (await call<{ code: string }>('POST', '/account/proof', { body: { passkey: await askPasskey('/account/proof') } })).code
}
