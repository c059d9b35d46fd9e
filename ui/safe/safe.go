// Package safe makes text of unknown origin harmless for the terminal. The log of
// a service must not be able to move the cursor, set the window's title or write
// the clipboard.
package safe

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/internal/safetext"
)

// Text is text on one line, as valid UTF-8. It has no escape sequences, no control
// characters and nothing that changes the direction of text; tabs are spaces.
// Safe text is returned unchanged.
func Text(text string) string {
	return safetext.Line(ansi.Strip(strings.ToValidUTF8(text, string(utf8.RuneError))))
}

// FirstLine is the first line of text.
func FirstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// ASCII replaces characters that a terminal without UTF-8 cannot show, cell by
// cell: the dashboard's own by similar ones, all others by question marks.
func ASCII(screen string) string {
	plain := true
	for i := 0; i < len(screen) && plain; i++ {
		plain = screen[i] < utf8.RuneSelf
	}
	if plain {
		return screen
	}
	var b strings.Builder
	for _, r := range screen {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		sign, ours := sign(r)
		if !ours {
			sign = strings.Repeat("?", ansi.StringWidth(string(r)))
		}
		b.WriteString(sign)
	}
	return b.String()
}

// sign is an ASCII character similar to one of the dashboard's own.
func sign(r rune) (string, bool) {
	switch r {
	case '…':
		return ".", true
	case '▏', '│':
		return "|", true
	case '↑':
		return "^", true
	case '↓':
		return "v", true
	case '·', '─', '╌':
		return "-", true
	case '▸', '→':
		return ">", true
	case '←':
		return "<", true
	case '◆':
		return "+", true
	case '×':
		return "x", true
	case '°':
		return "o", true
	}
	return "", false
}
