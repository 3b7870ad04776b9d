// Package demo is an invented study, HTN-24, with eight sites, their people and a plausible history, to show the
// product and to load it. It refuses to store anything: what happened comes out as values, and the caller saves them
// through the same doors as everybody else.
package demo

import (
	_ "embed"

	"casebook"
	"casebook/odm"
)

// ID is the study's identifier, the OID in its file.
const ID casebook.StudyID = "HTN-24"

//go:embed study.xml
var study []byte

// Study returns the definition of HTN-24 as a bilingual ODM-XML 1.3.2 file. The caller must not change the bytes.
func Study() []byte { return study }

//go:embed schedule.json
var schedule []byte

// Schedule returns when HTN-24 asks its patients, as docs/format/schedule.md says. The caller must not change the bytes.
func Schedule() []byte { return schedule }

//go:embed consent.json
var consent []byte

// Consent returns what HTN-24 asks its patients to agree to, as docs/format/consent.md says. The caller must not change
// the bytes.
func Consent() []byte { return consent }

// Site is an invented hospital.
type Site struct {
	ID   casebook.SiteID
	Name odm.Text
	Zone string // IANA time zone
}

// Sites returns the study's eight sites.
func Sites() []Site {
	site := func(id casebook.SiteID, zh, en string) Site {
		return Site{ID: id, Name: odm.Text{"zh-CN": zh, "en": en}, Zone: "Asia/Shanghai"}
	}
	return []Site{
		site("01", "望舒市第一医院", "Wangshu First Hospital"),
		site("02", "云岫医院", "Yunxiu Hospital"),
		site("03", "青禾中心医院", "Qinghe Central Hospital"),
		site("04", "松涧医院", "Songjian Hospital"),
		site("05", "星渡医院", "Xingdu Hospital"),
		site("06", "汐岚心血管医院", "Xilan Heart Hospital"),
		site("07", "临砚医院", "Linyan Hospital"),
		site("08", "鹤汀大学附属医院", "Heting University Hospital"),
	}
}

// Role is what a person may be in a study, at one site or, without a Site, at all of them.
type Role struct {
	Study casebook.StudyID
	Role  string
	Site  casebook.SiteID
}

// Person is somebody who works in the study. Their ID is also the name they sign in with.
type Person struct {
	ID     casebook.UserID
	Name   odm.Text
	Locale string
	Roles  []Role
}

// People returns who works in the study: a coordinator at every site, an investigator at site 03, a monitor, a data
// manager, a project manager, who manages lists and drug and the pharmacist of site 03, who are not blinded, and the administrator of the
// platform, who sees no data.
func People() []Person {
	person := func(id casebook.UserID, zh, en, role string, site casebook.SiteID) Person {
		return Person{ID: id, Name: odm.Text{"zh-CN": zh, "en": en}, Locale: "zh-CN", Roles: []Role{{ID, role, site}}}
	}
	return []Person{
		person("linyue", "林悦", "Lin Yue", "coordinator", "03"),
		person("xucheng", "许澄", "Xu Cheng", "coordinator", "07"),
		person("zhouning", "周宁", "Zhou Ning", "investigator", "03"),
		person("chenrui", "陈睿", "Chen Rui", "monitor", ""),
		person("hexiao", "何晓", "He Xiao", "datamanager", ""),
		person("jiangtao", "江涛", "Jiang Tao", "projectmanager", ""),
		{ID: "gaoyuan", Name: odm.Text{"zh-CN": "高远", "en": "Gao Yuan"}, Locale: "zh-CN", Roles: []Role{{casebook.Platform, "admin", ""}}},
		person("shenlu", "沈璐", "Shen Lu", "coordinator", "01"),
		person("tangyi", "唐翊", "Tang Yi", "coordinator", "02"),
		person("luqing", "陆清", "Lu Qing", "coordinator", "04"),
		person("weilan", "魏岚", "Wei Lan", "coordinator", "05"),
		person("pengfei", "彭霏", "Peng Fei", "coordinator", "06"),
		person("songke", "宋可", "Song Ke", "coordinator", "08"),
		person("meiqing", "梅清", "Mei Qing", "office", "03"),
		person("qianxu", "钱叙", "Qian Xu", "unblinded", ""),
		person("yaoyun", "姚筠", "Yao Yun", "pharmacist", "03"),
	}
}

// coordinator returns who enters the data of a site.
func coordinator(site casebook.SiteID) casebook.UserID {
	for _, p := range People() {
		if r := p.Roles[0]; r.Role == "coordinator" && r.Site == site {
			return p.ID
		}
	}
	return ""
}
