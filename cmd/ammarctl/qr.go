package main

import (
	"fmt"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

// printQR draws a code, dark on light whatever the terminal's colours are;
// without colours it takes a dark background for granted.
func (a *app) printQR(text string) error {
	lines, err := humanize.QR(text, a.unicode())
	if err != nil {
		return err
	}
	before, after := "  ", ""
	if a.colour(a.out) {
		before, after = "  \x1b[38;5;231;48;5;16m", "\x1b[0m"
	}
	fmt.Fprintln(a.out)
	for _, line := range lines {
		fmt.Fprintln(a.out, before+line+after)
	}
	return nil
}
