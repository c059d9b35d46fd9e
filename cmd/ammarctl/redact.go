package main

import "regexp"

// redact hides what may be secret in the text of a log: the value after a name
// that speaks of a secret, in whatever notation, the credentials of an
// Authorization or Cookie header, and the user of a URL.
func redact(text string) string {
	const hidden = "(hidden)"
	header := regexp.MustCompile(`(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(\\*"?\s*[:=]\s*\\*"?)[^"\\\r\n]+`)
	text = header.ReplaceAllString(text, "${1}${2}"+hidden)
	scheme := regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{4,}`)
	text = scheme.ReplaceAllString(text, "${1} "+hidden)
	named := regexp.MustCompile(`(?i)([\w.-]*(?:passw(?:or)?d|passwd|secret|token|api[-_]?key|credential|private[-_]?key)[\w.-]*)(\\*["']?\s*[:=]\s*)(\\*"[^"]*"|'[^']*'|[^\s"',;&}\]\\]+)`)
	text = named.ReplaceAllString(text, "${1}${2}"+hidden)
	flag := regexp.MustCompile(`(?i)(--?[\w-]*(?:pass|secret|token|api-?key|credential)[\w-]*)(\s+)([^\s"',;\\-][^\s"',;\\]*)`)
	text = flag.ReplaceAllString(text, "${1}${2}"+hidden)
	user := regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s"'@]+@`)
	return user.ReplaceAllString(text, "${1}"+hidden+"@")
}
