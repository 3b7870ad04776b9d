// One's own passkeys: a list, and a dialog for adding, naming and removing one.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { moment, t } from '../words/words.ts'
import { Code, Field, Recovery, useSend } from './accountparts.tsx'
import { hasPasskeys, makePasskey } from './passkey.ts'
import { resume } from './session.ts'

export type Passkey = { id: string; name: string; created: string; used?: string }
type Doing = { what: 'add' } | { what: 'name' | 'remove'; passkey: Passkey }

export function Passkeys({ passkeys, here, factor, reload }: { passkeys: Passkey[]; here: boolean; factor: boolean; reload: () => void }) {
  const [doing, set] = useState<Doing>()
  const close = () => { set(undefined); reload() }
  const can = here && hasPasskeys()
  return <section class="card"><div class="body row wrap"><div class="grow"><h2>{t('passkey.title')}</h2><p class="sub">{t(can ? 'passkey.lead' : 'passkey.nowhere')}</p></div>
    {can && <button type="button" class="btn" onClick={() => set({ what: 'add' })}><Icon name="key" />{t('passkey.add')}</button>}</div>
    {passkeys.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('passkey.title')}><table class="tbl passkeys">
      <thead><tr><th scope="col" class="fill">{t('passkey.name')}</th><th scope="col">{t('passkey.created')}</th><th scope="col">{t('account.seen')}</th><th scope="col"><span class="sr">{t('passkey.remove')}</span></th></tr></thead>
      <tbody>{passkeys.map(p => <tr key={p.id}><th scope="row" class="fill">{p.name}</th><td>{moment(p.created)}</td><td>{p.used ? moment(p.used) : '–'}</td>
        <td class="row"><button type="button" class="btn s" onClick={() => set({ what: 'name', passkey: p })}>{t('passkey.rename')}</button><button type="button" class="btn s" onClick={() => set({ what: 'remove', passkey: p })}>{t('passkey.remove')}</button></td></tr>)}</tbody></table></div>}
    {doing?.what === 'add' && <Add prove={factor || passkeys.length > 0} passkeys={passkeys.length > 0} close={close} />}
    {doing?.what === 'name' && <Rename passkey={doing.passkey} close={close} />}
    {doing?.what === 'remove' && <Remove passkey={doing.passkey} last={passkeys.length === 1 && !factor} close={() => set(undefined)} />}
  </section>
}

function Add({ prove, passkeys, close }: { prove: boolean; passkeys: boolean; close: () => void }) {
  const [name, setName] = useState(''), [password, setPassword] = useState(''), [code, setCode] = useState(''), [codes, setCodes] = useState<string[]>()
  const form = useSend(async () => {
    const passkey = await makePasskey()
    const { recovery } = await call<{ recovery: string[] }>('POST', '/account/passkeys', { body: { password, code, name, passkey } })
    if (recovery.length) setCodes(recovery)
    else close()
  })
  if (codes) return <Recovery codes={codes} close={close} />
  return <Dialog title={t('passkey.add')} close={close}><form onSubmit={form.submit}>
    <div class="body stack-1"><p class="sub">{t('passkey.addLead')}</p>{form.note}
      <Field id="passkey-name" label={t('passkey.name')} value={name} complete="off" onInput={setName} />
      <Field id="passkey-password" label={t('account.passwordNow')} type="password" value={password} complete="current-password" onInput={setPassword} />
      {prove && <Code id="passkey-code" value={code} passkeys={passkeys} onInput={setCode} />}</div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary" disabled={form.busy || !name.trim() || !password || prove && !code}>{t('passkey.make')}</button></footer>
  </form></Dialog>
}

function Rename({ passkey, close }: { passkey: Passkey; close: () => void }) {
  const [name, setName] = useState(passkey.name)
  const form = useSend(async () => { await call('PUT', '/account/passkeys/' + encodeURIComponent(passkey.id), { body: { name } }); close() })
  return <Dialog title={t('passkey.rename')} close={close}><form onSubmit={form.submit}>
    <div class="body stack-1">{form.note}<Field id="passkey-rename" label={t('passkey.name')} value={name} complete="off" onInput={setName} /></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary" disabled={form.busy || !name.trim()}>{t('passkey.rename')}</button></footer>
  </form></Dialog>
}

function Remove({ passkey, last, close }: { passkey: Passkey; last: boolean; close: () => void }) {
  const [password, setPassword] = useState(''), [code, setCode] = useState('')
  const form = useSend(async () => { await call('DELETE', '/account/passkeys/' + encodeURIComponent(passkey.id), { body: { password, code } }); void resume() })
  return <Dialog title={`${t('passkey.remove')}: ${passkey.name}`} close={close}><form onSubmit={form.submit}>
    <div class="body stack-1"><p class="sub">{t(last ? 'passkey.removeLast' : 'passkey.removeLead')}</p>{form.note}
      <Code id="passkey-remove-code" value={code} passkeys onInput={setCode} />
      <Field id="passkey-remove-password" label={t('account.passwordNow')} type="password" value={password} complete="current-password" onInput={setPassword} /></div>
    <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button><button class="btn primary" disabled={form.busy || !code || !password}>{t('passkey.remove')}</button></footer>
  </form></Dialog>
}
