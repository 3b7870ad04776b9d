package visit

import (
	"context"
	"slices"
	"strings"

	"casebook"
	"casebook/check"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/store"
	"casebook/trial"
)

// Checklist is what is looked at in the visits of a kind: a form with its rules, as those of casebooks are.
type Checklist struct {
	Form *odm.Version `json:"form"`
}

// checklistEvent is the event in which a checklist's form stands.
const checklistEvent = "VISIT"

// ChecklistOf returns what the study looks at in visits of a kind; Version 0 is the one that it has without choosing.
func ChecklistOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, kind string) (keep.Record[Checklist], error) {
	k, err := keep.Find[Checklist](ctx, tx, study, checklists, kind)
	if err == nil && k.Version == 0 {
		k = keep.Record[Checklist]{ID: kind, Doc: Checklist{standard(kind)}}
		err = record.PlaceAlone(k.Doc.Form, checklistEvent, "form")
	}
	return k, err
}

// SetChecklist has the study look at other things in visits of a kind whose report is not begun yet. seen is the version that
// whoever changes it saw. Errors: Invalid visit.kind, site.text_*; Unprocessable record.alone_*; Stale site.changed.
func SetChecklist(ctx context.Context, w *ledger.Writer, kind string, seen int64, form *odm.Version, reason string) (keep.Record[Checklist], error) {
	k, err := keep.Find[Checklist](ctx, w.Tx, w.Study, checklists, kind)
	if err != nil {
		return k, err
	}
	if !slices.Contains(Kinds, kind) {
		return k, casebook.Fail(casebook.Invalid, "visit.kind", kind).At("kind")
	}
	if form == nil {
		return k, casebook.Fail(casebook.Invalid, "site.text_missing").At("form")
	}
	if err := site.Fits("reason", reason, k.Version > 0, 2000); err != nil {
		return k, err
	}
	if err := record.PlaceAlone(form, checklistEvent, "form"); err != nil {
		return k, err
	}
	c := keep.Change{Kind: checklists, ID: kind, Seen: seen, After: Checklist{form}, Entry: ledger.Entry{What: ChecklistSet, Reason: reason}}
	if k.Version > 0 {
		c.Before = k.Doc
	}
	return keep.Record[Checklist]{ID: kind, Version: seen + 1, Doc: Checklist{form}}, keep.Put(ctx, w, c)
}

// looking is in what a checklist's rules are asked: the day is the site's.
func looking(ctx context.Context, tx *store.Tx, study casebook.StudyID, at casebook.SiteID) (record.Context, error) {
	where, err := trial.FindSite(ctx, tx, study, at)
	today, _ := check.ParseValue(check.Date, site.Today(tx.Now, where.Zone).String())
	return record.Context{Actor: casebook.ActorFrom(ctx).User, Now: tx.Now, Today: today, Zone: where.Zone, Country: where.Country}, err
}

// checklist is the form that the visit's report answers: the one with which it was begun, or else the study's.
func (v *Visit) checklist(ctx context.Context, tx *store.Tx, study casebook.StudyID) (*odm.Version, error) {
	if v.Report != nil && v.Report.Form != nil {
		return v.Report.Form, nil
	}
	k, err := ChecklistOf(ctx, tx, study, v.Kind)
	return k.Doc.Form, err
}

