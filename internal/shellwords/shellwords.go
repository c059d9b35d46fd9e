// Package shellwords splits a command line into words as a POSIX shell does,
// and refuses what only a shell can do.
package shellwords

import (
	"fmt"
	"strings"
)

// SyntaxError says that a command line has a quote or a backslash without its
// partner.
type SyntaxError struct {
	Line string
	// Quote is the character that stands alone: ' or " or \.
	Quote rune
}

// Error names the character and how to fix it.
func (e *SyntaxError) Error() string {
	if e.Quote == '\\' {
		return fmt.Sprintf("a backslash ends %q: expected the character that it quotes after it", e.Line)
	}
	return fmt.Sprintf("the quote %c is not closed in %q", e.Quote, e.Line)
}

// ShellError says that a command line means something to a shell that a list
// of words cannot express: a pipe, a redirection, a variable, a pattern.
type ShellError struct {
	Line string
	// Operator is the text that needs the shell, such as && or $HOME.
	Operator string
	// Offset is where Operator begins, in bytes.
	Offset int
}

// Error names the operator.
func (e *ShellError) Error() string {
	return fmt.Sprintf("%s in %q needs a shell", e.Operator, e.Line)
}

// Split splits line by the rules of the POSIX shell for quoting (Shell Command
// Language, section 2.2): blanks separate words, ' and " and \ quote. It
// expands nothing. The error is a *SyntaxError or, where an unquoted character
// would make a shell do more than that, a *ShellError. ${NAME} is left as it
// is, for the configuration expands it; so is ~ in front of a word.
func Split(line string) ([]string, error) { return split(line, true) }

// Quoted splits like Split and takes characters that are special to a shell
// literally, as supervisord and systemd do.
func Quoted(line string) ([]string, error) { return split(line, false) }

func split(line string, strict bool) ([]string, error) {
	s := splitter{line: line, strict: strict}
	for i := 0; i < len(line) && s.err == nil; {
		i = s.step(i)
	}
	if s.err != nil {
		return nil, s.err
	}
	if s.quote != 0 {
		return nil, &SyntaxError{line, rune(s.quote)}
	}
	s.endWord()
	if strict && len(s.words) > 0 && s.assigns {
		return nil, &ShellError{line, s.words[0], strings.Index(line, s.words[0])}
	}
	return s.words, nil
}

// splitter reads a line byte by byte. Every character that it looks for is
// ASCII, so the bytes of other characters pass as they are.
type splitter struct {
	line   string
	strict bool
	words  []string
	word   strings.Builder
	inWord bool
	quoted bool // a part of the word was quoted
	quote  byte // the quote that is open, else 0
	// assigns: the first word is NAME=value, which a shell takes for a variable.
	assigns bool
	err     error
}

// step consumes the character at i and returns where the next one begins.
func (s *splitter) step(i int) int {
	c := s.line[i]
	switch {
	case c == '\\' && s.quote != '\'':
		return s.escape(i)
	case s.quote != 0 && c == s.quote:
		s.quote = 0
	case s.quote == 0 && (c == '"' || c == '\''):
		s.quote, s.inWord, s.quoted = c, true, true
	case s.quote == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
		if c == '\n' && s.strict && s.another(i) {
			s.err = &ShellError{s.line, "a line break", i}
		}
		s.endWord()
	default:
		if s.strict && s.quote != '\'' {
			s.refuse(i)
		}
		s.word.WriteByte(c)
		s.inWord = true
	}
	return i + 1
}

// escape consumes a backslash and the character that it quotes. Inside of
// double quotes it quotes only what would be special there.
func (s *splitter) escape(i int) int {
	if i+1 == len(s.line) {
		s.err = &SyntaxError{s.line, '\\'}
		return i + 1
	}
	next := s.line[i+1]
	s.inWord, s.quoted = true, true
	switch {
	case next == '\n': // the line continues
		s.inWord = s.inWord && s.word.Len() > 0
	case s.quote == '"' && strings.IndexByte("\"\\$`", next) < 0:
		s.word.WriteString(s.line[i : i+2])
	default:
		s.word.WriteByte(next)
	}
	return i + 2
}

// another tells whether a command both precedes and follows offset i.
func (s *splitter) another(i int) bool {
	return (s.inWord || len(s.words) > 0) && strings.TrimSpace(s.line[i:]) != ""
}

func (s *splitter) endWord() {
	if !s.inWord {
		return
	}
	if len(s.words) == 0 {
		s.assigns = !s.quoted && isAssignment(s.word.String())
	}
	s.words = append(s.words, s.word.String())
	s.word.Reset()
	s.inWord, s.quoted = false, false
}

// refuse sets the error where the unquoted (or double-quoted) character at i
// is one of the shell's.
func (s *splitter) refuse(i int) {
	rest := s.line[i:]
	switch c := rest[0]; {
	case c == '$' && strings.HasPrefix(rest, "${"), c == '$' && strings.HasPrefix(rest, "$${"):
		return
	case c == '$' && i > 0 && s.line[i-1] == '$': // of $${
		return
	case c == '$' && (len(rest) == 1 || strings.IndexByte(" \t\r\n\"", rest[1]) >= 0):
		return
	case c == '$' || c == '`':
		s.err = &ShellError{s.line, operator(rest), i}
	case s.quote != 0:
	case strings.IndexByte("|&;<>()*?[", c) >= 0:
		s.err = &ShellError{s.line, operator(rest), i}
	case !s.inWord && c == '#':
		s.err = &ShellError{s.line, "#", i}
	case !s.inWord && len(s.words) == 0 && (c == '!' || c == '{') && (len(rest) == 1 || rest[1] == ' '):
		s.err = &ShellError{s.line, rest[:1], i}
	}
}

// operator is the shell's operator or parameter at the start of text.
func operator(text string) string {
	for _, op := range []string{"&&", "||", ">>", "<<", ";;", "$("} {
		if strings.HasPrefix(text, op) {
			return op
		}
	}
	end := 1
	for text[0] == '$' && end < len(text) && isNameByte(text[end], end == 1) {
		end++
	}
	return text[:end]
}

func isNameByte(c byte, first bool) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || !first && c >= '0' && c <= '9'
}

// isAssignment tells whether word is NAME=value.
func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	if !found || name == "" {
		return false
	}
	for i := range len(name) {
		if !isNameByte(name[i], i == 0) {
			return false
		}
	}
	return true
}
