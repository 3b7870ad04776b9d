package casebook_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reference are the tables without a study first in their keys: small, rarely written, the same on every machine, and
// never in one transaction with a study's rows.
var reference = map[string]string{
	"auth_person":        "people belong to the whole deployment",
	"auth_grant":         "read by person at sign-in, across studies",
	"auth_password_past": "belongs to a person",
	"auth_external":      "belongs to a person",
	"auth_factor":        "belongs to a person",
	"auth_passkey":       "belongs to a person",
	"auth_review":        "who may do what in the whole deployment",
	"auth_support":       "people are of the whole deployment; a row names its study and is read with its person",
	"auth_challenge":     "answered before it is known whose it is",
	"auth_invite":        "belongs to a person, who has no role yet",
	"auth_session":       "found by the hash of a cookie, before any study is known",
	"settings_release":   "of the whole deployment: every process has the same",
	"settings_draft":     "proposed for the whole deployment",
	"settings_force":     "one row: which release is in force",
	"settings_process":   "our own processes",
	"settings_tally":     "counts of a trial, by process",
	"coding_dictionary":  "a dictionary serves all studies",
	"coding_entry":       "belongs to a dictionary",
	"auth_failure":       "guesses are counted by account and address, before any study is known",
}

// acrossStudies are the statements that read more than one study on purpose, by a part of their text, with the reason.
// No rule of the product is derived from what they return: each is a list of where to look.
var acrossStudies = map[string]string{
	"FROM ledger_head h LEFT JOIN ledger_cursor":                  "which studies have something new for a follower; each step then works in its own",
	"GROUP BY c.follower":                                         "how far behind the slowest follower is: a display",
	"SELECT study_id, size FROM ledger_head":                      "which studies grew since their last checkpoint",
	"SELECT DISTINCT study_id FROM ledger_unsealed":               "which studies have entries that wait; the sequencer then works in each",
	"SELECT study_id FROM ledger_head ORDER BY study_id":          "which studies the audit of administration is searched in, each by itself",
	"SELECT study_id FROM ledger_head UNION":                      "which studies a verification goes through, one snapshot each",
	"FROM trial t":                                                "the directory of studies that a person may see",
	"SELECT study_id, alert_id FROM epro_alert":                   "which alerts are overdue; each is then escalated in its own study",
	"FROM allocation_unblinding WHERE told_at = 0":                "which unblindings nobody was told of; each is then told in its own study",
	"SELECT study_id FROM epro_reach WHERE ref = ''":              "which studies were kept by an older version; each is then moved alone",
	"SELECT DISTINCT study_id FROM vault_text":                    "which studies have something sealed; each is then sealed anew alone",
	"SELECT DISTINCT study_id FROM allocation_list":               "which studies have lists; each is then sealed anew alone",
	"SELECT DISTINCT study_id FROM kit_shipment":                  "which studies have kits; each is then sealed anew alone",
	"SELECT DISTINCT study_id FROM blinded_value":                 "which studies have blinded values; each is then sealed anew alone",
	"SELECT DISTINCT study_id FROM epro_schedule":                 "which studies have a schedule; each is then looked at for reminders alone",
	"count(*) FROM patient WHERE study_id IN":                     "the sizes beside the directory of studies: a display",
	"SELECT DISTINCT study_id FROM site_record":                   "which studies have serious adverse events; each is then looked at for what nobody was told",
	"SELECT DISTINCT study_id FROM document_object":               "which studies have files in a bucket; each file is then read as its own study's",
	"SELECT study_id, hash FROM document_upload WHERE begun":      "which files went to a bucket and are named by nothing; each is then removed in its own study",
	"SELECT study_id, upload_id FROM upload WHERE state":          "which file waits the longest; it is then taken in in its own study",
	"SELECT study_id, next, judged, judged_at FROM monitor_study": "which studies are due for a comparison of their sites; each is then judged alone",
	"SELECT study_id FROM monitor_study WHERE indicators":         "which studies were counted by other indicators; each is then counted anew alone",
	"FROM settings_organisation ORDER BY":                         "whose the studies are, for a snapshot",
	"FROM settings_approval ORDER BY":                             "the approvals that a snapshot is built with; each is looked up by its own study",
	"SELECT study_id, notice_id, state, remind_at":                "which notices have something due; each step is then taken in its own study",
	"SELECT DISTINCT study_id FROM outbox_lane":                   "which studies have sent by a channel; what is old is then removed in each alone",
	"FROM outbox_lane l WHERE":                                    "which destinations have something due; each message is then claimed in its own study",
	"SELECT ⟨…⟩ FROM ⟨…⟩":                                         "a backup reads every table as a whole, in one snapshot",
	"INSERT INTO ⟨…⟩(⟨…⟩)":                                        "a backup is put into an empty database, row by row as it was",
	"FROM auth_token WHERE kind = 'client' ORDER BY":              "the directory of other programs, for who manages access",
	"SELECT study_id, n FROM auth_revision":                       "what the cache of grants compares; each study's number stands alone",
}

