package document

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"casebook"
)

// MaxSize is the most bytes of a file, and partSize of one row of it.
const (
	MaxSize  = 20 << 20
	partSize = 1 << 20
)

// File is what somebody brings.
type File struct {
	Name  string // as the file was called, without its folder
	Media string // found in the bytes, and nothing that the browser said
	Bytes []byte // none when they are kept already
	Size  int64
	Hash  string // SHA-256 in hex

	outside bool // the bytes are in the bucket
}

// kinds are the types of file that are kept, by the ending of the name: the media type, and what the bytes must look like.
var kinds = map[string]struct {
	media string
	looks func([]byte) bool
}{
	".pdf":  {"application/pdf", begins("%PDF-")},
	".png":  {"image/png", begins("\x89PNG\r\n\x1a\n")},
	".jpg":  {"image/jpeg", begins("\xff\xd8\xff")},
	".jpeg": {"image/jpeg", begins("\xff\xd8\xff")},
	".tif":  {"image/tiff", begins("II*\x00", "MM\x00*")},
	".tiff": {"image/tiff", begins("II*\x00", "MM\x00*")},
	".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", holds("word/document.xml")},
	".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", holds("xl/workbook.xml")},
	".txt":  {"text/plain; charset=utf-8", plain},
	".csv":  {"text/csv; charset=utf-8", plain},
}

func begins(marks ...string) func([]byte) bool {
	return func(b []byte) bool {
		return slices.ContainsFunc(marks, func(m string) bool { return bytes.HasPrefix(b, []byte(m)) })
	}
}

// holds looks into an office file (ECMA-376), which is a ZIP archive with a list of its parts.
func holds(part string) func([]byte) bool {
	return func(b []byte) bool {
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return false
		}
		has := func(name string) bool {
			return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == name })
		}
		return has("[Content_Types].xml") && has(part)
	}
}

func plain(b []byte) bool { return utf8.Valid(b) && !bytes.ContainsRune(b, 0) }

// NewFile judges a file by its bytes. Errors: Invalid document.file_empty, document.file_name; Unsupported
// document.file_kind for a type that is not kept, document.file_false for one whose name and bytes do not agree; TooLarge
// document.file_large.
func NewFile(name string, content []byte) (*File, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	kind, known := kinds[strings.ToLower(path.Ext(name))]
	switch {
	case len(name) > 200 || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == 0x7f }):
		return nil, casebook.Fail(casebook.Invalid, "document.file_name").At("file")
	case !known:
		return nil, casebook.Fail(casebook.Unsupported, "document.file_kind", name).At("file")
	case len(content) == 0:
		return nil, casebook.Fail(casebook.Invalid, "document.file_empty").At("file")
	case len(content) > MaxSize:
		return nil, casebook.Fail(casebook.TooLarge, "document.file_large", MaxSize>>20).At("file")
	case !kind.looks(content):
		return nil, casebook.Fail(casebook.Unsupported, "document.file_false", name).At("file")
	}
	sum := sha256.Sum256(content)
	return &File{Name: name, Media: kind.media, Bytes: content, Size: int64(len(content)), Hash: hex.EncodeToString(sum[:])}, nil
}
