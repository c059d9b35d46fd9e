package configs

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// unmarked is a text without the mark that some editors put before UTF-8.
func unmarked(text []byte) []byte {
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

// syntax is what the reader of TOML says, with what to do about it where that
// can be told.
func (d *decoder) syntax(err error, text []byte) error {
	line, column, said := 1, 1, err.Error()
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, column = at.Position()
		said = at.Error()
	}
	said = strings.TrimPrefix(said, "toml: ")
	err = explain.Errorf("not-toml", "%s%s", said, remedy(said, text))
	return Errors{{d.path, line, column, err.Error(), explain.Code(err)}}
}

// yamlKey is how a line of YAML begins where TOML has a table's name.
var yamlKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]+:\s`) })

func remedy(said string, text []byte) string {
	text = bytes.TrimSpace(text)
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return "; this looks like JSON, and TOML is expected: ammarctl init shows how it is written"
	case yamlKey().Match(text):
		return "; this looks like YAML, and TOML is expected: ammarctl init shows how it is written"
	case strings.Contains(said, "cannot have new lines"):
		return "; expected the quote that ends the text before the end of its line"
	case strings.Contains(said, "invalid UTF-8"):
		return "; expected a file in UTF-8: have your editor save it so"
	case strings.Contains(said, "already exists"), strings.Contains(said, "already defined"):
		return "; expected each once: remove one of the two"
	}
	return ""
}
