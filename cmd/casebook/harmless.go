//go:build production

package main

// harmful is empty: nothing that only tests need is in a program that serves people.
type harmful struct{}
