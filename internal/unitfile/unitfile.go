// Package unitfile quotes words for the unit files of systemd, see
// systemd.syntax(7).
package unitfile

import "strings"

// Command is a command line for ExecStart= and its like. In its arguments, but
// not in its program, a dollar sign is special.
func Command(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		if i > 0 {
			arg = strings.ReplaceAll(arg, "$", "$$")
		}
		quoted[i] = Word(arg)
	}
	return strings.Join(quoted, " ")
}

// Word is one word of a line such as Environment=, without line breaks.
func Word(word string) string {
	word = Specifiers(word)
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-=%$:") == "" {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// Specifiers escapes what is special in lines that are not split into words,
// such as WorkingDirectory=.
func Specifiers(text string) string { return strings.ReplaceAll(text, "%", "%%") }
