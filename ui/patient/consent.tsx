// What the patient agrees to: the document, the questions that show that it was understood, the signature; and taking it back.
import { useEffect, useRef, useState } from 'preact/hooks'
import * as keep from './keep.ts'
import { Back, Page } from './page.tsx'
import * as p from './plan.ts'
import { clock, lang, say, t, teller, type Text } from './words.ts'

type Document = { title: Text; approval?: string; sections: { title: Text; text: Text }[]; questions?: { text: Text; options: { text: Text; right?: boolean }[]; why: Text }[]; statement: Text }
type Signed = { number: number; signedAt: string; receipt: string; endedAt?: string }
type Told = { state: string; number: number; hash: string; document?: Document; signed: Signed[] }
type Stage = 'read' | 'ask' | 'sign' | 'stop'

const w = teller({
  version: '第 {n} 版', end: '请先看到最后', understood: '请回答：{n} / {all}', wrong: '请再看一看：', sign: '签署', name: '您的姓名', draw: '请在框内签名', clear: '重写', cannot: '我无法手写签名', go: '签署并发送', kept: '还没有送到：签名已加密保存在手机上，有网络时请再打开本页。',
  signed: '您已签署第 {n} 版，{at}', stop: '撤回同意', stopTitle: '要撤回同意吗？', stopLead: '日记会立即关闭，研究中心会给您打电话。以前的记录仍保留。您不需要说明理由。', why: '理由（可不填）', gone: '您已撤回同意，{at}', none: '没有需要签署的文件。',
}, {
  version: 'version {n}', end: 'Please read to the end first', understood: 'Please answer: {n} of {all}', wrong: 'Please look once more:', sign: 'Sign', name: 'Your name', draw: 'Sign in the field', clear: 'Clear', cannot: 'I cannot draw a signature', go: 'Sign and send', kept: 'It has not arrived yet: your signature is kept on this phone, encrypted. Please open this page again when there is a network.',
  signed: 'You signed version {n}, {at}', stop: 'Withdraw consent', stopTitle: 'Withdraw your consent?', stopLead: 'The diaries close at once, and your site will call you. What was recorded before stays. You need not give a reason.', why: 'Reason (if you like)', gone: 'You withdrew your consent, {at}', none: 'There is nothing to sign.',
})

/** Sends a signature that is kept on the phone, if there is one. It is let go when its receipt is here; what was wrong, or ''. */
async function deliver(): Promise<string> {
  const text = await keep.load<string>('consent')
  if (!text) return ''
  const answer = await p.call('consent', text)
  const said = await answer.json() as { id: string; receipt?: string; detail?: string }
  if (answer.ok && said.receipt !== await keep.receiptOf(p.plan.value!.study, said.id, text)) return w('kept')
  if (answer.status < 500) await keep.save('consent', '')
  return answer.ok ? '' : said.detail ?? w('kept')
}

export function Consent({ home }: { home: () => void }) {
  const [told, tell] = useState<Told>(), [wrong, blame] = useState(''), [stage, step] = useState<Stage>('read'), [at, go] = useState(0)
  const [tries, tried] = useState<number[][]>([]), opened = useRef(p.wall()), [whole, seen] = useState(false)
  const load = async () => {
    try {
      blame(await deliver())
      tell(await (await p.call('consent')).json() as Told)
    } catch { blame(await keep.load('consent') ? w('kept') : t('network')) }
  }
  useEffect(() => { void load() }, [])
  const bar = <Back go={() => stage === 'read' ? home() : step('read')} label={t('back')} />
  const note = wrong && <p class="note bad" role="alert">{wrong}</p>
  if (!told) return <Page bar={bar} title={wrong ? t('consent') : t('wait')}>{note}</Page>
  const d = told.document, last = told.signed.at(-1), stands = told.state === 'signed'
  if (!d) return <Page bar={bar} title={t('consent')}><p>{w('none')}</p></Page>
  const after = () => { step('read'); void p.flush(); void load() }
  if (stage === 'stop') return <Stop bar={bar} done={after} />
  if (stage === 'sign') return <Sign bar={bar} d={d} make={async hand => {
    const me = p.plan.value!
    await keep.save('consent', JSON.stringify({ id: keep.newID(), device: me.device, subject: me.subject, document: told.hash, opened: opened.current, signed: p.wall(), zone: p.zone(), language: lang.value, answers: tries, ...hand }))
    const bad = await deliver().catch(() => w('kept'))
    if (!bad) { await p.flush(); home() }
    return bad
  }} />
  const q = d.questions?.[at]
  if (stage === 'ask' && q) return <Understood key={at} bar={bar} q={q} of={w('understood', { n: at + 1, all: d.questions!.length })} done={list => {
    tried([...tries.slice(0, at), list])
    if (at + 1 < d.questions!.length) go(at + 1)
    else step('sign')
  }} />
  const begin = () => { go(0); tried([]); opened.current = p.wall(); step(d.questions?.length ? 'ask' : 'sign') }
  return <Page bar={bar} title={say(d.title)} foot={stands ? <button class="row" onClick={() => step('stop')}>{w('stop')}</button>
    : <>{!whole && <p class="hint">{w('end')}</p>}<button class="main" disabled={!whole} onClick={begin}>{t('next')}</button></>}>
    {note}{last && <p class={'note ' + (stands ? '' : 'warn')}>{last.endedAt ? w('gone', { at: clock(last.endedAt) }) : w('signed', { n: last.number, at: clock(last.signedAt) })}</p>}
    <p class="hint">{w('version', { n: told.number })}{d.approval && ' · ' + d.approval}</p>
    {d.sections.map((s, i) => <section class="read" key={i}><h2>{say(s.title)}</h2><p>{say(s.text)}</p></section>)}<End seen={() => seen(true)} /></Page>
}

