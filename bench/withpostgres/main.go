// Command withpostgres runs another command beside a private, durable PostgreSQL that ends with it; {postgres} in its
// arguments becomes the address. With -replica it has a streaming replica, whose address is {replica}. With -citus N it is a coordinator of Citus with N workers, and CASEBOOK_CITUS_DSN has the
// address, too. Scripts of this repository use it; nothing that is shipped does.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"casebook/store/storetest"
)

func main() {
	workers := flag.Int("citus", 0, "how many workers of Citus; 0 is plain PostgreSQL")
	replica := flag.Bool("replica", false, "a streaming replica beside it")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres [-citus N | -replica] COMMAND [ARG with {postgres} or {replica} …]")
		os.Exit(2)
	}
	if err := run(*workers, *replica, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		os.Exit(1)
	}
}

func run(workers int, replica bool, command []string) (err error) {
	var dsn, copied string
	if workers > 0 {
		if dsn, err = storetest.Citus(workers); err == nil {
			err = os.Setenv("CASEBOOK_CITUS_DSN", dsn)
		}
	} else {
		dsn, err = storetest.Start()
	}
	if err != nil {
		return err
	}
	if replica {
		if copied, err = storetest.Replica(dsn, "hot_standby_feedback=on"); err != nil {
			return err
		}
	}
	for i := range command {
		command[i] = strings.NewReplacer("{postgres}", dsn, "{replica}", copied).Replace(command[i])
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
