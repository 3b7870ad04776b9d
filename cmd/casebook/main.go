// Command casebook runs a clinical study from its definition to its lock, in one process or several. It only wires:
// what a subcommand does, a package below does.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // zones must not depend on the machine

	"casebook"
	"casebook/i18n"
	"casebook/odm/formats"

	"github.com/alecthomas/kong"
)

// commands are the subcommands, in the order of the help text.
type commands struct {
	Config kong.ConfigFlag `help:"Read options from a JSON file; flags and the environment (CASEBOOK_…) go before it." placeholder:"FILE"`
	Log    string          `help:"Least severe level that is logged." enum:"debug,info,warn,error" default:"info" env:"CASEBOOK_LOG"`

	Serve            serveCommand            `cmd:"" help:"Serve the pages and the API."`
	Demo             demoCommand             `cmd:"" help:"Serve a demo study with 160 subjects, made on the first start."`
	Study            studyCommand            `cmd:"" help:"Check and import study definitions."`
	Site             siteCommand             `cmd:"" help:"Add sites to a study."`
	Rule             ruleCommand             `cmd:"" help:"Try the rule language."`
	Monitor          monitorCommand          `cmd:"" help:"Analyse sites as the gsm packages do, and compare with their results."`
	Person           personCommand           `cmd:"" help:"Add people and give them roles."`
	Data             dataCommand             `cmd:"" help:"Take casebooks in, and write them as files for others."`
	Coding           codingCommand           `cmd:"" help:"Load dictionaries, and code what the sites wrote."`
	Casebook         casebookCommand         `cmd:"" help:"Print a casebook."`
	Token            tokenCommand            `cmd:"" help:"Issue tokens for devices and API clients."`
	Epro             eproCommand             `cmd:"" help:"Try schedules of patients' questionnaires."`
	Doctor           doctorCommand           `cmd:"" help:"Examine a process that is running: memory, goroutines, queues, slow requests."`
	Cut              cutCommand              `cmd:"" help:"Write a study as of a moment in every format: the same bytes on any machine."`
	Verify           verifyCommand           `cmd:"" help:"Verify that nothing in the ledger was altered, and that the rows are what it says."`
	Backup           backupCommand           `cmd:"" help:"Write an encrypted backup of a database that may be in use."`
	MakeKeys         makeKeysCommand         `cmd:"" help:"Make the keys of an installation in a new folder, for a store of secrets (--secrets)."`
	RotateKey        rotateKeyCommand        `cmd:"" help:"Have another key sign the ledger's checkpoints from now on; servers may go on."`
	ExchangeKey      exchangeKeyCommand      `cmd:"" help:"Have another key seal what tells who subjects are, second factors, or who is given what; servers may go on."`
	BackupKeep       backupKeepCommand       `cmd:"" help:"Remove the backups of a folder that the settings let go; none while a legal hold stands."`
	Hold             holdCommand             `cmd:"" help:"Place, list and release legal holds, under which no backup is removed."`
	BackupKey        backupKeyCommand        `cmd:"" help:"Make the key pair that backups are encrypted with."`
	VerifyBackup     verifyBackupCommand     `cmd:"" help:"Read a backup to its end and say what it holds."`
	Restore          restoreCommand          `cmd:"" help:"Put a backup into a new database, and compare every row."`
	Prove            proveCommand            `cmd:"" help:"Prove that an entry stands at its place in a study's ledger."`
	Validate         validateCommand         `cmd:"" help:"Examine this installation, and write the validation package: what was asked, what was done, what came out."`
	VerifyValidation verifyValidationCommand `cmd:"" help:"Check the signature of a validation package and the hash of every file in it."`

	harmful `embed:""`
}

// logLevel is how much the log tells. The administrator's address changes it while the process runs.
var logLevel slog.LevelVar

func main() {
	// What lives long is small here and what a request makes is gone at its end, so the collector may wait a little longer
	// than it would; a container's limit still holds (GOMEMLIMIT).
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(130)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, sentence(err))
		os.Exit(1)
	}
}

// run parses args and runs the subcommand that they name.
func run(ctx context.Context, args []string) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("casebook"), kong.Description("Runs clinical studies: EDC, patient reports, monitoring, on one audited ledger."),
		kong.Configuration(readSettings, "/etc/casebook.json"), kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"formats": strings.Join(formats.Writable(), ", ")})
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return err
	}
	if err := logLevel.UnmarshalText([]byte(c.Log)); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: &logLevel})))
	err = chosen.Run()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil // asked to stop, and stopped
	}
	return err
}

// language is the terminal's. A locale (zh_CN.UTF-8) has an underscore and a character set, which a header has not.
func language() string {
	tag, _, _ := strings.Cut(os.Getenv("LANG"), ".")
	return i18n.Language(strings.ReplaceAll(tag, "_", "-"))
}

// sentence is err for a person at a terminal: the text of our own errors with their place, in the terminal's language.
func sentence(err error) string {
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok {
		return "casebook: " + err.Error()
	}
	text := i18n.Text(e.Code, language(), e.Args...)
	if e.Place != "" {
		text = e.Place + ": " + text
	}
	if e.Kind == casebook.Internal && e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	return fmt.Sprintf("casebook: %s [%s]", text, e.Code)
}

// place is where a database, its keys and its checkpoints are.
type place struct {
	dsn string
	dir string // keys and checkpoints

	secrets string // where the keys are instead, "" for in dir
}

// keys is where the keys are.
func (p place) keys() keyStore {
	if p.secrets != "" {
		return keyStore{p.secrets, true}
	}
	return keyStore{dir: filepath.Join(p.dir, "keys")}
}

// locate reads DATA: a folder, "sqlite:PATH", or "postgres://…" with its keys in keys. Another address is no folder: it is
// left to package store to refuse, without what may be secret in it.
func locate(data, keys string) place {
	scheme, _, address := strings.Cut(data, "://")
	path, lite := strings.CutPrefix(data, "sqlite:")
	switch {
	case address && (scheme == "postgres" || scheme == "postgresql"):
		return place{dsn: data, dir: keys}
	case lite:
		return place{dsn: data, dir: filepath.Dir(path)}
	case address:
		return place{dsn: scheme + "://…", dir: keys}
	}
	return place{dsn: "sqlite:" + filepath.Join(data, "casebook.db"), dir: data}
}

// commit is the revision that this binary was built from, if it was built in a checkout.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return fmt.Sprintf("%.12s", s.Value)
		}
	}
	return ""
}
