// Package redact decides which parts of a value that can hold a secret may be shown:
// command lines, URLs and the text of logs. Command lines and URLs have a list of
// allowed parts. For logs, Text can only guess.
package redact

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// Hidden stands where a value is not shown.
const Hidden = "(hidden)"

// Command is what may be shown of a command line: the program and the number
// of its arguments. With showArgs it has every argument, in quotes, as Words
// leaves them. It is "[]" for no command.
func Command(argv []string, showArgs bool) string {
	switch n := len(argv) - 1; {
	case n < 0:
		return "[]"
	case showArgs:
		return fmt.Sprintf("%q", Words(argv))
	case n == 0:
		return fmt.Sprintf("[%q]", URL(argv[0]))
	case n == 1:
		return fmt.Sprintf("[%q] and 1 argument", URL(argv[0]))
	default:
		return fmt.Sprintf("[%q] and %d arguments", URL(argv[0]), n)
	}
}

var speaking = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(pass|secret|token|api-?_?key|auth|credential|private)`)
})

// Words is a command's words, for a person who asked to see them: with Hidden
// for the users and queries of URLs, and for what follows a flag or a variable
// whose name speaks of a secret. Other secrets stay in it.
func Words(words []string) []string {
	out := make([]string, len(words))
	next := false
	for i, word := range words {
		name, value, assigned := strings.Cut(word, "=")
		flag := strings.HasPrefix(word, "-")
		switch {
		case next && !flag:
			out[i] = Hidden
		case assigned && value != "" && speaking().MatchString(name) && !strings.Contains(name, "/"):
			out[i] = name + "=" + Hidden
		default:
			out[i] = urlAfterName(word)
		}
		next = flag && !assigned && speaking().MatchString(word)
	}
	return out
}

// urlAfterName is URL for a word such as --db=http://… too.
func urlAfterName(word string) string {
	if !strings.Contains(word, "://") {
		return word
	}
	if name, value, ok := strings.Cut(word, "="); ok && !strings.Contains(name, "://") {
		return name + "=" + URL(value)
	}
	return URL(word)
}

// URL is a URL, or a path with a query, with Hidden for its user, password,
// query and fragment. Text that is neither is returned as it is, unless it may
// hold a password before an @: then all of it is Hidden.
func URL(text string) string {
	if !strings.ContainsAny(text, "@?#") {
		return text
	}
	if strings.HasPrefix(text, "/") {
		return withoutQuery(text)
	}
	scheme, rest, ok := strings.Cut(text, ":")
	if ok && scheme == "file" && !strings.HasPrefix(rest, "//") {
		return text // the name of a file may hold any character
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || strings.Contains(u.EscapedPath(), "@") && u.User == nil:
		if strings.Contains(text, "@") {
			return Hidden
		}
		return withoutQuery(text)
	case u.User != nil:
		return u.Scheme + "://" + Hidden + "@" + withoutQuery(u.Host+afterHost(u))
	}
	return u.Scheme + "://" + withoutQuery(u.Host+afterHost(u))
}

// afterHost is the path of a URL, with a mark where more follows.
func afterHost(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery != "" || u.Fragment != "" {
		path += "?"
	}
	return path
}

// withoutQuery replaces everything from the first ? or # on.
func withoutQuery(text string) string {
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		return text[:i] + "?" + Hidden
	}
	return text
}

// inText are the patterns of Text, each with its replacement.
var inText = sync.OnceValue(func() []replacement {
	return []replacement{
		{regexp.MustCompile(`(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(\\*"?\s*[:=]\s*\\*"?)[^"\\\r\n]+`),
			"${1}${2}" + Hidden},
		{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{4,}`), "${1} " + Hidden},
		{regexp.MustCompile(`(?i)([\w.-]*(?:` + secretNames + `)[\w.-]*)(\\*["']?\s*[:=]\s*)` +
			`(\\*"[^"]*"|'[^']*'|[^\s"',;&}\]\\]+)`), "${1}${2}" + Hidden},
		{regexp.MustCompile(`(?i)(--?[\w-]*(?:pass|secret|token|api-?key|credential)[\w-]*)(\s+)([^\s"',;\\-][^\s"',;\\]*)`),
			"${1}${2}" + Hidden},
		{regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s"'@]+@`), "${1}" + Hidden + "@"},
		{regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'?#\\]+|(?:^|[\s"'=])/[^\s"'?#\\]*)[?#][^\s"'\\)]+`),
			"${1}?" + Hidden},
	}
})

const secretNames = `passw(?:or)?d|passwd|\bpwd|_pwd|secret|token|api[-_]?key|credential|private[-_]?key`

type replacement struct {
	find *regexp.Regexp
	with string
}

// Text hides likely secrets in the text of a log: the value after a name that suggests
// a secret, in any notation; the credentials of an Authorization or Cookie header; and
// the user and query of a URL.
func Text(text string) string {
	for _, r := range inText() {
		text = r.find.ReplaceAllString(text, r.with)
	}
	return text
}
