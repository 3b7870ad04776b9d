// Command withpostgres runs another command beside a private, durable PostgreSQL that ends with it; {postgres} in its
// arguments becomes the address. Scripts of this repository use it; nothing that is shipped does.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"casebook/store/storetest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres COMMAND [ARG with {postgres} …]")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		os.Exit(1)
	}
}

func run(command []string) error {
	dsn, err := storetest.Start()
	if err != nil {
		return err
	}
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], "{postgres}", dsn)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
