package demo

import (
	"embed"
	"io/fs"
)

//go:embed dictionary
var dictionaries embed.FS

// Dictionary returns the files of an invented dictionary in our own words, in the shape of MedDRA's (kind "meddra", versions "demo-1.0"
// and "demo-1.1") or of WHODrug's B3 format (kind "whodrug", "demo-1.0"), in the language en or zh-CN.
func Dictionary(kind, version, language string) fs.FS {
	folder, err := fs.Sub(dictionaries, "dictionary/"+kind+"/"+version+"/"+language)
	if err != nil {
		panic("demo: " + err.Error()) // only a path that is none
	}
	return folder
}
