package document

import (
	"slices"

	"casebook/odm"
)

// Zone is a part of the trial master file, numbered as in the CDISC TMF Reference Model.
type Zone struct {
	Number string   `json:"number"`
	Title  odm.Text `json:"title"`
}

// Zones are the parts of the trial master file.
var Zones = []Zone{
	{"01", both("试验管理", "Trial management")},
	{"02", both("试验核心文件", "Central trial documents")},
	{"03", both("监管与备案", "Regulatory")},
	{"04", both("伦理", "Ethics")},
	{"05", both("研究中心管理", "Site management")},
	{"06", both("试验用药品与物资", "Investigational product and supplies")},
	{"07", both("安全性报告", "Safety reporting")},
	{"08", both("检测", "Testing")},
	{"09", both("第三方", "Third parties")},
	{"10", both("数据管理", "Data management")},
	{"11", both("统计", "Statistics")},
}

// Type is a kind of document: where it is filed, and what is asked of it.
type Type struct {
	ID      string   `json:"id"` // zone-number, of our own short list
	Title   odm.Text `json:"title"`
	Site    bool     `json:"site"`    // each site has its own; otherwise the study has one
	Usual   bool     `json:"usual"`   // expected where the study says nothing else
	Expires bool     `json:"expires"` // a day of expiry must be given
}

// The types under which notices are filed: those to the study as a whole, letters about visits to a site, other notices to a
// site, and those about safety.
const (
	Circulars     = "01-03"
	VisitLetters  = "05-07"
	Notices       = "05-08"
	SafetyNotices = "07-01"
)

// Types is the short list.
var Types = []Type{
	{"01-01", both("试验管理计划", "Trial management plan"), false, false, false},
	{"01-02", both("监查计划", "Monitoring plan"), false, true, false},
	{Circulars, both("通知与回复", "Notices and replies"), false, false, false},
	{"02-01", both("试验方案", "Protocol"), false, true, false},
	{"02-02", both("研究者手册", "Investigator's brochure"), false, true, true},
	{"02-03", both("知情同意书模板", "Consent form template"), false, false, false},
	{"03-01", both("临床试验批件或备案", "Regulatory approval"), false, true, false},
	{"03-02", both("人类遗传资源批件或备案", "Human genetic resources filing"), false, false, false},
	{"04-01", both("伦理批件", "Ethics approval"), true, true, true},
	{"04-02", both("伦理委员会成员表", "Ethics committee members"), true, false, false},
	{"04-03", both("已批准的知情同意书", "Approved consent form"), true, true, false},
	{"05-01", both("临床试验协议", "Clinical trial agreement"), true, true, false},
	{"05-02", both("研究者简历", "Investigator's CV"), true, true, false},
	{"05-03", both("GCP 证书", "GCP certificate"), true, true, true},
	{"05-04", both("授权表", "Delegation log"), true, false, false},
	{"05-05", both("培训记录", "Training record"), true, true, false},
	{"05-06", both("启动报告", "Site initiation report"), true, true, false},
	{VisitLetters, both("监查访视信函", "Letter about a monitoring visit"), true, false, false},
	{Notices, both("通知与回复", "Notices and replies"), true, false, false},
	{"06-01", both("药品清点记录", "Drug accountability log"), true, false, false},
	{"06-02", both("药品运输记录", "Shipment record"), true, false, false},
	{SafetyNotices, both("SUSAR 通知", "SUSAR notice"), true, false, false},
	{"08-01", both("实验室认证", "Laboratory certificate"), true, true, true},
	{"08-02", both("实验室正常值范围", "Laboratory normal ranges"), true, true, false},
	{"09-01", both("第三方合同", "Third-party contract"), false, false, false},
	{"10-01", both("数据管理计划", "Data management plan"), false, true, false},
	{"10-02", both("CRF 填写指南", "CRF completion guide"), false, false, false},
	{"11-01", both("统计分析计划", "Statistical analysis plan"), false, true, false},
}

func both(zh, en string) odm.Text { return odm.Text{"zh-CN": zh, "en": en} }

func typeOf(id string) (Type, bool) {
	i := slices.IndexFunc(Types, func(t Type) bool { return t.ID == id })
	if i < 0 {
		return Type{}, false
	}
	return Types[i], true
}

// usual are the types that are expected where a study says nothing else.
func usual() (ids []string) {
	for _, t := range Types {
		if t.Usual {
			ids = append(ids, t.ID)
		}
	}
	return ids
}
