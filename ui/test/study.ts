// An invented study for the tests of the pages: blood pressure, eight sites, a visit plan, an adverse event log.
import type { CodeList, EventDef, FormDef, GroupDef, ItemDef, Text, Version } from '../wire/types.ts'

const both = (zh: string, en: string): Text => ({ 'zh-CN': zh, en })
type Asked = [oid: string, zh: string, en: string, type: string, more?: Partial<ItemDef>]
const item = ([oid, zh, en, dataType, more]: Asked): ItemDef => ({ oid, name: oid, dataType, question: both(zh, en), ...more })
const list = (oid: string, ...codes: [string, string, string][]): CodeList =>
  ({ oid, name: oid, dataType: 'text', items: codes.map(([code, zh, en]) => ({ code, decode: both(zh, en) })) })
const group = (oid: string, zh: string, en: string, items: string, more: Partial<GroupDef> = {}): GroupDef => ({
  oid, name: en, description: both(zh, en), ...more,
  items: items.split(' ').map(ref => {
    const [id = '', flag = ''] = ref.split('!')
    return { oid: id, mandatory: flag.includes('m'), ...(flag.includes('h') ? { hidden: 'C.NOECG' } : {}), ...(flag.includes('c') ? { method: 'M.BMI' } : {}) }
  }),
})
const form = (oid: string, zh: string, en: string, ...groups: string[]): FormDef => ({ oid, name: en, description: both(zh, en), groups: groups.map(g => ({ oid: g, mandatory: true })) })
const event = (oid: string, zh: string, en: string, forms: string, more: Partial<EventDef> = {}): EventDef =>
  ({ oid, name: en, description: both(zh, en), type: 'Scheduled', forms: forms.split(' ').map(f => ({ oid: f, mandatory: true })), ...more })

