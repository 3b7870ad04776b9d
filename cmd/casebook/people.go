package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
)

type personCommand struct {
	Add   personAdd   `cmd:"" help:"Add a person; the password is read from standard input."`
	Grant personGrant `cmd:"" help:"Give a person a role in a study."`
}

// firstAdministrator is the file, in the folder of keys, with the address at which the first account is opened.
const firstAdministrator = "first-administrator"

// welcome makes the link by which the first administrator comes in, when there is no account yet: nobody has a password
// that others know. The link is written into a file that only this user can read, since logs are read by many.
func (a *app) welcome(ctx context.Context) error {
	file := filepath.Join(a.dir, firstAdministrator)
	token, err := a.people.InviteFirst(operator(ctx))
	if err != nil {
		return err
	}
	if token == "" {
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			return err
		}
		return nil
	}
	slog.Warn("there is no account yet: open the address in the file", "file", file)
	return os.WriteFile(file, []byte("/welcome#"+token+"\n"), 0o600)
}

type personAdd struct {
	Database `embed:""`
	User     string `arg:"" help:"The name to sign in with."`
	Name     string `arg:"" help:"How the person is called."`
	NameZH   string `help:"The same in Chinese."`
	Locale   string `help:"The language of the pages." enum:"zh-CN,en" default:"zh-CN"`
}

// operator is the actor of what is done at the terminal of the server.
func operator(ctx context.Context) context.Context {
	return casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
}

// Run adds the person.
func (c *personAdd) Run(ctx context.Context) error {
	fmt.Fprint(os.Stderr, "password: ")
	password, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	return a.people.CreatePerson(operator(ctx), auth.NewPerson{User: casebook.UserID(c.User), Name: c.Name, NameZH: c.NameZH, Locale: c.Locale,
		Password: strings.TrimRight(password, "\r\n")})
}

type personGrant struct {
	Database `embed:""`
	User     string `arg:"" help:"Who."`
	Role     string `arg:"" help:"coordinator, investigator, monitor, datamanager, projectmanager, office, unblinded, pharmacist, coder, admin, operator, security or auditor."`
	Study    string `arg:"" help:"In which study."`
	Site     string `arg:"" optional:"" help:"At which site; none is all."`
}

// Run gives the role.
func (c *personGrant) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	return a.people.GrantRole(operator(ctx), casebook.UserID(c.User),
		auth.Grant{Study: casebook.StudyID(c.Study), Site: casebook.SiteID(c.Site), Role: auth.Role(c.Role)})
}

type tokenCommand struct {
	Issue tokenIssue `cmd:"" help:"Issue a token; it is printed once and kept nowhere."`
}

type tokenIssue struct {
	Database `embed:""`
	Study    string   `arg:"" help:"The study it is for."`
	Name     string   `arg:"" help:"What it is for."`
	Subject  string   `help:"The subject whose device it is for; none is an API client."`
	Scope    []string `help:"What a client may do." default:"report.submit"`
	Site     []string `help:"At which sites; none is all."`
	Network  []string `help:"From which networks a client may come, CIDR; none is any."`
	Expires  string   `help:"When it ends, RFC 3339; none is never."`
}

// Run prints the token.
func (c *tokenIssue) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	n := auth.NewToken{Study: casebook.StudyID(c.Study), Kind: auth.Client, Name: c.Name}
	for _, s := range c.Scope {
		n.Scopes = append(n.Scopes, auth.Action(s))
	}
	for _, site := range c.Site {
		n.Sites = append(n.Sites, casebook.SiteID(site))
	}
	if n.Networks, err = prefixes(c.Network); err != nil {
		return err
	}
	if c.Expires != "" {
		if n.Expires, err = time.Parse(time.RFC3339, c.Expires); err != nil {
			return casebook.Fail(casebook.Invalid, "auth.client.expires")
		}
	}
	if c.Subject != "" {
		n.Kind, n.Subject, n.Scopes = auth.Device, casebook.SubjectID(c.Subject), nil
	}
	text, _, err := a.people.IssueToken(operator(ctx), n)
	if err != nil {
		return err
	}
	_, err = fmt.Println(text)
	return err
}