var (
	isStatement   = regexp.MustCompile(`^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\s`)
	ofOneStudy    = regexp.MustCompile(`study_id\s*=\s*\$\d`)
	insertsStudy  = regexp.MustCompile(`INSERT INTO [a-z_]+\s*\([^)]*\bstudy_id\b`)
	conflictSet   = regexp.MustCompile(`(?s)DO UPDATE SET(.*?)(?:\bWHERE\b|\bRETURNING\b|$)`)
	functionCall  = regexp.MustCompile(`[a-z_]+\(`)
	volatile      = regexp.MustCompile(`(?i)\b(?:now|random|clock_timestamp|gen_random_uuid|strftime|datetime)\(|CURRENT_TIMESTAMP`)
	valuesSelect  = regexp.MustCompile(`VALUES\s*\(\s*\(\s*SELECT`)
	limit         = regexp.MustCompile(`\bLIMIT\s`)
	orderBy       = regexp.MustCompile(`\bORDER BY\s`)
	primaryKey    = regexp.MustCompile(`(?i)PRIMARY KEY\s*\(([^)]*)\)`)
	inlineKey     = regexp.MustCompile(`(?i)([a-z_]+)\s+[A-Z]+[^,]*?PRIMARY KEY`)
	uniqueColumns = regexp.MustCompile(`(?i)UNIQUE\s*\(([^)]*)\)`)
	index         = regexp.MustCompile(`(?i)CREATE\s+(?:UNIQUE\s+)?INDEX\s+\S+\s+ON\s+([a-z_]+)\s*\(([^)]*)\)`)
	comment       = regexp.MustCompile(`--[^\n]*`)
	neverInDDL    = regexp.MustCompile(`(?i)CREATE\s+TRIGGER|ON\s+DELETE\s+SET\s+NULL`)
)

// One study is one transaction and may live on one machine of many, so every statement says which study it means, and
// nothing in it depends on where it runs.
func TestSQLKeepsTheRulesOfScale(t *testing.T) {
	t.Parallel()
	check(t, unscalable, map[string]string{
		"ward/migrations/1_ward.sql": "CREATE TABLE ward (study_id TEXT PRIMARY KEY, n BIGINT);",
		"ward/migrations/2_bad.sql": "CREATE TABLE bed (bed_id TEXT NOT NULL, study_id TEXT NOT NULL, PRIMARY KEY (bed_id, study_id));\n" +
			"CREATE TABLE sheet (sheet_id TEXT PRIMARY KEY);\nCREATE TABLE lost (study_id TEXT NOT NULL);\n" +
			"CREATE INDEX ward_n ON ward (n);\nCREATE TRIGGER t;",
		"ward/a.go": "package ward\nvar good = `SELECT n FROM ward WHERE study_id = $1 ORDER BY n LIMIT $2`\n" +
			"var a = `SELECT n FROM ward WHERE n = $1`\n" +
			"var b = `INSERT INTO ward(n) VALUES($1)`\n" +
			"var c = `INSERT INTO ward(study_id, n) VALUES($1,$2) ON CONFLICT (study_id) DO UPDATE SET n = greatest(ward.n, excluded.n)`\n" +
			"var d = `SELECT n FROM ward WHERE study_id = $1 LIMIT 1`\n" +
			"var e = `UPDATE ward SET n = random() WHERE study_id = $1`\n" +
			"var f = `INSERT INTO ward(study_id, n) VALUES ((SELECT $1), 1)`\n",
	},
		"bed: its primary key is (bed_id, study_id)", "sheet: its primary key is (sheet_id)", "lost: it has no primary key", "ward: an index on (n)", "a trigger",
		"a.go:3: does not say which study", "a.go:4: does not say which study", "a.go:5: a function in DO UPDATE SET", "a.go:6: LIMIT without ORDER BY",
		"a.go:7: a volatile function", "a.go:8: a SELECT inside VALUES")
}

