// How the patient is reminded: in the app always, and by the ways that they choose. The server tells no address back.
import { useEffect, useState } from 'preact/hooks'
import { call } from './plan.ts'
import { lang, t, type Lang, type Word } from './words.ts'

type Reach = { channel: string; address: string; language: Lang; quiet?: { from: string; to: string } }
type Told = { reach: Reach[]; ways: string[]; push: string; wechat: string }

/** Whether this page runs inside a chat program, whose browser pushes nothing and may clear what it keeps. */
export const inside = /MicroMessenger|DingTalk|Lark|QQ\//i.test(navigator.userAgent)
export const pushes = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window && !inside

/** Puts one choice; what was wrong, or ''. */
async function put(reach: Partial<Reach> & { keep?: boolean }): Promise<string> {
  try {
    const answer = await call('reach', JSON.stringify(reach), 'PUT')
    return answer.ok ? '' : (await answer.json() as { detail: string }).detail
  } catch { return t('network') }
}

const subscription = async () => pushes ? (await navigator.serviceWorker.getRegistration('/p/'))?.pushManager.getSubscription() : undefined
const where = 'casebook.push'

/** Tells the server of a subscription that the browser has renewed by itself. */
export async function renew() {
  const was = localStorage.getItem(where), now = was && await subscription()
  if (now && now.endpoint !== was && !await put({ channel: 'push', address: JSON.stringify(now), language: lang.value })) localStorage.setItem(where, now.endpoint)
}

/** Takes up the sign-in of the chat program, which came back to this page with a code. */
export async function signedIn() {
  const code = new URLSearchParams(location.search).get('code')
  if (!code) return
  history.replaceState(null, '', '/p/')
  await put({ channel: 'wechat', address: 'code:' + code, language: lang.value })
}

export function Reminders() {
  const [told, tell] = useState<Told>(), [said, say] = useState(''), [ok, done] = useState(false)
  const [quiet, hush] = useState({ from: '22:00', to: '07:00' }), [language, speak] = useState<Lang>(lang.value)
  const load = async () => {
    try {
      const got = await (await call('reach')).json() as Told
      const first = got.reach[0]
      if (first) { speak(first.language); hush({ from: first.quiet?.from ?? '00:00', to: first.quiet?.to ?? '00:00' }) }
      tell(got)
    } catch { say(t('network')) }
  }
  useEffect(() => { void load() }, [])
  const how = { language, quiet }
  const act = async (one: () => Promise<string>) => {
    const wrong = await one().catch(() => t('network'))
    say(wrong || t('remindSaved'))
    done(!wrong)
    if (!wrong) await load()
  }
  const change = (channel: string, address: string) => act(() => put({ channel, address, ...how }))
  const push = () => act(async () => {
    if (await Notification.requestPermission() !== 'granted') return t('pushDenied')
    const made = await (await navigator.serviceWorker.ready).pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: told!.push })
    localStorage.setItem(where, made.endpoint)
    return put({ channel: 'push', address: JSON.stringify(made), ...how })
  })
  const unpush = () => act(async () => { localStorage.removeItem(where); await (await subscription())?.unsubscribe(); return put({ channel: 'push', address: '', ...how }) })
  const keep = () => act(async () => { for (const r of told!.reach) { const wrong = await put({ channel: r.channel, keep: true, ...how }); if (wrong) return wrong } return '' })
  const go = () => { location.href = `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${encodeURIComponent(told!.wechat)}&redirect_uri=${encodeURIComponent(location.origin + '/p/')}&response_type=code&scope=snsapi_base#wechat_redirect` }
  const field = (c: string) => ({ name: 'to', required: true, 'aria-label': t(c as Word) }) as const
  const way = (c: string) => {
    const has = told!.reach.find(r => r.channel === c)
    const stop = has && <p class="pair"><span class="ok">✓ {has.address === '…' ? t('remindOn') : has.address}</span><button onClick={() => void (c === 'push' ? unpush() : change(c, ''))} aria-label={t('remindStop') + ' ' + t(c as Word)}>{t('remindStop')}</button></p>
    return <section class="card" key={c} data-way={c}><h2>{t(c as Word)}</h2>
      {stop || (c === 'push' ? pushes && told!.push ? <button class="main" onClick={() => void push()}>{t('remindGo')}</button> : <p>{t('pushNo')}</p>
        : c === 'wechat' ? inside ? <button class="main" onClick={go}>{t('remindGo')}</button> : <p>{t('wechatNo')}</p>
          : <form onSubmit={e => { e.preventDefault(); void change(c, new FormData(e.currentTarget).get('to') as string) }}>{c === 'mail' ? <input type="email" placeholder="name@example.org" autocomplete="email" {...field(c)} /> : <input type="tel" placeholder="+8613800000000" autocomplete="tel" {...field(c)} />}<button class="main">{t('remindGo')}</button></form>)}</section>
  }
  const hour = (k: 'from' | 'to') => <label><span>{t(k)}</span><input type="time" value={quiet[k]} onInput={e => hush({ ...quiet, [k]: e.currentTarget.value })} /></label>
  return <><p>{t('remindLead')}</p>
    {said && <p class={'note ' + (ok ? '' : 'bad')} role={ok ? 'status' : 'alert'}>{said}</p>}
    {told && <>{!told.ways.length && <p class="note">{t('remindNone')}</p>}{told.ways.map(way)}
      {told.ways.length > 0 && <section class="card"><h2>{t('quiet')}</h2><p>{t('quietLead')}</p><div class="pair">{hour('from')}{hour('to')}</div>
        <div class="pair" role="group" aria-label={t('language')}>{(['zh-CN', 'en'] as const).map(l => <button key={l} lang={l} aria-pressed={language === l} onClick={() => speak(l)}>{l === 'en' ? 'English' : '中文'}</button>)}</div>
        {told.reach.length > 0 && <button class="main" onClick={() => void keep()}>{t('remindSave')}</button>}</section>}</>}</>
}