// What is looked at where a study says nothing else, by kind of visit.
var (
	onTheWay = []question{
		{"CONSENT", both("知情同意书签署完整，版本正确", "Consent is complete, in the right version")},
		{"ELIGIBILITY", both("入选与排除标准有原始记录支持", "Eligibility is supported by source records")},
		{"SOURCE", both("原始数据核查按计划完成", "Source data were verified as planned")},
		{"SAFETY", both("不良事件记录完整，严重事件及时报告", "Adverse events are complete, serious ones reported in time")},
		{"PRODUCT", both("试验药品的接收、发放、回收与温度记录相符", "Receipt, dispensing, return and temperatures of the product agree")},
		{"SAMPLES", both("生物样本的采集、保存与转运符合要求", "Samples are taken, stored and shipped as required")},
		{"DOCUMENTS", both("研究者文件夹完整并在有效期内", "The investigator's file is complete and in force")},
		{"DELEGATION", both("授权与培训覆盖所有参与人员", "Delegation and training cover everybody involved")},
		{"FACILITIES", both("设施、设备与校准满足方案", "Facilities, equipment and calibration meet the protocol")},
	}
	byKind = map[string][]question{
		"routine": onTheWay, "forcause": onTheWay,
		"qualification": {
			{"TEAM", both("研究者资质与时间足够", "The investigators are qualified and have the time")},
			{"SUBJECTS", both("有足够的潜在受试者", "There are enough possible subjects")},
			{"FACILITIES", both("场地、设备与检验科满足方案", "Rooms, equipment and laboratory meet the protocol")},
			{"STORAGE", both("药品与样本的保存条件可控并有记录", "Product and samples can be stored under controlled and recorded conditions")},
			{"RECORDS", both("原始记录与计算机系统可供核查", "Source records and computerised systems can be verified")},
		},
		"initiation": {
			{"APPROVALS", both("伦理批件、合同与备案齐全", "Ethics approval, contract and filings are there")},
			{"TRAINING", both("全体人员已接受方案与 GCP 培训", "Everybody was trained in the protocol and in GCP")},
			{"DELEGATION", both("授权表已签署", "The delegation log is signed")},
			{"PRODUCT", both("试验药品已到位，保存与盲底管理已说明", "The product is there; storage and blinding were explained")},
			{"SYSTEMS", both("账号、随机与紧急揭盲可用", "Accounts, randomisation and emergency unblinding work")},
			{"DOCUMENTS", both("研究者文件夹已建立", "The investigator's file is set up")},
		},
		"closeout": {
			{"DATA", both("质疑全部关闭，病例报告表已签名", "All queries are closed and the casebooks signed")},
			{"SAFETY", both("不良事件均随访至结局", "Adverse events were followed to their outcome")},
			{"PRODUCT", both("试验药品已清点、回收或销毁", "The product was counted, returned or destroyed")},
			{"SAMPLES", both("样本已转运或按规定处理", "Samples were shipped or disposed of as required")},
			{"DOCUMENTS", both("研究者文件夹完整，保存期限已说明", "The investigator's file is complete; how long it is kept was explained")},
			{"REPORTS", both("已向伦理委员会报告研究结束", "The ethics committee was told of the end of the study")},
		},
	}
)

type question struct {
	id   string
	text odm.Text
}

// standard is the checklist of a kind of visit where the study chose none: each question is answered with yes, no or not
// applicable, and where it is no, what was found must be said.
func standard(kind string) *odm.Version {
	g := odm.ItemGroup{OID: "G", Name: "Checklist", Description: both("检查表", "Checklist")}
	v := &odm.Version{OID: "CHECKLIST", Name: "Checklist " + kind,
		Forms: []odm.Form{{OID: "F", Name: "Checklist", Description: g.Description, Groups: []odm.Ref{{OID: "G", Mandatory: true}}}},
		CodeLists: []odm.CodeList{{OID: "CL.SAYS", Name: "says", DataType: "text", Items: []odm.CodeItem{
			{Code: "yes", Decode: both("是", "Yes")}, {Code: "no", Decode: both("否", "No")}, {Code: "na", Decode: both("不适用", "Not applicable")}}}}}
	for _, q := range byKind[kind] {
		note, fine := q.id+".NOTE", q.id+".FINE"
		v.Items = append(v.Items, odm.Item{OID: q.id, Name: strings.ToLower(q.id), DataType: "text", Question: q.text, CodeList: "CL.SAYS"},
			odm.Item{OID: note, Name: strings.ToLower(note), DataType: "text", Length: 2000, Question: both("发现了什么", "What was found")})
		g.Items = append(g.Items, odm.Ref{OID: q.id, Mandatory: true}, odm.Ref{OID: note, Mandatory: true, Hidden: fine})
		v.Conditions = append(v.Conditions, odm.Condition{OID: fine, Name: fine, Description: both("回答为“否”时", "Where the answer is no"),
			Expressions: []odm.Expression{{Context: "casebook", Code: q.id + " != 'no'"}}})
	}
	v.Groups = []odm.ItemGroup{g}
	return v
}

func both(zh, en string) odm.Text { return odm.Text{"zh-CN": zh, "en": en} }
