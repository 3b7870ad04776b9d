// What proves who signs: the password, or a passkey; or, for who has none here, the identity provider's word, asked for in a window of its own.
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { problemText } from '../look/parts.tsx'
import { Problem } from '../wire/api.ts'
import { t, word } from '../words/words.ts'
import { hasPasskeys, proveByPasskey } from './passkey.ts'
import { session } from './session.ts'

type Word = { code?: string; problem?: string; heard?: boolean }
const channel = 'casebook.proof'

/** Why what the provider answered is worth nothing. */
export function providerSays(code: string) {
  const why = /^auth\.provider\.(refused|unknown|taken|away|not_asked)$/.exec(code)?.[1]
  return why && word('signin.provider', why)
}

export const proofLabel = () => t(session.value?.proof ? 'sign.identity' : 'signin.password')

/** A button that has a passkey unlocked, and hands its code on. */
export function ByPasskey({ proved, set }: { proved: boolean; set: (code: string) => void }) {
  const [problem, setProblem] = useState<Problem>()
  const ask = async () => {
    setProblem(undefined)
    try { set(await proveByPasskey()) } catch (e) { if (!(e instanceof Problem)) throw e; setProblem(e) }
  }
  return <span class="row wrap"><button type="button" class="btn s" onClick={() => void ask()}><Icon name={proved ? 'check' : 'key'} />{t('passkey.use')}</button>
    <span class={problem ? 't-bad sm' : 'sub sm'} role="status">{problem ? problemText(problem) : proved && t('sign.proved')}</span></span>
}

export function Proof({ id, value, set }: { id?: string; value: string; set: (v: string) => void }) {
  const by = session.value?.proof, [problem, setProblem] = useState(''), [proved, prove] = useState('')
  useEffect(() => {
    if (!by) return
    const heard = new BroadcastChannel(channel)
    heard.onmessage = ({ data }: MessageEvent<Word>) => { if (data.heard) return; set(data.code ?? ''); setProblem(data.problem ?? ''); heard.postMessage({ heard: true }) }
    return () => heard.close()
  }, [by])
  const byPasskey = proved !== '' && proved === value
  const password = <span class="in"><input id={id} type="password" required value={value} autocomplete="current-password" onInput={e => set(e.currentTarget.value)} /></span>
  if (!by && session.value?.passkey && hasPasskeys()) return <span class="stack-1">{!byPasskey && password}<ByPasskey proved={byPasskey} set={code => { prove(code); set(code) }} /></span>
  if (!by) return password
  return <span class="row wrap"><button id={id} type="button" class="btn" onClick={() => { set(''); setProblem(''); open('/api/v1/session/provider/proof', channel, 'popup,width=520,height=680') }}><Icon name={value ? 'check' : 'shield'} />{t('sign.prove', { provider: by })}</button>
    <span class={problem ? 't-bad sm' : 'sub sm'} role="status">{problem ? providerSays(problem) : value && t('sign.proved')}</span></span>
}

/** Where the provider sends that window back to: it tells the page that waits, and closes when that has heard it. */
export function ProvedPage() {
  const problem = new URLSearchParams(location.search).get('problem') ?? ''
  useEffect(() => {
    const word: Word = problem ? { problem } : { code: location.hash.slice(1) }
    history.replaceState(null, '', '/proved')
    const to = new BroadcastChannel(channel)
    to.onmessage = ({ data }: MessageEvent<Word>) => { if (data.heard && !problem) close() } // closed sooner, its word might be lost
    to.postMessage(word)
    return () => to.close()
  }, [])
  return <main class="door"><div class="card"><div class="body stack-1"><h1>{t(problem ? 'sign.notProved' : 'sign.proved')}</h1><p class="sub">{problem ? providerSays(problem) : t('sign.goBack')}</p></div></div></main>
}
