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
		value := ""
		if _, text := v.(string); text {
			value = listMeant(v)
		}
		return meant(fmt.Errorf(`expected a list like ["a", "b"], got %s`, show(v)), value)
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

// setCommand reads a program and its arguments, which may be empty texts.
func setCommand(to *[]string, v any) error {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return fmt.Errorf(`expected a command like "python3 bot.py", or a list like ["python3", "bot.py"], got %s`, show(v))
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
		return meant(fmt.Errorf("expected a number from %d to %d, got %s", low, high, show(v)), numberMeant(v))
	}
	*to = int(n)
	return nil
}

func setBool(to *bool, v any) error {
	b, ok := v.(bool)
	if !ok {
		return meant(fmt.Errorf("expected true or false, got %s", show(v)), booleanMeant(v))
	}
	*to = b
	return nil
}

// setDuration reads a number with a unit, or several; a space before a unit is
// no matter.
func setDuration(to *time.Duration, v any, low time.Duration) error {
	text, ok := v.(string)
	if !ok {
		return meant(fmt.Errorf(`expected a duration in quotes, like "500ms" or "1m30s", got %s`, show(v)), durationMeant(v))
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		return meant(fmt.Errorf(`expected a duration like "500ms" or "1m30s", got %q`, text), durationMeant(v))
	}
	if d < low {
		return fmt.Errorf("expected a duration of %s or more, got %q", humanize.Setting(low), text)
	}
	*to = d
	return nil
}

var sizePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([0-9]{1,12})\s*(?:b|([kmgt])(?:i?b)?)$`)
})

// setSize reads bytes with a unit. M, MB and MiB are all 1024² bytes, as in
// Docker and systemd, whatever their case.
func setSize(to *int64, v any, low int64) error {
	text, _ := v.(string)
	m := sizePattern().FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return meant(fmt.Errorf(`expected a size in quotes, like "512KiB" or "128MiB", got %s`, show(v)), sizeMeant(v, low))
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // twelve digits at most
	unit := map[string]int64{"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}[m[2]]
	if n > (1<<50)/unit || n*unit < low {
		return fmt.Errorf("expected a size of %d bytes or more, up to 2^50, got %q", low, text)
	}
	*to = n * unit
	return nil
}

// sizeMeant is a number of bytes with its unit.
func sizeMeant(v any, low int64) string {
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil || n < low || n > 1<<50 {
		return ""
	}
	return strconv.Quote(sizeText(n))
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
