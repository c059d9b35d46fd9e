package logview

import (
	"bufio"
	"io"
	"strings"
)

// Line is the text of the line under the cursor; empty when there is none.
func (v *View) Line() string {
	if v.shown.len() == 0 {
		return ""
	}
	i := min(v.shown.find(v.cursorNow()), v.shown.len()-1)
	return string(v.store.appendLine(nil, v.store.at(v.shown.at(i))))
}

// Screen is the text of the lines on the screen, and how many they are.
func (v *View) Screen() (text string, lines int) {
	var b strings.Builder
	before := -1
	for _, p := range v.visible() {
		if p.i == before {
			continue
		}
		before = p.i
		lines++
		b.Write(v.store.appendLine(nil, v.store.at(v.shown.at(p.i))))
		b.WriteByte('\n')
	}
	return b.String(), lines
}

// Writer returns a function that writes every line that passes the filters,
// as it is now, and says how many there were. It may run on another goroutine
// while the view is used.
func (v *View) Writer() func(io.Writer) (int, error) {
	frozen, pass := v.store.snapshot(), passes(v.options.Level, v.only, v.without)
	return func(w io.Writer) (n int, err error) {
		out := bufio.NewWriterSize(w, 64<<10)
		var buf []byte
		for id := frozen.first; id < frozen.next; id++ {
			e := frozen.at(id)
			if pass != nil && !pass(e) {
				continue
			}
			buf = append(frozen.appendLine(buf[:0], e), '\n')
			if _, err := out.Write(buf); err != nil {
				return n, err
			}
			n++
		}
		return n, out.Flush()
	}
}