/** The end of a text, which tells when it was on the screen. */
function End({ seen }: { seen: () => void }) {
  const end = useRef<HTMLElement>(null)
  useEffect(() => {
    const watch = new IntersectionObserver(all => { if (all.some(e => e.isIntersecting)) seen() })
    watch.observe(end.current!)
    return () => watch.disconnect()
  }, [])
  return <i ref={end} class="end" />
}

type Question = NonNullable<Document['questions']>[number]
function Understood({ bar, q, of, done }: { bar: preact.ComponentChildren; q: Question; of: string; done: (tries: number[]) => void }) {
  const [pick, put] = useState(-1), [tries, tried] = useState<number[]>([]), [why, tell] = useState(false)
  const next = () => {
    const all = [...tries, pick]
    tried(all)
    if (q.options[pick]!.right) done(all)
    else { tell(true); put(-1) }
  }
  return <Page bar={bar} title={say(q.text)} foot={<button class="main" disabled={pick < 0} onClick={next}>{t('next')}</button>}>
    <p class="hint">{of}</p><fieldset class="options" aria-labelledby="q">{q.options.map((o, i) => <label key={i} class={i === pick ? 'on' : ''}><input type="radio" name="understood" checked={i === pick} onChange={() => { put(i); tell(false) }} /><span>{say(o.text)}</span></label>)}</fieldset>
    {why && <p class="note warn" role="alert">{w('wrong')} {say(q.why)}</p>}</Page>
}

type Hand = { name: string; drawn: number[][]; undrawn: boolean }
function Sign({ bar, d, make }: { bar: preact.ComponentChildren; d: Document; make: (hand: Hand) => Promise<string> }) {
  const [name, type] = useState(''), [drawn, draw] = useState<number[][]>([]), [undrawn, cannot] = useState(false), [busy, work] = useState(false), [wrong, blame] = useState('')
  const ready = name.trim() && (undrawn || drawn.flat().length > 20)
  const go = async () => { work(true); blame(await make({ name: name.trim(), drawn: undrawn ? [] : drawn, undrawn })); work(false) }
  return <Page bar={bar} title={w('sign')} foot={<button class="main" disabled={!ready || busy} onClick={() => void go()}>{w('go')}</button>}>
    <p>{say(d.statement)}</p><label class="field"><span>{w('name')}</span><input name="name" autocomplete="name" maxLength={100} value={name} onInput={e => type(e.currentTarget.value)} /></label>
    {!undrawn && <><p class="hint field">{w('draw')}</p><Field drawn={drawn} draw={draw} /><button class="quiet" onClick={() => draw([])}>{w('clear')}</button></>}
    <div class="options"><label class={undrawn ? 'on' : ''}><input type="checkbox" checked={undrawn} onChange={() => cannot(!undrawn)} /><span>{w('cannot')}</span></label></div>
    {wrong && <p class="note bad" role="alert">{wrong}</p>}</Page>
}

/** The field in which a signature is drawn: strokes of x, y from 0, 0 to 1000, 400. */
function Field({ drawn, draw }: { drawn: number[][]; draw: (strokes: number[][]) => void }) {
  const at = (e: PointerEvent) => {
    const box = (e.currentTarget as Element).getBoundingClientRect(), fit = (n: number, most: number) => Math.round(Math.max(0, Math.min(1, n)) * most)
    return [fit((e.clientX - box.left) / box.width, 1000), fit((e.clientY - box.top) / box.height, 400)] as const
  }
  const down = (e: PointerEvent) => { (e.currentTarget as Element).setPointerCapture(e.pointerId); draw([...drawn, [...at(e)]]) }
  const move = (e: PointerEvent) => {
    const stroke = drawn.at(-1), [x, y] = at(e)
    if (!e.buttons || !stroke || drawn.flat().length > 8000 || Math.abs(x - stroke.at(-2)!) + Math.abs(y - stroke.at(-1)!) < 6) return
    draw([...drawn.slice(0, -1), [...stroke, x, y]])
  }
  return <svg class="sign" viewBox="0 0 1000 400" role="img" aria-label={w('draw')} onPointerDown={down} onPointerMove={move}>{drawn.map((s, i) => <polyline key={i} points={s.join(' ')} />)}</svg>
}

function Stop({ bar, done }: { bar: preact.ComponentChildren; done: () => void }) {
  const [why, type] = useState(''), [wrong, blame] = useState('')
  const go = async () => {
    try {
      const answer = await p.call('consent', JSON.stringify({ reason: why }), 'DELETE')
      if (answer.ok) done()
      else blame((await answer.json() as { detail: string }).detail)
    } catch { blame(t('network')) }
  }
  return <Page bar={bar} title={w('stopTitle')} foot={<button class="main" onClick={() => void go()}>{w('stop')}</button>}>
    <p>{w('stopLead')}</p><label class="field"><span>{w('why')}</span><textarea rows={3} maxLength={100} value={why} onInput={e => type(e.currentTarget.value)} /></label>{wrong && <p class="note bad" role="alert">{wrong}</p>}</Page>
}
