// Every sentence of the patients' pages, in Chinese and in English.
import { state } from './state.ts'

export type Lang = 'zh-CN' | 'en'
export const lang = state<Lang>(navigator.language.startsWith('zh') ? 'zh-CN' : 'en')

const zh = {
  app: '患者日记', wait: '请稍候…', back: '上一题', next: '下一题', skip: '跳过', close: '关闭', of: '{n} / {all}', unsent: '{n} 条未发送', allSent: '已全部发送', offline: '没有网络：先保存在手机上',
  enrolTitle: '启用您的日记', enrolLead: '请输入研究中心告诉您的 6 位启用码。', enrolPin: '启用码', enrolGo: '启用', noLink: '请先扫描研究中心给您的二维码，或打开其链接。',
  deviceTitle: '检查手机', deviceStore: '可以保存日记', deviceKeep: '浏览器会保留数据', deviceKeepNo: '浏览器可能清除数据：请把本页添加到主屏幕', deviceClock: '手机时间正确', deviceClockOff: '手机时间偏差 {n} 分钟：请检查设置', deviceCrypto: '可以加密', deviceBad: '这部手机无法安全保存日记。请联系研究中心。',
  pinTitle: '设一个您自己的密码', pinLead: '6 位数字。它加密手机上的日记；忘记后需要研究中心重新启用。', pin: '密码', pinAgain: '再输一次', pinDiffer: '两次输入不一样。', pinShort: '请输入 6 位数字。', pinGo: '完成',
  lockTitle: '请输入密码', lockGo: '打开', lockWrong: '密码不对。',
  today: '今天', due: '现在可以填写', until: '截止 {at}', resume: '继续填写', start: '开始填写', nothing: '现在没有要填的问卷', nextAt: '下一次：{at}', noMore: '暂无安排', anytime: '随时可填', done: '已完成', history: '我的记录', historyNone: '还没有记录。', sentAt: '{at} 送达', waiting: '等待发送', receipt: '回执 {r}', late: '迟到送达',
  aside: '已由研究中心代为保管，他们会查看', tooLarge: '太长，无法发送（上限 {n} KB）。请联系研究中心。', ended: '您的账户已结束；这一条无法发送。', kept: '还在手机上',
  settings: '设置', language: '语言', large: '大字', theme: '外观', lock: '锁定', install: '添加到主屏幕：在浏览器菜单中选择“添加到主屏幕”。', me: '受试者 {id} · {study}',
  confirmTitle: '请核对您的回答', confirmLead: '提交后不能再修改。', submit: '提交', none: '未回答', seeAll: '请先看完所有选项', sentTitle: '已送到研究中心', savedTitle: '已保存在手机上', savedLead: '有网络时会自动发送。', sentLead: '{at} 送达', home: '回到今天', answers: '共 {n} 题',
  vas: '在线上点一个位置，或用方向键', vasNone: '尚未选择', vasSet: '已选择', todayIs: '今天', yesterday: '昨天', now: '现在', yes: '是', no: '否', dateHint: '年-月-日，例如 2026-03-02', timeHint: '时:分，例如 07:30', bad: '请检查格式。',
  crisis: '请立即寻求帮助', call: '拨打 {n}', unwell: '身体很不舒服？请直接打电话给研究医生，不要等日记。', full: '手机存储已满，无法开始新的日记。请拨打研究中心电话。', endedTitle: '日记已结束', endedLead: '您已不再需要填写。手机上尚未发送的内容仍会送出。', network: '连不上服务器，请检查网络后再试。', missing: '有 {n} 条记录没有到达研究中心：{list}', proxy: '代填人：{who}', required: '请回答后继续',
  consent: '知情同意', consentLead: '请阅读并签署知情同意书。', consentGone: '您已撤回同意。研究中心会给您打电话。', consentGo: '阅读', correct: '更正答案', correctLead: '研究中心请您确认一处更正。', correctGo: '查看',
  several: '可多选', draft: '此译文尚未获批准，仅供培训。',
  reminders: '提醒', remindLead: '打开日记时，要填的总在第一页。您还可以用以下方式接收提醒；提醒里不写姓名和内容。', remindGo: '开启', remindOn: '已开启', remindStop: '停止', remindSave: '保存时间和语言', remindSaved: '已保存。', remindNone: '研究中心尚未开通其他提醒方式。',
  mail: '电子邮件', sms: '短信', push: '手机通知', wechat: '微信', from: '从', to: '到', quiet: '勿扰时段和语言', quietLead: '这段时间内不提醒，之后再提醒。', pushNo: '这个浏览器收不到通知。请改用其他方式，或用手机自带的浏览器打开本页。', pushDenied: '浏览器未允许通知：请在浏览器设置中允许，或改用其他方式。', wechatNo: '请在微信中打开本页来开启。', inApp: '您在聊天软件中打开了本页：没有网络时打不开，数据也可能被清除。可以的话，请用手机浏览器打开。',
}
const en: typeof zh = {
  app: 'Patient diary', wait: 'One moment…', back: 'Back', next: 'Next', skip: 'Skip', close: 'Close', of: '{n} of {all}', unsent: '{n} unsent', allSent: 'All sent', offline: 'No network: kept on this phone for now',
  enrolTitle: 'Start your diary', enrolLead: 'Enter the 6 digits that your study site told you.', enrolPin: 'Start code', enrolGo: 'Start', noLink: 'First scan the code that your study site gave you, or open its link.',
  deviceTitle: 'Checking the phone', deviceStore: 'It can keep your diary', deviceKeep: 'The browser will keep its data', deviceKeepNo: 'The browser may clear its data: add this page to your home screen', deviceClock: 'The clock is right', deviceClockOff: 'The clock is {n} minutes off: please check the settings', deviceCrypto: 'It can encrypt', deviceBad: 'This phone cannot keep a diary safely. Please call your study site.',
  pinTitle: 'Choose a PIN of your own', pinLead: 'Six digits. It encrypts the diary on this phone; if you forget it, your site must start it anew.', pin: 'PIN', pinAgain: 'Once more', pinDiffer: 'The two are not the same.', pinShort: 'Please enter six digits.', pinGo: 'Done',
  lockTitle: 'Enter your PIN', lockGo: 'Open', lockWrong: 'That PIN is not right.',
  today: 'Today', due: 'To answer now', until: 'until {at}', resume: 'Go on', start: 'Start', nothing: 'Nothing to answer now', nextAt: 'Next: {at}', noMore: 'Nothing planned', anytime: 'At any time', done: 'Done', history: 'My records', historyNone: 'No records yet.', sentAt: 'received {at}', waiting: 'waiting to be sent', receipt: 'receipt {r}', late: 'received late',
  aside: 'kept by your site, who will look at it', tooLarge: 'Too long to be sent (limit {n} KB). Please call your site.', ended: 'Your account has ended; this one cannot be sent.', kept: 'still on this phone',
  settings: 'Settings', language: 'Language', large: 'Large text', theme: 'Appearance', lock: 'Lock', install: 'To install: choose “Add to home screen” in the browser’s menu.', me: 'Subject {id} · {study}',
  confirmTitle: 'Please check your answers', confirmLead: 'You cannot change them after you submit.', submit: 'Submit', none: 'not answered', seeAll: 'Please look at all options first', sentTitle: 'Your answers have reached the site', savedTitle: 'Saved on this phone', savedLead: 'It will be sent when there is a network.', sentLead: 'Received {at}', home: 'Back to today', answers: '{n} answers',
  vas: 'Tap a place on the line, or use the arrow keys', vasNone: 'nothing chosen yet', vasSet: 'chosen', todayIs: 'Today', yesterday: 'Yesterday', now: 'Now', yes: 'Yes', no: 'No', dateHint: 'Year-month-day, such as 2026-03-02', timeHint: 'Hours:minutes, such as 07:30', bad: 'Please check how it is written.',
  crisis: 'Please get help now', call: 'Call {n}', unwell: 'Feeling very unwell? Call the study doctor now. Do not wait for the diary.', full: 'This phone’s storage is full, so no diary can be started. Please call your site.', endedTitle: 'Your diary has ended', endedLead: 'There is nothing more to answer. What this phone has not sent yet will still be sent.', network: 'The server cannot be reached. Please check the network and try again.', missing: '{n} records have not reached the site: {list}', proxy: 'Answered by: {who}', required: 'Please answer to go on',
  consent: 'Consent', consentLead: 'Please read what you agree to, and sign it.', consentGone: 'You have withdrawn your consent. Your site will call you.', consentGo: 'Read', correct: 'Correct an answer', correctLead: 'Your site asks you about a correction.', correctGo: 'Look',
  several: 'Choose all that apply', draft: 'This translation has not been approved: for training only.',
  reminders: 'Reminders', remindLead: 'When you open the diary, what is due always stands first. You can also be reminded in these ways; a reminder names neither you nor what is asked.', remindGo: 'Turn on', remindOn: 'on', remindStop: 'Stop', remindSave: 'Save hours and language', remindSaved: 'Saved.', remindNone: 'Your site has not set up any other way.',
  mail: 'E-mail', sms: 'Text message', push: 'Notification', wechat: 'WeChat', from: 'From', to: 'To', quiet: 'Quiet hours and language', quietLead: 'Nothing comes in these hours, but after them.', pushNo: 'This browser cannot receive notifications. Please choose another way, or open this page in your phone’s own browser.', pushDenied: 'The browser does not allow notifications: please allow them in its settings, or choose another way.', wechatNo: 'To turn it on, open this page in WeChat.', inApp: 'You opened this page inside a chat program: it cannot be opened without a network, and what it keeps may be cleared. If you can, use your phone’s own browser.',
}
export type Word = keyof typeof zh

/** The sentence in the reader's language; {n} is replaced by args.n. */
export const teller = <T extends Record<string, string>>(zh: T, en: T) => (word: keyof T, args: Record<string, string | number> = {}): string =>
  (lang.value === 'en' ? en : zh)[word]!.replace(/\{(\w+)\}/g, (whole, name: string) => name in args ? String(args[name]) : whole)
export const t = teller(zh, en)

export type Text = Record<string, string>
/** A text of the study in the reader's language, else in any. */
export function say(text: Text | undefined): string {
  if (!text) return ''
  for (const key of lang.value === 'en' ? ['en', ''] : ['zh-CN', 'zh', 'en', '']) if (text[key]) return text[key]
  return Object.values(text)[0] ?? ''
}

export const clock = (at: string | Date) => new Intl.DateTimeFormat(lang.value, { weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at))
