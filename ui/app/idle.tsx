// Says that a session is about to end for want of use, while there is still time to say no.
import { useEffect, useState } from 'preact/hooks'
import { Dialog } from '../look/parts.tsx'
import { api, lastAsked, Problem } from '../wire/api.ts'
import { t } from '../words/words.ts'
import { session } from './session.ts'

/** How long before the end somebody is asked, in seconds. */
const before = 60

export function IdleWarning() {
  const idle = session.value?.idle
  const [left, setLeft] = useState(Infinity)
  useEffect(() => {
    if (!idle) return
    const look = setInterval(() => setLeft(idle - Math.floor((Date.now() - lastAsked) / 1000)), 1000)
    return () => clearInterval(look)
  }, [idle])
  // At the end the server is asked: another tab may have kept the session.
  useEffect(() => { if (left === 0) void stay() }, [left])
  const stay = async () => { try { await api.studies(); setLeft(Infinity) } catch (e) { if (!(e instanceof Problem)) throw e } }
  if (!idle || left > before || left <= 0) return null
  return <Dialog title={t('idle.title')} close={() => void stay()}>
    <div class="body"><p role="timer">{t('idle.lead', { n: left })}</p></div>
    <footer><span class="grow" /><button type="button" class="btn primary" autofocus onClick={() => void stay()}>{t('idle.stay')}</button></footer>
  </Dialog>
}
