package main

import (
	"encoding/json"
	"os"

	"golang.org/x/term"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

// terminal is what a command reads and writes, and its environment.
type terminal struct {
	in       *os.File
	out, err *os.File
	getenv   func(string) string
}

// console prints for people and for programs.
type console struct {
	terminal
	plain   bool // --plain
	noColor bool // --no-color
}

// colour tells whether f is a terminal that should show colours.
func (con *console) colour(f *os.File) bool {
	return !con.noColor && !con.plain && con.getenv("NO_COLOR") == "" && con.getenv("TERM") != "dumb" &&
		term.IsTerminal(int(f.Fd()))
}

// unicode tells whether more than ASCII may be shown.
func (con *console) unicode() bool { return !con.plain && humanize.Unicode(con.getenv) }

// ellipsis stands for text that is cut off.
func (con *console) ellipsis() string {
	if con.unicode() {
		return "…"
	}
	return "..."
}

// width is the width of the terminal in cells, or 0 if the output is no terminal.
func (con *console) width() int {
	width, _, err := term.GetSize(int(con.out.Fd()))
	if err != nil {
		return 0
	}
	return width
}

func (con *console) printJSON(v any) error {
	enc := json.NewEncoder(con.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
