package configs

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

type position struct{ line, column int }

// positions says where each key of a text is. Keys are joined with a zero
// byte, which no key holds.
type positions map[string]position

func join(key []string) string { return strings.Join(key, "\x00") }

// index finds the keys of a text that is valid TOML.
func index(text []byte) positions {
	found := positions{}
	p := unstable.Parser{}
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = found.add(&p, nil, e)
		case unstable.KeyValue:
			found.keyValue(&p, table, e)
		}
	}
	return found
}

// add notes where a key is, and each of its parts that is new.
func (f positions) add(p *unstable.Parser, table []string, e *unstable.Node) []string {
	key := slices.Clone(table)
	for it := e.Key(); it.Next(); {
		part := it.Node()
		key = append(key, string(part.Data))
		if _, known := f[join(key)]; !known {
			at := p.Shape(part.Raw).Start
			f[join(key)] = position{at.Line, at.Column}
		}
	}
	return key
}

func (f positions) keyValue(p *unstable.Parser, table []string, e *unstable.Node) {
	key := f.add(p, table, e)
	if value := e.Value(); value.Kind == unstable.InlineTable {
		for it := value.Children(); it.Next(); {
			f.keyValue(p, key, it.Node())
		}
	}
}

// of is the position of a key, or of the nearest that it is part of.
func (f positions) of(key []string) position {
	for n := len(key); n > 0; n-- {
		if at, ok := f[join(key[:n])]; ok {
			return at
		}
	}
	return position{1, 1}
}

// sortedKeys lists the keys of a table in the order of the text.
func (f positions) sortedKeys(table map[string]any, prefix ...string) []string {
	where := func(key string) position {
		full := append(slices.Clone(prefix), key)
		if _, ok := f[join(full)]; !ok {
			full = append(slices.Clone(prefix), strings.Split(key, ".")...)
		}
		return f.of(full)
	}
	return slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		pa, pb := where(a), where(b)
		return cmp.Or(cmp.Compare(pa.line, pb.line), cmp.Compare(pa.column, pb.column), cmp.Compare(a, b))
	})
}
