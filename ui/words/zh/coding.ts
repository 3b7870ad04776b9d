// 医学编码。
export const zhCoding = {
  'coding.title': '医学编码', 'coding.lead': '已编码 {n} / {of}', 'coding.show': '显示', 'coding.waiting': '待编码', 'coding.done': '已编码', 'coding.left': '另有 {n} 条文本未列出',
  'coding.none': '尚未设定编码', 'coding.noneDo': '请研究管理者在“设定”中指定要编码的项目和词典版本。',
  'coding.allDone': '没有待编码的文本', 'coding.allDoneDo': '中心录入新的文本后会出现在这里。可切换查看已编码的文本。', 'coding.nothing': '尚无编码', 'coding.nothingDo': '请从待编码的文本开始，或使用自动编码。',
  'coding.auto': '自动编码', 'coding.autoMeans': '对与唯一的现行术语同名的文本及已批准的同义词编码。', 'coding.autoDone': '已自动编码 {n} 个值',
  'coding.text': '原文', 'coding.dictionary': '词典', 'coding.places': '出现之处', 'coding.state': '状态', 'coding.open': '打开', 'coding.asked': '已质疑', 'coding.with': '一并编码', 'coding.beside': '相关信息', 'coding.code': '编码',
  'coding.search': '检索术语', 'coding.searchHint': '输入词语；用上下方向键选择，按回车采用。', 'coding.terms': '找到的术语', 'coding.notFound': '没有找到术语，请换用其他词语，或质疑中心。', 'coding.notCurrent': '非现行',
  'coding.decide': '采用术语', 'coding.take': '编码', 'coding.forN': '将用于 {n} 处。', 'coding.kept': '已编码 {n} 处', 'coding.class': 'ATC 分类', 'coding.chooseClass': '请选择符合用途的分类', 'coding.remember': '提议作为同义词（须由另一人批准）', 'coding.back': '撤回编码',
  'coding.ask': '质疑中心', 'coding.question': '问题', 'coding.synonyms': '同义词', 'coding.approve': '批准', 'coding.retire': '停用',
  'coding.setup': '设定', 'coding.setupTitle': '编码设定', 'coding.setupLead': '哪些项目编码，用哪部词典的哪个版本。含义唯一的文字保存后即自动编码，其余等待编码员。',
  'coding.noDictionary': '尚未载入词典', 'coding.noDictionaryDo': '请管理员从许可方的文件载入：casebook coding load --dictionary meddra --version 27.1 --language en 目录。', 'coding.dictionaries': '词典', 'coding.unused': '不使用', 'coding.loaded': '{languages}，{n} 个术语',
  'coding.items': '项目', 'coding.item': '项目', 'coding.forms': '表单', 'coding.noItems': '尚无编码项目，请添加。', 'coding.addItem': '添加项目', 'coding.addItemHint': '没有编码列表的文本项目。', 'coding.shown': '一并显示给编码员', 'coding.removeItem': '移除', 'coding.setupSaved': '已保存，含义唯一的文字已编码',
  'coding.would': '改用 {dictionary} {version} 会有哪些变化', 'coding.wouldSums': '已编码的值中，{same} 个的术语不变，{back} 个退回编码员。', 'coding.wouldNothing': '所用的术语在该版本中全部不变。', 'coding.term': '术语', 'coding.fate': '变化', 'coding.values': '值', 'coding.then': '变更后',
  'codingFate.renamed': '名称改变', 'codingFate.moved': '位置改变', 'codingFate.not_current': '不再现行', 'codingFate.gone': '已不存在', 'codingFate.unclear': '不再属于原 ATC 分类',
  'codingKind.meddra': 'MedDRA 词典', 'codingKind.whodrug': 'WHODrug 词典', 'codingState.todo': '待编码', 'codingState.coded': '已编码', 'codingState.changed': '原文已改', 'codingState.outdated': '版本已过时',
  'codingSource.exact': '同名', 'codingSource.synonym': '同义词', 'codingSource.person': '人工', 'codingSynonym.proposed': '待批准', 'codingSynonym.approved': '已批准', 'codingSynonym.retired': '已停用',
} as const
