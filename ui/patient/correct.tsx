// The site asks to have an answer corrected: the patient says yes or no. Nothing changes before.
import { useState } from 'preact/hooks'
import { entry } from '../wire/entry.ts'
import { Back, Page } from './page.tsx'
import * as p from './plan.ts'
import { shownAnswer } from './question.tsx'
import { say, t, teller } from './words.ts'

const w = teller({
  lead: '研究中心认为下面的答案可能有误。由您决定是否更正；您原来的答案会保留。', was: '现在：', shall: '改为：', why: '中心的理由：', yes: '同意更正', no: '不更正', blank: '空',
}, {
  lead: 'Your site thinks that an answer may be wrong. You decide whether it is corrected; what you sent is kept.', was: 'Now: ', shall: 'To become: ', why: 'Why the site asks: ', yes: 'Correct it', no: 'Leave it', blank: 'blank',
})

export function Correct({ home }: { home: () => void }) {
  const [wrong, blame] = useState(''), asked = p.plan.value?.changes?.[0]
  const bar = <Back go={home} label={t('home')} />
  if (!asked) return <Page bar={bar} title={t('correct')}><p>{t('nothing')}</p></Page>
  const form = entry(p.plan.value!.forms, asked.form)
  const decide = async (agreed: boolean) => {
    try {
      const answer = await p.call('changes/' + asked.change, JSON.stringify({ agreed }))
      if (!answer.ok && answer.status !== 409) { blame((await answer.json() as { detail: string }).detail); return }
      await p.flush()
      if (!p.plan.value?.changes?.length) home()
    } catch { blame(t('network')) }
  }
  const show = (item: string, value = '') => {
    const q = form?.questions.find(q => q.item === item)
    return !value ? w('blank') : q ? shownAnswer(q, value, true) : value
  }
  return <Page bar={bar} title={t('correct')} foot={<><button class="main" onClick={() => void decide(true)}>{w('yes')}</button><button class="row" onClick={() => void decide(false)}>{w('no')}</button></>}>
    <p>{w('lead')}</p><ul class="answers">{asked.items.map((x, i) => <li key={x.item}><span>{say(form?.questions.find(q => q.item === x.item)?.text) || x.item}</span><span>{w('was')}{show(x.item, asked.old[i]?.value)}</span><b>{w('shall')}{show(x.item, x.value)}</b></li>)}</ul>
    <p>{w('why')}{asked.reason}</p>{wrong && <p class="note bad" role="alert">{wrong}</p>}</Page>
}
