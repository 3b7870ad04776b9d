package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/edc/coding"
)

type codingCommand struct {
	Load codingLoad `cmd:"" help:"Load a version of a dictionary from the licence holder's files."`
	List codingList `cmd:"" help:"Print the dictionaries that are loaded, and how far a study is coded."`
	Auto codingAuto `cmd:"" help:"Code what has one meaning in a study."`

	Upgrade codingUpgrade `cmd:"" help:"Print what another version of a dictionary would make of a study's codes; changes nothing."`
}

type codingLoad struct {
	Database   `embed:""`
	Dictionary string `help:"meddra (ASCII distribution) or whodrug (format B3)." required:""`
	Version    string `help:"The version, such as 27.1." required:""`
	Language   string `help:"The language of the names." default:"en" placeholder:"zh-CN"`
	Folder     string `arg:"" help:"The folder with the files." type:"existingdir"`
}

// Run loads the dictionary.
func (c *codingLoad) Run(ctx context.Context) error {
	d, terms, err := readDictionary(c.Dictionary, c.Version, c.Language, os.DirFS(c.Folder))
	if err != nil {
		return err
	}
	const patience = 10 * time.Minute // a dictionary is one commit
	c.commit = patience
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	if d, err = coding.New(a.ledger, a.forms).Load(operator(ctx), d, terms); err != nil {
		return err
	}
	_, err = fmt.Printf("%s: %d terms\n", d.Ref(), d.Terms)
	return err
}

// readDictionary reads a folder, and refuses files that say they are another version.
func readDictionary(kind, version, language string, folder fs.FS) (d coding.Dictionary, terms []coding.Term, err error) {
	d = coding.Dictionary{Kind: coding.Kind(strings.ToLower(kind)), Version: version, Language: language}
	if d.Kind != coding.MedDRA && d.Kind != coding.WHODrug {
		return d, nil, casebook.Fail(casebook.Invalid, "coding.kind", kind).At("--dictionary")
	}
	if d.Kind == coding.MedDRA {
		said, _, err := coding.MedDRARelease(folder)
		if err != nil {
			return d, nil, err
		}
		if said != "" && said != version {
			return d, nil, casebook.Fail(casebook.Invalid, "coding.file_version", said, version).At("meddra_release.asc")
		}
	}
	terms, err = coding.Read(d.Kind, language, folder)
	return d, terms, err
}

type codingList struct {
	Database `embed:""`
	Study    string `help:"The study."`
}

// Run prints what is there.
func (c *codingList) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	s := coding.New(a.ledger, a.forms)
	all, err := s.Dictionaries(ctx)
	if err != nil {
		return err
	}
	for _, d := range all {
		fmt.Printf("%s\t%d terms\n", d.Ref(), d.Terms)
	}
	if c.Study == "" {
		return nil
	}
	_, values, err := s.List(ctx, casebook.StudyID(c.Study), coding.ScopeAll)
	if err != nil {
		return err
	}
	total, coded := coding.Counted(values)
	_, err = fmt.Printf("%s\t%d of %d coded\n", c.Study, coded, total)
	return err
}

type codingAuto struct {
	Database `embed:""`
	Study    string `arg:"" help:"The study."`
}

// Run codes what has one meaning.
func (c *codingAuto) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	n, err := coding.New(a.ledger, a.forms).Auto(operator(ctx), casebook.StudyID(c.Study), coding.ScopeAll)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%d coded\n", n)
	return err
}

type codingUpgrade struct {
	Database   `embed:""`
	Study      string `arg:"" help:"The study."`
	Dictionary string `help:"meddra or whodrug." required:"" enum:"meddra,whodrug"`
	Version    string `help:"The version that the study would go over to, such as 27.1." required:""`
}

// Run prints a line for each term by which values are coded and that is not the same in the other version.
func (c *codingUpgrade) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	all, err := coding.New(a.ledger, a.forms).Upgrade(ctx, casebook.StudyID(c.Study), coding.Kind(c.Dictionary), c.Version)
	if err != nil {
		return err
	}
	same, back := 0, 0
	for _, s := range all {
		if len(s.Is) == 0 {
			back += s.Values
		}
		if s.Fate == coding.Same {
			same += s.Values
			continue
		}
		fmt.Printf("%s\t%s\t%s\t%d values\t%s\t%s\n", s.Fate, s.Was[0].Code, s.Was[0].Name.In(language()), s.Values, steps(s.Was), steps(s.Is))
	}
	_, err = fmt.Printf("%d values keep their term as it is, %d go back to the coders\n", same, back)
	return err
}

// steps are what stands above a term.
func steps(path []coding.Level) string {
	names := []string{}
	for _, l := range path {
		names = append(names, l.Name.In(language()))
	}
	return strings.Join(names, " > ")
}

// codeDemo loads the invented dictionaries and codes what has one meaning; some texts are left for the reader, and so is a newer
// version of one dictionary.
func codeDemo(ctx context.Context, a *app) error {
	s := coding.New(a.ledger, a.forms)
	for _, release := range []string{"meddra/demo-1.0", "meddra/demo-1.1", "whodrug/demo-1.0"} {
		kind, version, _ := strings.Cut(release, "/")
		for _, language := range []string{"en", "zh-CN"} {
			d, terms, err := readDictionary(kind, version, language, demo.Dictionary(kind, version, language))
			if err == nil {
				_, err = s.Load(ctx, d, terms)
			}
			if err != nil {
				return err
			}
		}
	}
	ctx = desk(ctx, "hexiao", "datamanager", "sponsor")
	err := s.Set(ctx, demo.ID, coding.Setup{Items: []coding.Item{{Item: "IT.AETERM", Kind: coding.MedDRA, Context: []string{"IT.AESEV", "IT.AESER"}},
		{Item: "IT.CMTRT", Kind: coding.WHODrug, Context: []string{"IT.CMINDC", "IT.CMDOSE", "IT.CMDOSU"}}},
		Versions: map[coding.Kind]string{coding.MedDRA: "demo-1.0", coding.WHODrug: "demo-1.0"}}, "")
	if err != nil {
		return err
	}
	_, err = s.Auto(ctx, demo.ID, coding.ScopeAll)
	return err
}
