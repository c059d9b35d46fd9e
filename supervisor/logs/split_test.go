package logs

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// cutUp feeds input in blocks whose sizes sizes gives in turn.
func cutUp(input []byte, sizes []byte) []string {
	var s splitter
	var got []string
	emit := func(line []byte) { got = append(got, string(line)) }
	for i := 0; len(input) > 0; i++ {
		n := len(input)
		if len(sizes) > 0 {
			n = min(n, 1+int(sizes[i%len(sizes)])*331)
		}
		s.feed(bytes.Clone(input[:n]), emit)
		input = input[n:]
	}
	s.finish(emit)
	return got
}

func TestLinesAreKeptAsTheyWere(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":            {"", nil},
		"lines":              {"a\nb\n", []string{"a", "b"}},
		"no newline at end":  {"a\nlast words", []string{"a", "last words"}},
		"empty lines":        {"\n\na\n", []string{"", "", "a"}},
		"windows line ends":  {"a\r\nb\r\n", []string{"a", "b"}},
		"progress bar":       {"10%\r20%\rdone\n", []string{"10%\r20%\rdone"}},
		"NUL, invalid UTF-8": {"a\x00b\xff\n", []string{"a\x00b\xff"}},
		"just fits":          {long + "\n", []string{long}},
		"too long":           {long + "yz\nb\n", []string{long + mark, mark + "yz", "b"}},
		"too long, no end":   {long + long + "y", []string{long + mark, mark + long + mark, mark + "y"}},
	} {
		for _, sizes := range [][]byte{nil, {0}, {1, 7}} {
			if diff := cmp.Diff(c.want, cutUp([]byte(c.in), sizes)); diff != "" {
				t.Errorf("%s, sizes %v (-want +got):\n%s", name, sizes, diff)
			}
		}
	}
}

func TestALongLineIsSplitBetweenCharacters(t *testing.T) {
	in := "a" + strings.Repeat("€", maxLine)
	for i, piece := range cutUp([]byte(in), nil) {
		if !utf8.ValidString(piece) {
			t.Errorf("piece %d is not valid UTF-8", i)
		}
	}
}

// FuzzSplitter compares with bytes.Split: however the stream is cut into
// blocks, the lines are the same, and no line is longer than promised.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("a\nb\r\n\nlast"), []byte{0, 1, 2}, uint8(0))
	f.Add([]byte("xy\xff\n€€€"), []byte{5}, uint8(200))
	f.Fuzz(func(t *testing.T, text, sizes []byte, times uint8) {
		in := text
		if times > 0 { // long lines
			in = bytes.Repeat(text, 1+int(times)*maxLine/128/max(len(text), 1))
		}
		want := strings.Split(string(in), "\n")
		if want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		for i, line := range want {
			want[i] = strings.TrimSuffix(line, "\r")
		}
		got := cutUp(in, sizes)
		joined := make([]string, 0, len(want))
		for _, line := range got {
			if len(line) > maxLine+2*len(mark) {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
		if strings.Contains(string(in), mark) {
			return // the oracle tells pieces by the mark
		}
		open := false
		for _, line := range got {
			line, follows := strings.CutPrefix(line, mark)
			line, goesOn := strings.CutSuffix(line, mark)
			if follows != open {
				t.Fatalf("marks do not match at %q", line[:min(20, len(line))])
			}
			if follows {
				joined[len(joined)-1] += line
			} else {
				joined = append(joined, line)
			}
			open = goesOn
		}
		if diff := cmp.Diff(want, joined); diff != "" && len(want)+len(joined) > 0 {
			t.Fatalf("lines differ (-want +got):\n%.2000s", diff)
		}
	})
}
