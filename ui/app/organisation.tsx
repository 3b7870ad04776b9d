// Whose a study is: the settings of that organisation hold in it.
import { useState } from 'preact/hooks'
import { Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Field } from './officeparts.tsx'
import { announced } from './session.ts'

export function Organisation({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} organisation`, signal => call<{ organisation: string }>('GET', at(id, '/organisation'), { signal }))
  const [asking, ask] = useState(false)
  return <section class="card"><header><h2 class="grow">{t('whose.title')}</h2>{data && <button type="button" class="btn s" onClick={() => ask(true)}>{t('whose.change')}</button>}</header>
    <div class="body">{problem && <Trouble problem={problem} retry={reload} />}
      {!data && !problem && <Waiting />}
      {data && <p>{data.organisation ? <b>{data.organisation}</b> : t('whose.none')}</p>}
      <p class="sub">{t('whose.lead')}</p></div>
    {asking && <Change id={id} was={data!.organisation} close={() => ask(false)} done={() => { ask(false); announced.value = t('whose.done'); reload() }} />}
  </section>
}

function Change({ id, was, close, done }: { id: string; was: string; close: () => void; done: () => void }) {
  const [organisation, set] = useState(was), [reason, setReason] = useState('')
  return <Ask title={t('whose.title')} close={close} ready={organisation.trim() !== was && !!reason.trim()} done={t('whose.change')} go={async () => { await call('PUT', at(id, '/organisation'), { body: { organisation: organisation.trim(), reason: reason.trim() } }); done() }}>
    <Field label={t('setLevel.organisation')} value={organisation} set={set} hint={t('whose.hint')} /><Field label={t('people.reason')} value={reason} set={setReason} hint={t('whose.reasonHint')} /></Ask>
}
