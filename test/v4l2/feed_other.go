//go:build !linux

package main

import "errors"

func feed(string, string) error { return errors.New("only Linux has V4L2") }