func unscalable(m *module) (complaints []string) {
	for _, mig := range m.migrations {
		complaints = append(complaints, badMigration(mig)...)
	}
	owners := m.owners()
	for _, s := range m.texts() {
		if !isStatement.MatchString(s.text) {
			continue
		}
		ofStudies := slices.ContainsFunc(namesTable.FindAllStringSubmatch(s.text, -1), func(name []string) bool {
			return owners[name[1]] != "" && reference[name[1]] == ""
		})
		for _, fault := range faults(s.text, ofStudies) {
			complaints = append(complaints, fmt.Sprintf("%s: %s: %s", m.at(s.node), fault, strings.Join(strings.Fields(s.text), " ")))
		}
	}
	return complaints
}

func faults(text string, ofStudies bool) (all []string) {
	if ofStudies && !ofOneStudy.MatchString(text) && !insertsStudy.MatchString(text) && !excused(text) {
		all = append(all, "does not say which study (study_id = $n)")
	}
	if set := conflictSet.FindStringSubmatch(text); set != nil && functionCall.MatchString(set[1]) {
		all = append(all, "a function in DO UPDATE SET")
	}
	if limit.MatchString(text) && !orderBy.MatchString(text) {
		all = append(all, "LIMIT without ORDER BY")
	}
	if volatile.MatchString(text) {
		all = append(all, "a volatile function: times and chance are parameters")
	}
	if valuesSelect.MatchString(text) {
		all = append(all, "a SELECT inside VALUES")
	}
	return all
}

func excused(text string) bool {
	flat := strings.Join(strings.Fields(text), " ")
	for part := range acrossStudies {
		if strings.Contains(flat, part) {
			return true
		}
	}
	return false
}

// badMigration complains about keys and indexes that do not begin with the study.
func badMigration(mig migration) (complaints []string) {
	complain := func(what string, args ...any) {
		complaints = append(complaints, mig.path+": "+fmt.Sprintf(what, args...))
	}
	startsWithStudy := func(columns string) bool {
		first, _, _ := strings.Cut(columns, ",")
		return strings.TrimSpace(first) == "study_id"
	}
	for _, statement := range strings.Split(comment.ReplaceAllString(mig.text, ""), ";") {
		if table := createTable.FindStringSubmatch(statement); table != nil && reference[table[1]] == "" {
			key := primaryKey.FindStringSubmatch(statement)
			if key == nil {
				key = inlineKey.FindStringSubmatch(statement[strings.Index(statement, "("):])
			}
			switch {
			case key == nil:
				complain("%s: it has no primary key", table[1])
			case !startsWithStudy(key[1]):
				complain("%s: its primary key is (%s); study_id comes first, or the table is a reference table with a reason", table[1], key[1])
			}
			for _, unique := range uniqueColumns.FindAllStringSubmatch(statement, -1) {
				if !startsWithStudy(unique[1]) {
					complain("%s: a unique key on (%s); study_id comes first", table[1], unique[1])
				}
			}
		}
		if on := index.FindStringSubmatch(statement); on != nil && reference[on[1]] == "" && !startsWithStudy(on[2]) {
			complain("%s: an index on (%s); study_id comes first", on[1], on[2])
		}
		if neverInDDL.MatchString(statement) {
			complain("a trigger, or ON DELETE SET NULL: what happens to a row is written where it happens")
		}
	}
	return complaints
}

// A reason outlives its statement unless somebody looks.
func TestSQLExceptionsAreStillNeeded(t *testing.T) {
	t.Parallel()
	m, err := thisModule()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range m.texts() {
		all = append(all, strings.Join(strings.Fields(s.text), " "))
	}
	for part := range acrossStudies {
		if !slices.ContainsFunc(all, func(text string) bool { return strings.Contains(text, part) }) {
			t.Errorf("no statement contains %q any more; take it from acrossStudies", part)
		}
	}
	owners := m.owners()
	for table := range reference {
		if owners[table] == "" {
			t.Errorf("no migration makes %s any more; take it from reference", table)
		}
	}
}
