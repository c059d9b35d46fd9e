package main

import (
	"fmt"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

// printQR draws a code, dark on light whatever the terminal's colours are;
// without colours it takes a dark background for granted.
func (con *console) printQR(text string) error {
	lines, err := humanize.QR(text, con.unicode())
	if err != nil {
		return err
	}
	before, after := "  ", ""
	if con.colour(con.out) {
		before, after = "  \x1b[38;5;231;48;5;16m", "\x1b[0m"
	}
	fmt.Fprintln(con.out)
	for _, line := range lines {
		fmt.Fprintln(con.out, before+line+after)
	}
	return nil
}
