// The sentences about what patients agree to, and about correcting what they sent.
export const zhPatients = {
  'epro.consent': '知情同意', 'epro.answers': '回答', 'epro.changes': '更正', 'epro.noConsent': '还没有知情同意书', 'epro.noConsentDo': '发布一份知情同意书后，患者在手机上阅读、答题并签署，这里显示每位受试者的状态。',
  'epro.publish': '发布新版本', 'epro.publishLead': '发布后患者在手机上看到的就是以下内容，该版本不会再改变。', 'epro.publishFile': '从文件读入', 'epro.publishGo': '现在发布', 'epro.template': '下载为文件', 'epro.version': '第 {n} 版', 'epro.versionOf': '版本', 'epro.versions': '版本',
  'epro.required': '签署后才开始日记', 'epro.optional': '日记不等待签署', 'epro.again': '已签旧版者需重签', 'epro.preview': '预览', 'epro.questions': '理解测试', 'epro.right': '正确', 'epro.standing.open': '未签署', 'epro.standing.needed': '等待签署',
  'epro.standing.signed': '已签署', 'epro.standing.withdrawn': '已撤回', 'epro.signedAt': '签署时间', 'epro.language': '语言', 'epro.signature': '签名', 'epro.signatureOf': '{subject} 的签名', 'epro.typed': '姓名', 'epro.drawn': '手写签名', 'epro.undrawn': '签署人说明无法手写。',
  'epro.tries': '答题次数', 'epro.withdraw': '记录撤回', 'epro.withdrawLead': '患者告诉了研究中心要撤回同意：日记立即关闭，研究者会收到警示。', 'epro.why.consent': '当时没有知情同意', 'epro.noAnswers': '还没有回答', 'epro.noAnswersDo': '患者提交的每份回答都会列在这里，原样保留。',
  'epro.sensitivity': '原始回答与当前值对照（CSV）', 'epro.ask': '申请更正', 'epro.askLead': '只有患者本人或研究者可以决定；原来的回答始终保留。', 'epro.sent': '患者提交', 'epro.stands': '当前值', 'epro.shall': '改为', 'epro.late_': '迟到送达', 'epro.look': '查看', 'epro.filled': '填写时间', 'epro.noChanges': '没有更正申请', 'epro.noChangesDo': '在“回答”中打开一份回答即可申请更正。',
  'epro.agree': '同意更正', 'epro.refuse': '不更正', 'epro.agreed': '已更正', 'epro.refused': '未更正', 'epro.askedBy': '申请人', 'epro.decidedAs.patient': '患者决定', 'epro.decidedAs.investigator': '研究者决定', 'epro.decideWhy': '与患者核实的情况',
  'epro.draft': '知情同意书草稿', 'epro.draftFirst': '编写知情同意书', 'epro.draftNew': '编写新版本', 'epro.draftGoOn': '继续编写草稿', 'epro.draftBy': '草稿由 {who} 保存于 {at}', 'epro.draftDirty': '有未保存的修改', 'epro.draftSave': '保存草稿', 'epro.draftDrop': '丢弃草稿', 'epro.draftLeave': '返回列表',
  'epro.draftLead': '草稿可以不完整，随时保存。发布后患者在手机上看到；已发布的版本不会改变。', 'epro.whole': '整份文件', 'epro.titleOf': '标题', 'epro.approval': '伦理委员会批件（编号和日期）', 'epro.sections': '章节', 'epro.sectionAdd': '增加一节', 'epro.text': '正文', 'epro.questionAdd': '增加一个问题', 'epro.question': '问题', 'epro.explains': '答错后的说明',
  'epro.option': '选项', 'epro.optionAdd': '增加一个选项', 'epro.statement': '签署的声明', 'epro.moveUp': '上移', 'epro.remove': '删除', 'epro.paper': '记录纸质同意', 'epro.paperOf': '{subject} 的纸质知情同意', 'epro.paperLead': '日记从记录时起开放；纸上的日期一并保留。姓名和扫描件只有本中心可见。', 'epro.paperGo': '记录', 'epro.paperDay': '纸上的日期',
  'epro.paperWho': '签署人', 'epro.paperName': '签署人姓名', 'epro.informed': '告知人姓名', 'epro.scan': '扫描件（可选）', 'epro.scanHint': 'PDF、JPEG 或 PNG，最大 3 MB', 'epro.scanNone': '没有扫描件', 'epro.onPaper': '纸质，{day}', 'epro.recordedBy': '{who} 记录于 {at}',
}