export const version: Version = {
  oid: 'V.1', name: '1', eventRefs: ['E.SCR', 'E.BL', 'E.W4', 'E.W12', 'E.UNS', 'E.LOG'].map(oid => ({ oid })),
  events: [
    event('E.SCR', '筛选', 'Screening', 'F.IC F.DM F.VS'), event('E.BL', '基线', 'Baseline', 'F.VS F.LB F.PRO'),
    event('E.W4', '第 4 周', 'Week 4', 'F.VS F.LB F.DA F.PRO'), event('E.W12', '第 12 周', 'Week 12', 'F.VS F.LB F.PRO'),
    event('E.UNS', '计划外访视', 'Unscheduled', 'F.VS', { type: 'Unscheduled', repeating: true }), event('E.LOG', '持续记录', 'Running logs', 'F.AE F.CM', { type: 'Common' }),
  ],
  forms: [
    form('F.IC', '知情同意', 'Informed consent', 'IG.IC'), form('F.DM', '人口学', 'Demographics', 'IG.DM'), form('F.VS', '生命体征', 'Vital signs', 'IG.VS'),
    form('F.LB', '实验室检查', 'Laboratory', 'IG.LB'), form('F.DA', '药物发放', 'Drug dispensing', 'IG.DA'), form('F.PRO', '患者报告', 'Patient reported', 'IG.PRO'),
    form('F.AE', '不良事件', 'Adverse events', 'IG.ANY', 'IG.AE'), { ...form('F.CM', '合并用药', 'Medication', 'IG.CM'), repeating: true },
  ],
  groups: [
    group('IG.IC', '知情同意', 'Informed consent', 'IT.ICDT!m IT.ICVER!m IT.ICCOPY!m'),
    group('IG.DM', '人口学', 'Demographics', 'IT.BRTH!m IT.SEX!m IT.ETHNIC IT.SMOKE!m IT.CIGS IT.HISTORY'),
    group('IG.VS', '生命体征', 'Vital signs', 'IT.VSDT!m IT.VSTM!m IT.TEMP!m IT.POS!m IT.HR!m IT.SYS!m IT.DIA!m IT.WT!m IT.ECG!m IT.BMI!c IT.QT!mh IT.ECGTM!mh IT.ECGRES!h'),
    group('IG.LB', '实验室检查', 'Laboratory', 'IT.LBDT!m IT.K!m IT.NA!m IT.CREA!m'),
    group('IG.DA', '药物发放', 'Drug dispensing', 'IT.KIT!m IT.TABS!m'),
    group('IG.PRO', '患者报告', 'Patient reported', 'IT.PAIN!m IT.SLEEP'),
    group('IG.ANY', '是否发生', 'Any event', 'IT.ANYAE!m'),
    group('IG.AE', '不良事件', 'Adverse events', 'IT.AETERM!m IT.AEST!m IT.AEEN IT.AESEV!m IT.AEREL!m IT.AESER!m IT.AEOUT!m', { repeating: true }),
    group('IG.CM', '合并用药', 'Medication', 'IT.CMTRT!m IT.CMDOSE IT.CMST'),
  ],
  items: ([
    ['IT.ICDT', '签署日期', 'Date signed', 'date'], ['IT.ICVER', '版本', 'Version', 'text', { length: 10 }], ['IT.ICCOPY', '副本已交给受试者', 'Copy given to the subject', 'boolean'],
    ['IT.BRTH', '出生日期', 'Date of birth', 'partialDate'], ['IT.SEX', '性别', 'Sex', 'text', { codeList: 'CL.SEX' }], ['IT.ETHNIC', '民族', 'Ethnic group', 'text', { codeList: 'CL.ETHNIC' }],
    ['IT.SMOKE', '吸烟情况', 'Smoking', 'text', { codeList: 'CL.SMOKE' }], ['IT.CIGS', '每日支数', 'Cigarettes a day', 'integer'], ['IT.HISTORY', '既往病史摘要', 'Summary of medical history', 'text', { length: 500 }],
    ['IT.VSDT', '检查日期', 'Date of assessment', 'date'], ['IT.VSTM', '检查时间', 'Time', 'time'], ['IT.TEMP', '体温', 'Temperature', 'float', { units: ['U.C'] }],
    ['IT.POS', '体位', 'Position', 'text', { codeList: 'CL.POS' }], ['IT.HR', '脉搏', 'Pulse', 'integer', { units: ['U.BPM'] }],
    ['IT.SYS', '收缩压', 'Systolic pressure', 'integer', { units: ['U.MMHG'], checks: [{ comparator: 'GE', values: ['90'] }, { comparator: 'LE', values: ['160'] }] }], ['IT.DIA', '舒张压', 'Diastolic pressure', 'integer', { units: ['U.MMHG'] }],
    ['IT.WT', '体重', 'Weight', 'float', { units: ['U.KG'] }], ['IT.ECG', '是否做了心电图', 'ECG done', 'boolean'], ['IT.BMI', '体质指数', 'BMI', 'float', { units: ['U.BMI'] }],
    ['IT.QT', 'QTcF', 'QTcF', 'integer', { units: ['U.MS'] }], ['IT.ECGTM', '采集时间', 'Time taken', 'time'], ['IT.ECGRES', '结果', 'Result', 'text', { codeList: 'CL.ECG' }],
    ['IT.LBDT', '采样日期', 'Date of sample', 'date'], ['IT.K', '血钾', 'Potassium', 'float', { units: ['U.MMOL'] }], ['IT.NA', '血钠', 'Sodium', 'float', { units: ['U.MMOL'] }], ['IT.CREA', '肌酐', 'Creatinine', 'float', { units: ['U.UMOL'] }],
    ['IT.KIT', '药盒编号', 'Kit number', 'text', { length: 12 }], ['IT.TABS', '片数', 'Tablets', 'integer'],
    ['IT.PAIN', '过去一周的头痛程度', 'Headache in the past week', 'text', { codeList: 'CL.PAIN' }], ['IT.SLEEP', '睡眠小时数', 'Hours of sleep', 'float'],
    ['IT.ANYAE', '本次访视期间是否发生任何不良事件', 'Has any adverse event occurred since the last visit', 'boolean'],
    ['IT.AETERM', '事件', 'Event', 'text', { length: 40 }], ['IT.AEST', '开始', 'Start', 'partialDate'], ['IT.AEEN', '结束', 'End', 'partialDate'], ['IT.AESEV', '分级', 'Grade', 'text', { codeList: 'CL.SEV' }],
    ['IT.AEREL', '相关性', 'Related', 'text', { codeList: 'CL.REL' }], ['IT.AESER', 'SAE', 'SAE', 'boolean'], ['IT.AEOUT', '转归', 'Outcome', 'text', { codeList: 'CL.OUT' }],
    ['IT.CMTRT', '药物', 'Medication', 'text', { length: 60 }], ['IT.CMDOSE', '剂量', 'Dose', 'text', { length: 20 }], ['IT.CMST', '开始日期', 'Start date', 'partialDate'],
  ] as Asked[]).map(item),
  codeLists: [
    list('CL.SEX', ['F', '女', 'Female'], ['M', '男', 'Male']), list('CL.POS', ['SIT', '坐位', 'Sitting'], ['SUP', '卧位', 'Supine'], ['STA', '立位', 'Standing']),
    list('CL.SMOKE', ['N', '从不', 'Never'], ['P', '曾经', 'Past'], ['C', '现在', 'Current']), list('CL.ECG', ['N', '正常', 'Normal'], ['A', '异常，无临床意义', 'Abnormal, not significant'], ['S', '异常，有临床意义', 'Abnormal, significant']),
    list('CL.ETHNIC', ['HAN', '汉族', 'Han'], ['ZHU', '壮族', 'Zhuang'], ['HUI', '回族', 'Hui'], ['MAN', '满族', 'Manchu'], ['UYG', '维吾尔族', 'Uyghur'], ['MIA', '苗族', 'Miao'], ['TIB', '藏族', 'Tibetan'], ['OTH', '其他', 'Other']),
    list('CL.PAIN', ['0', '没有', 'None'], ['1', '轻微', 'Slight'], ['2', '中等', 'Moderate'], ['3', '严重', 'Severe'], ['4', '非常严重', 'Very severe']),
    list('CL.SEV', ['1', '1 轻度', '1 Mild'], ['2', '2 中度', '2 Moderate'], ['3', '3 重度', '3 Severe'], ['4', '4 危及生命', '4 Life-threatening'], ['5', '5 死亡', '5 Death']),
    list('CL.REL', ['N', '无关', 'Unrelated'], ['P', '可能', 'Possible'], ['R', '很可能', 'Probable']), list('CL.OUT', ['R', '痊愈', 'Recovered'], ['N', '未愈', 'Not recovered'], ['U', '未知', 'Unknown']),
  ],
  units: ([['U.C', '°C', '°C'], ['U.BPM', '次/分', 'bpm'], ['U.MMHG', 'mmHg', 'mmHg'], ['U.KG', 'kg', 'kg'], ['U.BMI', 'kg/m²', 'kg/m²'], ['U.MS', 'ms', 'ms'], ['U.MMOL', 'mmol/L', 'mmol/L'], ['U.UMOL', 'µmol/L', 'µmol/L']] as const)
    .map(([oid, zh, en]) => ({ oid, name: en, symbol: both(zh, en) })),
  conditions: [{ oid: 'C.NOECG', name: 'ECG', description: both('做了心电图', 'ECG done') }],
  methods: [{ oid: 'M.BMI', name: '体重 ÷ 身高²' }],
}

export const sites = [['01', '青禾中心医院', 'Qinghe Central'], ['02', '江城第一医院', 'Jiangcheng First'], ['03', '北岸医院', 'North Quay'], ['04', '云杉医院', 'Spruce'], ['05', '梧桐医院', 'Parasol Tree'], ['06', '南屏医院', 'South Screen'], ['07', '海潮大学医院', 'Haichao University'], ['08', '新城医院', 'New Town']]
  .map(([id, zh, en]) => ({ id: id!, name: both(zh!, en!), zone: 'Asia/Shanghai' }))
