// Package names has the rule for the names that people give: to instances,
// services and machines. They become parts of paths, options and sentences.
package names

// Rule says in words what Valid accepts, for messages.
const Rule = "letters, digits, - and _, 32 at most"

const maxLength = 32

// Valid tells whether text can be a name: 1 to 32 letters (ASCII), digits, "-"
// and "_", of which the first is a letter or digit. A name has no dot and no
// slash, so it never equals a file name with an extension, nor leaves a folder.
func Valid(text string) bool {
	if text == "" || len(text) > maxLength || text[0] == '-' || text[0] == '_' {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
