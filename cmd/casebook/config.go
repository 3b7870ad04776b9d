package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"casebook"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json"
)

// settings are the options of a configuration file: one JSON object, named as the flags are. A flag goes before the
// environment, the environment before the file that --config names, that before /etc/casebook.json, that before a default.
type settings map[string]any

func readSettings(r io.Reader) (kong.Resolver, error) {
	s := settings{}
	if err := json.UnmarshalRead(r, &s); err != nil {
		return nil, casebook.Fail(casebook.Invalid, "config.json", err.Error())
	}
	return s, nil
}

// Validate refuses a name that no subcommand knows: an option that is misspelt would be at its default without a word.
func (s settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if f, is := node.(*kong.Flag); is {
			known[f.Name] = true
		}
		return next(nil)
	})
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !known[name] && err == nil {
			err = casebook.Fail(casebook.Invalid, "config.unknown", name)
		}
	}
	return err
}

// Resolve gives way to the environment, which kong itself has read by then.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	for _, name := range f.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	return s[f.Name], nil
}

// changed lists the options that are not at their defaults; what may be secret is not shown.
func changed(k *kong.Context) (options []string) {
	for _, f := range k.Flags() {
		value := fmt.Sprint(reflect.Indirect(f.Target).Interface())
		usual := f.Default
		if f.Tag.Type == "path" && usual != "" {
			usual = kong.ExpandPath(usual)
		}
		if value == usual || value == "" || value == "false" && !f.HasDefault || f.Name == "help" {
			continue
		}
		if scheme, rest, address := strings.Cut(value, "://"); address && strings.ContainsAny(rest, "@?") {
			value = scheme + "://…"
		}
		options = append(options, f.Name+"="+value)
	}
	return options
}
