package configs

import (
	"fmt"
	"strings"
)

// Commented is a configuration file for a person to edit: the embedded
// default, then every key with what it means, commented out.
func Commented() string {
	var b strings.Builder
	b.WriteString("# The services of this machine. After a change: ammarctl check\n\n")
	for _, kind := range []string{KindFiles, KindCamera, KindStatus} {
		fmt.Fprintf(&b, "[service.%s]\n", kind)
		keysOf(&b, kind, map[string]string{"port": map[string]string{KindFiles: "8080", KindCamera: "8081", KindStatus: "8082"}[kind]})
		b.WriteByte('\n')
	}
	b.WriteString("# Any executable can be a service. It listens on the socket that it is given.\n#\n# [service.hello]\n")
	var own strings.Builder
	keysOf(&own, KindExec, nil)
	for line := range strings.Lines(own.String()) {
		if !strings.HasPrefix(line, "#") {
			line = "# " + line
		}
		b.WriteString(line)
	}
	return b.String()
}

// keysOf writes the keys of a kind: those in set with their value, the others
// commented out.
func keysOf(b *strings.Builder, kind string, set map[string]string) {
	shared := map[string]bool{"kind": true, "env": true, "dir": true, "after": true, "stop_timeout": true}
	var tables []string // inline tables, each written once with all its keys
	for _, k := range Keys() {
		if !k.Has(kind) || k.Name == "kind" || kind != KindExec && (shared[k.Name] || strings.Contains(k.Name, ".")) {
			continue
		}
		if table, _, nested := strings.Cut(k.Name, "."); nested {
			if len(tables) == 0 || tables[len(tables)-1] != table {
				tables = append(tables, table)
			}
			continue
		}
		value := k.Default
		if value == "" {
			value = k.Example
		}
		if v, ok := set[k.Name]; ok {
			fmt.Fprintf(b, "%s = %s\n", k.Name, v)
			continue
		}
		fmt.Fprintf(b, "# %s = %s  # %s\n", k.Name, value, k.Doc)
	}
	for _, table := range tables {
		fmt.Fprintf(b, "# %s = { %s }\n", table, inline(table))
	}
}

// inline writes the keys of an inline table with their defaults.
func inline(table string) string {
	var parts []string
	for _, k := range Keys() {
		name, ok := strings.CutPrefix(k.Name, table+".")
		if !ok {
			continue
		}
		value := k.Default
		if value == "" {
			value = k.Example
		}
		parts = append(parts, name+" = "+value)
	}
	return strings.Join(parts, ", ")
}
