// The portfolio: every study whose signals the reader may see, what is overdue first.
import { Icon } from '../look/icon.tsx'
import { Empty, Tag, Trouble, Waiting } from '../look/parts.tsx'
import { api } from '../wire/api.ts'
import { figure, say, t, when } from '../words/words.ts'
import { useLoad } from './load.ts'
import { to } from './route.ts'
import { Head, Shell } from './shell.tsx'
import { studies } from './study.ts'

export function Portfolio() {
  const { data, problem, reload } = useLoad('portfolio', signal => api.portfolio(signal))
  const list = data?.studies
  const name = (id: string) => studies.value?.find(s => s.id === id)?.name ?? id
  return <Shell title={t('portfolio.title')} crumbs={[{ text: t('portfolio.title') }]}>
    <Head title={t('portfolio.title')} lead={list ? t('portfolio.lead', { n: list.length, open: list.reduce((n, s) => n + s.open, 0), late: list.reduce((n, s) => n + s.overdue, 0) }) : ' '} />
    {problem && <Trouble problem={problem} retry={reload} />}
    {!list && !problem && <Waiting />}
    {list?.length === 0 && <Empty icon="pulse" title={t('portfolio.none')}>{t('portfolio.noneDo')}</Empty>}
    {!!list?.length && <section class="card"><h2 class="sr">{t('portfolio.title')}</h2><div class="scroll" tabIndex={0} role="region" aria-label={t('portfolio.title')}><table class="tbl">
      <thead><tr><th scope="col">{t('portfolio.study')}</th><th scope="col" class="num">{t('portfolio.sites')}</th><th scope="col" class="num">{t('portfolio.flagged')}</th><th scope="col">{t('portfolio.risk')}</th><th scope="col" class="num">{t('portfolio.open')}</th><th scope="col" class="num">{t('portfolio.overdue')}</th><th scope="col">{t('portfolio.oldest')}</th></tr></thead>
      <tbody>{list.map(s => <tr key={s.study}>
        <th scope="row"><a href={to.monitoring(s.study)}><b>{name(s.study)}</b></a> <span class="xs dim">{s.asOf && t('monitor.asOf', { time: when(s.asOf) })}</span></th>
        <td class="num">{s.sites}</td><td class="num">{s.flagged}</td>
        <td>{s.risk === null ? <span class="dim">–</span> : <span class="row"><svg class="bar100" viewBox="0 0 80 8" aria-hidden="true"><rect class="all" width="80" height="8" rx="4" /><rect class="part" width={80 * s.risk / 100} height="8" rx="4" /></svg>
          <b>{figure(s.risk, 0)}</b>{s.riskiest && <a href={to.oversight(s.study, s.riskiest)}>{s.riskiest} {say(s.riskiestName)}</a>}</span>}</td>
        <td class="num"><a href={to.signals(s.study)} aria-label={t('portfolio.openOf', { n: s.open, study: name(s.study) })}>{s.open}</a>{s.graver > 0 && <> <Tag tone="bad" icon="alert">{s.graver}</Tag></>}</td>
        <td class={`num ${s.overdue ? 't-bad b' : ''}`}>{s.overdue > 0 && <Icon name="clock" />} {s.overdue}</td><td class="sub">{s.oldest ? when(s.oldest) : '–'}</td></tr>)}</tbody></table></div></section>}
  </Shell>
}
