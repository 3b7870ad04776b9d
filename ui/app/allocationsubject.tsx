// One subject: randomised or not, a kit from the stock, and emergency unblinding.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, Tag } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { moment, t, word } from '../words/words.ts'
import type { Assignment } from './allocation.tsx'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg } from './officeparts.tsx'
import { index, zone } from './study.ts'

type Given = { name: string; item: string; site?: boolean; value: string; fits: boolean }
type Standing = { subject: string; randomised: boolean; assignment?: Assignment; given: Given[]; lacks?: string; unblinded: { at: string; by: string; name: string; reason: string }[]; may: { randomise: boolean; unblind: boolean } }
type Step = 'randomise' | 'unblind' | 'kit'

/** Nothing stands here where the study has no list and the subject no place. */
export function SubjectAllocation({ study, subject }: { study: string; subject: string }) {
  const path = at(study, `/subjects/${seg(subject)}`)
  const { data: s, reload } = useLoad(path + ' allocation', signal => call<Standing>('GET', path + '/allocation', { signal }))
  const [step, take] = useState<Step>(), [told, tell] = useState<{ title: string; text: string; means: string }>()
  if (!s || !s.randomised && s.lacks === 'allocation.no_list') return null
  const close = () => take(undefined), done = () => { close(); reload() }
  return <section class="card"><header><h2 class="grow">{t('alloc.card')}</h2>
    {s.randomised && s.may.randomise && <button type="button" class="btn s" onClick={() => take('kit')}>{t('kit.give')}</button>}
    {s.randomised && s.may.unblind && <button type="button" class="btn s" onClick={() => take('unblind')}><Icon name="alert" />{t('alloc.unblind')}</button>}
    {!s.randomised && s.may.randomise && !s.lacks && <button type="button" class="btn s primary" onClick={() => take('randomise')}>{t('alloc.go')}</button>}</header>
    <div class="body stack-1">
      {s.assignment ? <p><Tag tone="ok" icon="check">{t('alloc.done', { number: s.assignment.number })}</Tag> <span class="xs dim">{moment(s.assignment.at, zone.value)} · {s.assignment.by}</span></p>
        : <p><Tag icon="dash">{t('alloc.notYet')}</Tag> {s.lacks && <span class="sub">{word('allocLacks', s.lacks)}</span>}</p>}
      {!s.assignment && s.lacks && <Answers given={s.given.filter(g => !g.fits)} />}
      {s.unblinded.map(u => <p key={u.at}><Tag tone="bad" icon="alert">{t('alloc.unblinded')}</Tag> <span class="sub">{u.name} · {moment(u.at, zone.value)} · {word('allocWhy', u.reason)}</span></p>)}
    </div>
    {step === 'randomise' && <Ask title={t('alloc.goTitle', { subject })} close={close} ready done={t('alloc.go')} go={async () => { await call('POST', path + '/allocation', { body: {} }); done() }}>
      <p>{t('alloc.goMeans')}</p>{s.given.length ? <Answers given={s.given} /> : <p class="sub">{t('alloc.nothingAsked')}</p>}</Ask>}
    {step === 'kit' && <Ask title={t('kit.giveTitle', { subject })} close={close} ready done={t('kit.give')} go={async () => { const k = await call<{ kit: string }>('POST', path + '/kits', { body: {} }); tell({ title: t('kit.giveTitle', { subject }), text: t('kit.given', { kit: k.kit }), means: t('kit.givenMeans') }); done() }}><p>{t('kit.giveMeans')}</p></Ask>}
    {step === 'unblind' && <Unblind path={path} subject={subject} close={close} done={treatment => { tell({ title: t('alloc.revealed', { subject }), text: treatment, means: t('alloc.revealedMeans') }); done() }} />}
    {told && <Dialog title={told.title} close={() => tell(undefined)}><div class="body stack-1"><p role="status"><b>{told.text}</b></p><p class="sub">{told.means}</p></div><footer><span class="grow" /><button type="button" class="btn primary" onClick={() => tell(undefined)}>{t('do.close')}</button></footer></Dialog>}
  </section>
}

function Answers({ given }: { given: Given[] }) {
  return <dl class="kv">{given.map(g => <><dt>{g.site ? t('matrix.site') : index.value?.itemLabel(g.item) ?? g.name}</dt><dd>{g.value ? (g.site ? g.value : index.value?.valueLabel(g.item, g.value)) : t('alloc.missing')} {!g.fits && <Icon name="x" />}</dd></>)}</dl>
}

function Unblind({ path, subject, close, done }: { path: string; subject: string; close: () => void; done: (treatment: string) => void }) {
  const [reason, setReason] = useState('emergency'), [text, setText] = useState(''), [user, setUser] = useState(''), [password, setPassword] = useState('')
  return <Ask title={t('alloc.unblindTitle', { subject })} close={close} ready={!!text.trim() && !!password} done={t('alloc.unblind')}
    go={async () => { done((await call<{ treatment: string }>('POST', path + '/unblinding', { body: { reason, text, user, password } })).treatment) }}>
    <p class="note bad"><Icon name="alert" /><span>{t('alloc.unblindMeans')}</span></p>
    <Choose label={t('alloc.reason')} value={reason} set={setReason} choices={['emergency', 'exposure', 'pregnancy', 'authority'].map(value => ({ value, text: word('allocWhy', value) }))} />
    <Field label={t('alloc.text')} value={text} set={setText} lines /><Field label={t('signin.user')} value={user} set={setUser} /><Field label={t('signin.password')} value={password} set={setPassword} secret /></Ask>
}
