//go:build !production

package main

// harmful are the commands that put load and faults on servers. The program that is released has none of them (make release).
type harmful struct {
	Load  loadCommand  `cmd:"" help:"Put load on a server on this machine and measure it."`
	Chaos chaosCommand `cmd:"" help:"Run a fault test against a server of its own."`
}
