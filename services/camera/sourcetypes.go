package camera

import (
	"flag"
	"fmt"
	"strings"
)

// sourceTypes lists all types of sources, in the order of the documentation.
// A new type is one line here, and one file with its sourceType.
func sourceTypes() []sourceType {
	return []sourceType{
		autoType(),
		deviceType(),
		patternType(),
		fileType(),
		relayType(),
	}
}

// sourceType is one way to get frames. Help, documentation, flags and errors
// are derived from it.
type sourceType struct {
	name    string // the form of --source, for help and errors: "file:PATH"
	hint    string // explains name in the help; may be empty
	example string // the forms of the key source, in Markdown
	docs    string // description, in Markdown

	// matches reports whether a value of --source is of this type.
	matches func(spec string) bool
	// newOpener parses the value. It touches no device.
	newOpener func(spec string, want settings) (opener, error)

	flags func(fs *flag.FlagSet, s *Service) // defines flags of this type alone; nil: none
	check func(s *Service) error             // validates them; nil: nothing to validate
}

// newOpener parses the value of --source.
func newOpener(spec string, want settings) (opener, error) {
	types := sourceTypes()
	var forms []string
	for _, t := range types {
		if t.matches(spec) {
			return t.newOpener(spec, want)
		}
		forms = append(forms, t.name)
	}
	return nil, fmt.Errorf("expected %s; got %q", alternatives(forms), shownSource(spec))
}

// sourceHelp is the help of --source.
func sourceHelp() string {
	var forms []string
	for _, t := range sourceTypes() {
		form := t.name
		if t.hint != "" {
			form += " (" + t.hint + ")"
		}
		forms = append(forms, form)
	}
	return "where pictures come from: the `source` is " + alternatives(forms)
}

// sourceTable is the table of the sources in docs/camera.md.
func sourceTable() string {
	var b strings.Builder
	b.WriteString("| `source` | |\n|---|---|\n")
	for _, t := range sourceTypes() {
		fmt.Fprintf(&b, "| %s | %s |\n", t.example, t.docs)
	}
	return b.String()
}

// alternatives joins words to "a, b, or c".
func alternatives(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + ", or " + words[last]
}

// exactly matches one value.
func exactly(value string) func(spec string) bool {
	return func(spec string) bool { return spec == value }
}

// prefixed matches values with one of the prefixes.
func prefixed(prefixes ...string) func(spec string) bool {
	return func(spec string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(spec, p) {
				return true
			}
		}
		return false
	}
}
