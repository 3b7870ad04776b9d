// Enrol a subject at a site.
import { useState } from 'preact/hooks'
import { Icon } from '../look/icon.tsx'
import { Dialog, problemText } from '../look/parts.tsx'
import { api, Problem } from '../wire/api.ts'
import { say, t } from '../words/words.ts'
import { go, to } from './route.ts'
import { loadStudies, mayWrite, study as here } from './study.ts'

export function Enrol({ study, close }: { study: string; close: () => void }) {
  const sites = (here.value?.sites ?? []).filter(s => mayWrite(s.id))
  const [site, setSite] = useState(sites.length === 1 ? sites[0]!.id : '')
  const [subject, setSubject] = useState('')
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (e: Event) => {
    e.preventDefault()
    if (!site) { setProblem(t('enrol.chooseSite')); return }
    setBusy(true)
    try {
      const enrolled = await api.enrol(study, site, subject.trim())
      void loadStudies()
      go(to.casebook(study, enrolled.subject), true)
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      setProblem(problemText(e))
      setBusy(false)
    }
  }
  return <Dialog title={t('enrol.title')} close={close}>
    <form onSubmit={submit} noValidate>
      <div class="body stack-1">
        <p class="sub">{t('enrol.lead')}</p>
        {problem && <p class="note bad" role="alert"><Icon name="alert" /><span>{problem}</span></p>}
        {!sites.length && here.value && <p class="note warn"><Icon name="info" /><span>{t('enrol.noSite')}</span></p>}
        <div class="f"><div class="lab"><label for="enrol-site">{t('enrol.site')}</label><span class="req" aria-hidden="true">*</span></div>
          <div class="in"><select id="enrol-site" autofocus={sites.length !== 1} value={site} onChange={e => { setSite(e.currentTarget.value); setProblem('') }}>
            <option value="">{t('crf.choose')}</option>{sites.map(s => <option key={s.id} value={s.id}>{`${s.id} ${say(s.name)}`}</option>)}
          </select><span class="u"><Icon name="chev" /></span></div></div>
        <div class="f"><div class="lab"><label for="enrol-subject">{t('enrol.subject')}</label></div>
          <div class="in"><input id="enrol-subject" autofocus={sites.length === 1} value={subject} placeholder={t('enrol.hint')} autocomplete="off" spellcheck={false} onInput={e => setSubject(e.currentTarget.value)} /></div></div>
      </div>
      <footer><span class="grow" /><button type="button" class="btn" onClick={close}>{t('do.cancel')}</button>
        <button type="submit" class="btn primary" disabled={busy || !sites.length}>{t('enrol.go')}</button></footer>
    </form>
  </Dialog>
}
