package configs

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ammarctl/ammarctl/internal/humanize"
)

// insideError is about one key inside a value.
type insideError struct {
	key string
	error
}

func setString(to *string, v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("expected text in quotes, got %s", show(v))
	}
	if text == "" || strings.ContainsRune(text, 0) {
		return fmt.Errorf("expected some text, got %q", text)
	}
	*to = text
	return nil
}

func setStrings(to *[]string, v any) error {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return fmt.Errorf(`expected a list like ["a", "b"], got %s`, show(v))
	}
	var out []string
	for _, item := range list {
		var text string
		if err := setString(&text, item); err != nil {
			return err
		}
		out = append(out, text)
	}
	*to = out
	return nil
}

// quoted is a command line written as a list. A line with quotes or other
// characters of a shell is given to sh.
func quoted(line string) string {
	if strings.ContainsAny(line, "'\"\\|&;<>$*?`") {
		return `"sh", "-c", ` + strconv.Quote(line)
	}
	var parts []string
	for _, word := range strings.Fields(line) {
		parts = append(parts, strconv.Quote(word))
	}
	return strings.Join(parts, ", ")
}

// setCommand reads a program and its arguments, which may be empty texts.
func setCommand(to *[]string, v any) error {
	list, ok := v.([]any)
	if line, text := v.(string); text && strings.TrimSpace(line) != "" {
		return fmt.Errorf("expected a list, the program and each of its arguments in quotes: [%s]; got %s",
			quoted(line), show(v))
	}
	if !ok || len(list) == 0 {
		return fmt.Errorf(`expected a list like ["a", "b"], got %s`, show(v))
	}
	out := make([]string, len(list))
	for i, item := range list {
		if item == "" && i > 0 {
			continue
		}
		if err := setString(&out[i], item); err != nil {
			return err
		}
	}
	*to = out
	return nil
}

func setInt(to *int, v any, low, high int) error {
	n, ok := v.(int64)
	if !ok || n < int64(low) || n > int64(high) {
		return fmt.Errorf("expected a number from %d to %d, got %s", low, high, show(v))
	}
	*to = int(n)
	return nil
}

func setBool(to *bool, v any) error {
	b, ok := v.(bool)
	if !ok {
		return fmt.Errorf("expected true or false, got %s", show(v))
	}
	*to = b
	return nil
}

func setDuration(to *time.Duration, v any, low time.Duration) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf(`expected a duration in quotes, like "500ms" or "1m30s", got %s`, show(v))
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf(`expected a duration like "500ms" or "1m30s", got %q`, text)
	}
	if d < low {
		return fmt.Errorf("expected a duration of %s or more, got %q", humanize.Setting(low), text)
	}
	*to = d
	return nil
}

var sizePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,12})(B|KiB|MiB|GiB)$`) })

// setSize reads bytes with a binary unit.
func setSize(to *int64, v any, low int64) error {
	text, _ := v.(string)
	m := sizePattern().FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf(`expected a size in quotes, like "512KiB" or "128MiB", got %s`, show(v))
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // twelve digits at most
	unit := map[string]int64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[m[2]]
	if n > (1<<50)/unit || n*unit < low {
		return fmt.Errorf("expected a size of %d bytes or more, up to 2^50, got %q", low, text)
	}
	*to = n * unit
	return nil
}

// sizeText is n bytes in the largest unit that keeps it a whole number.
func sizeText(n int64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := int64(1) << (30 - 10*i); n >= size && n%size == 0 {
			return strconv.FormatInt(n/size, 10) + unit
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// tableExample shows how a table of keys is written.
func tableExample(table string, keys []Key) string {
	for _, k := range keys {
		if name, ok := strings.CutPrefix(k.Name, table+"."); ok {
			return "{ " + name + " = " + k.sample() + " }"
		}
	}
	return "{ }"
}

// sample is a value that the key accepts: its default where it has one.
func (k Key) sample() string { return cmp.Or(k.Default, k.Example) }

// show is a value as a person wrote it.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return fmt.Sprint(v)
}

// describeType says what a value is, without showing it.
func describeType(v any) string {
	switch v := v.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return "text with a zero byte"
		}
		return "text"
	case bool:
		return "true or false"
	case int64, float64:
		return "a number"
	case []any, map[string]any:
		return show(v)
	}
	return "something else"
}
