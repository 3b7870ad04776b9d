// Scans and images at a form: who brought them, to which question; one that is wrong becomes inactive and stays.
import { useState } from 'preact/hooks'
import type { Index } from '../form/definition.ts'
import { Icon } from '../look/icon.tsx'
import { Files, Tag, Trouble } from '../look/parts.tsx'
import { call, formPath } from '../wire/api.ts'
import type { FormAt } from '../wire/types.ts'
import { moment, t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, Choose, Field } from './officeparts.tsx'
import { zone } from './study.ts'

type Scan = { name: string; size: number; hash: string; group?: string; repeat?: string; item?: string; note?: string; by: string; at: string; off?: { by: string; at: string; reason: string } }
type Place = { group: string; repeat: string; item: string }

/** places are the questions of the form that have a value; write is whether the reader may add to it now. */
export function Attachments({ at, places, definition, write }: { at: FormAt; places: Place[]; definition: Index; write: boolean }) {
  const path = formPath(at) + '/attachments'
  const { data, problem, reload } = useLoad(path, signal => call<{ files: Scan[] }>('GET', path, { signal }))
  const [adding, add] = useState(false), [leaving, leave] = useState<number>()
  const done = () => { add(false); leave(undefined); reload() }
  if (data && !data.files.length && !write) return null
  return <section class="card"><header><h2 class="grow">{t('scan.title')}</h2>{write && <button type="button" class="btn s" onClick={() => add(true)}><Icon name="plus" />{t('scan.add')}</button>}</header>
    {problem && <Trouble problem={problem} retry={reload} />}
    {data && !data.files.length && <p class="body sub">{t('scan.none')}</p>}
    {!!data?.files.length && <ul class="list">{data.files.map((f, i) => <li key={i}>
      <span class="grow"><a href={`/api/v1${path}/${i + 1}`} download>{f.name}</a> <span class="xs sub">{t('scan.size', { kb: Math.max(1, Math.round(f.size / 1024)) })} · {f.item && `${definition.itemLabel(f.item)} · `}{f.by} {moment(f.at, zone.value)} · <span class="mono">{f.hash.slice(0, 12)}</span></span>
        {f.note && <><br /><span class="sm sub">{f.note}</span></>}{f.off && <><br /><span class="sm sub">{f.off.by} {moment(f.off.at, zone.value)}: {f.off.reason}</span></>}</span>
      {f.off ? <Tag icon="dash">{t('scan.off')}</Tag> : write && <button type="button" class="btn s" onClick={() => leave(i)}>{t('scan.leave')}<span class="sr"> {f.name}</span></button>}</li>)}</ul>}
    {adding && <Bring path={path} places={places} definition={definition} close={() => add(false)} done={done} />}
    {leaving !== undefined && <Leave path={`${path}/${leaving + 1}/inactive`} name={data!.files[leaving]!.name} close={() => leave(undefined)} done={done} />}
  </section>
}

function Bring({ path, places, definition, close, done }: { path: string; places: Place[]; definition: Index; close: () => void; done: () => void }) {
  const [file, setFile] = useState<File>(), [note, setNote] = useState(''), [place, setPlace] = useState('')
  const send = async () => {
    const form = new FormData(), of = places.find(p => `${p.group}/${p.repeat}/${p.item}` === place)
    form.append('about', JSON.stringify({ ...(of ? { group: of.group, repeat: of.repeat, item: of.item } : {}), ...(note ? { note } : {}) }))
    form.append('file', file!)
    await call('POST', path, { body: form })
    done()
  }
  return <Ask title={t('scan.add')} close={close} ready={!!file} go={send} done={t('scan.bring')}>
    <label class="f"><span class="lab">{t('doc.choose')}</span><Files accept=".pdf,.png,.jpg,.jpeg" chosen={file ? [file] : []} choose={([f]) => setFile(f)} /><span class="xs dim">{t('scan.kinds')}</span></label>
    <Choose label={t('scan.of')} value={place} set={setPlace} choices={[{ value: '', text: t('scan.whole') }, ...places.map(p => ({ value: `${p.group}/${p.repeat}/${p.item}`, text: definition.itemLabel(p.item) + (p.repeat === '1' ? '' : ` ${p.repeat}`) }))]} />
    <Field label={t('doc.note')} value={note} set={setNote} /></Ask>
}

function Leave({ path, name, close, done }: { path: string; name: string; close: () => void; done: () => void }) {
  const [reason, setReason] = useState('')
  return <Ask title={`${name} · ${t('scan.leave')}`} close={close} ready={!!reason.trim()} go={async () => { await call('POST', path, { body: { reason } }); done() }} done={t('scan.leave')}>
    <p class="sub">{t('scan.leaveAbout')}</p><Field label={t('doc.why')} value={reason} set={setReason} lines /></Ask>
}
