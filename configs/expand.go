package configs

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/internal/explain"
)

// variable is ${NAME}, ${NAME:-default}, or $${, which is a ${ that means
// itself.
var variable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\$\{`)
})

// expand puts the variables of this process's environment into a value. Where
// a key takes a number or true and false, a text that is nothing but a variable
// becomes one.
func (d *decoder) expand(value any, typ string) (any, error) {
	switch v := value.(type) {
	case string:
		text, err := d.expandText(v)
		if err != nil || text == v || !strings.HasPrefix(v, "${") {
			return text, err
		}
		return typed(text, typ), nil
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = d.expand(item, ""); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			var err error
			if out[key], err = d.expand(item, ""); err != nil {
				return nil, &insideError{key, err}
			}
		}
		return out, nil
	}
	return value, nil
}

func (d *decoder) expandText(text string) (string, error) {
	var failed error
	out := variable().ReplaceAllStringFunc(text, func(found string) string {
		if found == "$${" {
			return "${"
		}
		m := variable().FindStringSubmatch(found)
		name, fallback, hasFallback := m[1], m[3], m[2] != ""
		if name == "" {
			failed = errors.New("expected ${NAME} or ${NAME:-default}, and $${ for a ${ of its own")
			return found
		}
		if name == "PORT" && d.port != "" {
			return d.port
		}
		if d.machine.getenv != nil {
			if value := d.machine.getenv(name); value != "" {
				return value
			}
		}
		if !hasFallback && d.machine.getenv != nil {
			failed = explain.Errorf("variable-not-set",
				"the variable %s is empty or not set; set it, or write ${%s:-default}", name, name)
		}
		if !hasFallback {
			return found
		}
		return fallback
	})
	return out, failed
}

// typed is a text as the value that TOML would have made of it.
func typed(text, typ string) any {
	switch typ {
	case "port", "number", "cores":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && typ == "cores" {
			return f
		}
	case "boolean":
		if text == "true" || text == "false" {
			return text == "true"
		}
	}
	return text
}
