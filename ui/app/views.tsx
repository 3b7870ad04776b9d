// Lists under a name: the filters of a page as its address holds them, one's own or shared in the study.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Menu, type MenuItem } from '../look/parts.tsx'
import { call } from '../wire/api.ts'
import { t } from '../words/words.ts'
import { useLoad } from './load.ts'
import { Ask, at, Choose, Field, seg } from './officeparts.tsx'
import { announced } from './session.ts'

type View = { id: string; page: string; name: string; query: string; shared: boolean; mine: boolean }

/** What a list's address asks for, so that the list can be shared, and come back to; what it does not say is as in plain. */
export const filterOf = <F extends Record<string, string>>(plain: F, query = location.search): F => ({ ...plain, ...Object.fromEntries([...new URLSearchParams(query)].filter(([name]) => Object.hasOwn(plain, name))) })
/** The query of an address that asks for a filter: what differs from plain. */
export const queryOf = <F extends Record<string, string>>(plain: F, filter: F) => new URLSearchParams(Object.entries(filter).filter(([name, value]) => value !== plain[name])).toString()
export const withQuery = (path: string, query: string) => query ? `${path}?${query}` : path

/** The menu of a page's views. query is that of the list as it stands; open shows another. */
export function Views({ study, page, query, open }: { study: string; page: string; query: string; open: (query: string) => void }) {
  const { data, reload } = useLoad(`${study} views`, signal => call<{ views: View[]; mayShare: boolean }>('GET', at(study, '/views'), { signal }))
  const [asking, ask] = useState<'save' | 'remove'>()
  const views = data?.views.filter(v => v.page === page) ?? [], gone = views.filter(v => v.mine || data?.mayShare)
  const done = (text: string) => { announced.value = text; ask(undefined); reload() }
  const same = (v: View) => new URLSearchParams(v.query).toString() === sorted(query)
  const items: MenuItem[] = views.map(v => ({ text: v.shared ? `${v.name} · ${t('views.shared')}` : v.name, checked: same(v), run: () => open(v.query) }))
  items.push({ text: t('views.save'), icon: 'plus', run: () => ask('save') })
  if (gone.length) items.push({ text: t('views.remove'), icon: 'x', run: () => ask('remove') })
  return <>
    <Menu label={t('views.title')} items={items} class="btn" button={<><Icon name="rows" />{views.find(same)?.name ?? <span aria-hidden="true">{t('views.title')}</span>}<Icon name="chev" /></>} />
    {asking === 'save' && <Save study={study} page={page} query={query} mayShare={!!data?.mayShare} close={() => ask(undefined)} done={done} />}
    {asking === 'remove' && <Remove study={study} views={gone} close={() => ask(undefined)} done={done} />}
  </>
}

const sorted = (query: string) => { const all = new URLSearchParams(query); all.sort(); return all.toString() }

function Save({ study, page, query, mayShare, close, done }: { study: string; page: string; query: string; mayShare: boolean; close: () => void; done: (text: string) => void }) {
  const [name, setName] = useState(''), [shared, share] = useState(false)
  return <Ask title={t('views.save')} close={close} ready={!!name.trim()} go={async () => { await call('POST', at(study, '/views'), { body: { page, name, query, shared } }); done(t('views.saved')) }}>
    <Field label={t('views.name')} value={name} set={setName} hint={t('views.nameHint')} />
    {mayShare && <label class="row"><input type="checkbox" checked={shared} onChange={e => share(e.currentTarget.checked)} />{t('views.share')}</label>}</Ask>
}

function Remove({ study, views, close, done }: { study: string; views: View[]; close: () => void; done: (text: string) => void }) {
  const [id, pick] = useState(views[0]!.id)
  return <Ask title={t('views.remove')} close={close} ready done={t('views.remove')} go={async () => { await call('DELETE', at(study, `/views/${seg(id)}`), {}); done(t('views.removed')) }}>
    <Choose label={t('views.title')} value={id} set={pick} choices={views.map(v => ({ value: v.id, text: v.shared ? `${v.name} · ${t('views.shared')}` : v.name }))} /></Ask>
}
