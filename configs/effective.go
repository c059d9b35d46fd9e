package configs

import (
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Masked stands where a value may be secret.
const Masked = "(hidden)"

// Setting is one key of a service as it is in force.
type Setting struct {
	Key     string // "restart.delay", "env.GREETING"
	Value   string // as a person writes it, or Masked
	Default bool   // nobody has set it to something else
}

// Effective lists every key of a service with the value that is in force, in
// the order of Service's fields: those that nobody has written too. Values of
// variables, users with their hashes, passwords in URLs and what follows a
// flag whose name speaks of a secret are Masked.
func Effective(s Service) []Setting {
	var found []Setting
	usual := NewService(s.Name, s.Kind)
	listStruct(reflect.ValueOf(s), reflect.ValueOf(usual), "", func(set Setting) {
		top, _, _ := strings.Cut(set.Key, ".")
		known := slices.ContainsFunc(Keys(), func(k Key) bool {
			name, _, _ := strings.Cut(k.Name, ".")
			return name == top && k.Has(s.Kind)
		})
		if known {
			found = append(found, set)
		}
	})
	return found
}

func listStruct(v, usual reflect.Value, prefix string, add func(Setting)) {
	for i := range v.NumField() {
		key, field := prefix+keyName(v.Type().Field(i).Name), v.Field(i)
		if key == "env_files" {
			key = "env_file" // a person names one, or several
		}
		standard := usual.IsValid() && reflect.DeepEqual(field.Interface(), usual.Field(i).Interface())
		switch {
		case key == "env":
			for _, name := range slices.Sorted(maps.Keys(field.Interface().(map[string]string))) {
				add(Setting{Key: "env." + name, Value: Masked})
			}
		case key == "users" && field.Len() > 0:
			add(Setting{Key: key, Value: Masked})
		case field.Kind() == reflect.Pointer && field.Type().Elem().Kind() == reflect.Struct && !field.IsNil():
			listStruct(field.Elem(), reflect.Value{}, key+".", add)
		case field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[time.Time]():
			under := reflect.Value{}
			if usual.IsValid() {
				under = usual.Field(i)
			}
			listStruct(field, under, key+".", add)
		default:
			add(Setting{key, written(unsecret(field)), standard})
		}
	}
}

// unsecret is v without what may be secret.
func unsecret(v reflect.Value) reflect.Value {
	switch x := v.Interface().(type) {
	case string:
		return reflect.ValueOf(HideSecrets([]string{x})[0])
	case []string:
		return reflect.ValueOf(HideSecrets(x))
	}
	return v
}

// HideSecrets is a command's words, with Masked for the passwords of URLs and
// for what follows a flag or a variable whose name speaks of a secret.
func HideSecrets(words []string) []string {
	speaking := regexp.MustCompile(`(?i)(pass|secret|token|api-?_?key|auth|credential|private)`)
	out := make([]string, len(words))
	next := false
	for i, word := range words {
		name, value, assigned := strings.Cut(word, "=")
		flag := strings.HasPrefix(word, "-")
		switch {
		case next && !flag:
			out[i] = Masked
		case assigned && value != "" && speaking.MatchString(name) && !strings.Contains(name, "/"):
			out[i] = name + "=" + Masked
		default:
			out[i] = hideInURL(word)
		}
		next = flag && !assigned && speaking.MatchString(word)
	}
	return out
}

// hideInURL masks the user of a URL, and what its query holds.
func hideInURL(word string) string {
	before, text := "", word
	if name, value, ok := strings.Cut(word, "="); ok && !strings.Contains(name, "://") {
		before, text = name+"=", value
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User == nil && u.RawQuery == "" {
		if strings.Contains(text, "://") && strings.Contains(text, "@") && err != nil {
			return before + Masked
		}
		return word
	}
	scheme, rest := u.Scheme+"://", u.Host+u.EscapedPath()
	if u.User != nil {
		scheme += Masked + "@"
	}
	if u.RawQuery != "" {
		rest += "?" + Masked
	}
	return before + scheme + rest
}
