// Which amendments the ethics committees have approved, site by site: a setting that waits for one counts there from then on.
import { useState } from 'preact/hooks'
import { Empty, Trouble, Waiting } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { day, say, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field } from './officeparts.tsx'
import { announced } from './session.ts'
import { study, zone } from './study.ts'

type Approval = { site: string; amendment: string; at: string }

export function Approvals({ id }: { id: string }) {
  const { data, problem, reload } = useLoad(`${id} approvals`, signal => call<{ approvals: Approval[] }>('GET', at(id, '/approvals'), { signal }))
  const [asking, ask] = useState(false), names = new Map(study.value?.sites.map(s => [s.id, s.name]))
  return <section class="card"><header><h2 class="grow">{t('appr.title')}</h2><button type="button" class="btn s" onClick={() => ask(true)}>{t('appr.new')}</button></header>
    {problem && <Trouble problem={problem} retry={reload} />}
    {!data && !problem && <Waiting />}
    {data && !data.approvals.length && <Empty icon="shield" title={t('appr.none')}>{t('appr.noneDo')}</Empty>}
    {data && data.approvals.length > 0 && <div class="scroll" tabIndex={0} role="region" aria-label={t('appr.title')}><table class="tbl"><thead><tr><th scope="col">{t('matrix.site')}</th><th scope="col">{t('set.amendment')}</th><th scope="col" class="fill">{t('appr.from')}</th></tr></thead>
      <tbody>{data.approvals.map(a => <tr key={`${a.site}/${a.amendment}`}><th scope="row">{a.site} {say(names.get(a.site))}</th><td>{a.amendment}</td><td class="fill num">{day(a.at, zone.value)}</td></tr>)}</tbody></table></div>}
    {asking && <Record id={id} close={() => ask(false)} done={() => { ask(false); announced.value = t('appr.done'); reload() }} />}
  </section>
}

function Record({ id, close, done }: { id: string; close: () => void; done: () => void }) {
  const sites = study.value?.sites ?? []
  const [site, setSite] = useState(sites[0]?.id ?? ''), [amendment, setAmendment] = useState(''), [from, setFrom] = useState(''), [reason, setReason] = useState('')
  return <Ask title={t('appr.new')} close={close} ready={!!site && !!amendment.trim() && !!from && !!reason.trim()} done={t('appr.record')} go={async () => { await call('POST', at(id, '/approvals'), { body: { site, amendment: amendment.trim(), at: from + 'T00:00:00Z', reason: reason.trim() } }); done() }}>
    <p class="sub">{t('appr.lead')}</p><Choose label={t('matrix.site')} value={site} set={setSite} choices={sites.map(s => ({ value: s.id, text: `${s.id} ${say(s.name)}` }))} />
    <Field label={t('set.amendment')} value={amendment} set={setAmendment} /><Field label={t('appr.from')} value={from} set={setFrom} hint={t('office.dates')} /><Field label={t('appr.evidence')} value={reason} set={setReason} hint={t('appr.evidenceHint')} /></Ask>
}
