package logview

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/theme"
)

func numbered(from, to int) (lines []api.LogLine) {
	for i := from; i < to; i++ {
		lines = append(lines, api.LogLine{Seq: uint64(i), Level: "INFO", Msg: fmt.Sprintf("line %05d", i)})
	}
	return lines
}

// look is what the view shows, without colours.
func look(v *View) []string {
	lines := v.Render(Look{Styles: theme.Named(""), Unicode: true})
	for i := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(lines[i]), " ")
	}
	return lines
}

func edge(v *View) (first, last string) {
	lines := look(v)
	if len(lines) == 0 {
		return "", ""
	}
	number := regexp.MustCompile(`line (\d+)`)
	of := func(s string) string {
		if m := number.FindStringSubmatch(s); m != nil {
			return m[1]
		}
		return s
	}
	return of(lines[0]), of(lines[len(lines)-1])
}

func view(t *testing.T, o Options, lines ...api.LogLine) *View {
	t.Helper()
	v := New(o)
	v.Resize(60, 10)
	v.Add(lines...)
	for v.Work() {
	}
	return v
}

func TestFollowingShowsTheNewestAndScrollingUpStopsIt(t *testing.T) {
	v := view(t, Options{}, numbered(0, 100)...)
	if first, last := edge(v); first != "00090" || last != "00099" {
		t.Fatalf("following shows %s to %s", first, last)
	}
	v.Scroll(5)
	v.Add(numbered(100, 103)...)
	if first, last := edge(v); first != "00085" || last != "00094" || v.Following() || v.Fresh() != 3 {
		t.Errorf("scrolled up it shows %s to %s, following %t, %d new", first, last, v.Following(), v.Fresh())
	}
	v.Scroll(-8)
	if _, last := edge(v); last != "00102" || !v.Following() || v.Fresh() != 0 {
		t.Errorf("at the end again: %s, following %t, %d new", last, v.Following(), v.Fresh())
	}
	v.Top()
	if first, _ := edge(v); first != "00000" {
		t.Errorf("the top begins with %s", first)
	}
	v.Scroll(3)
	if first, last := edge(v); first != "00000" || last != "00009" {
		t.Errorf("above the top it shows %s to %s", first, last)
	}
}

func TestTheCursorMovesAndTheViewWithIt(t *testing.T) {
	v := view(t, Options{}, numbered(0, 100)...)
	for range 9 {
		v.Move(1)
	}
	if first, _ := edge(v); first != "00090" || !strings.HasSuffix(v.Line(), "line 00090") {
		t.Errorf("nine up: the top is %s, the cursor on %q", first, v.Line())
	}
	v.Move(1)
	if first, _ := edge(v); first != "00089" || !strings.HasSuffix(v.Line(), "line 00089") {
		t.Errorf("ten up: the top is %s, the cursor on %q", first, v.Line())
	}
	v.Add(numbered(100, 200)...)
	if !strings.HasSuffix(v.Line(), "line 00089") {
		t.Errorf("new lines moved the cursor to %q", v.Line())
	}
	v.Move(-1000)
	if !v.Following() {
		t.Error("at the end it does not follow")
	}
}

func TestFiltersShowWhatPassesAndKeepThePlace(t *testing.T) {
	lines := numbered(0, 1000)
	lines[500].Level = "ERROR"
	lines[600].Level = "WARN"
	lines[700].Level = "DEBUG"
	lines[800].Level = ""
	for _, c := range []struct {
		options Options
		want    int
	}{
		{Options{}, 1000},
		{Options{Level: "INFO"}, 999},
		{Options{Level: "WARN"}, 2},
		{Options{Level: "ERROR"}, 1},
		{Options{Only: "0005"}, 11},
		{Options{Only: "line 00[0-4]"}, 500},
		{Options{Without: "line 00[0-4]"}, 500},
		{Options{Only: "7$", Without: "line 000"}, 90},
		{Options{Only: "LINE"}, 0}, // capitals count when there is one
		{Options{Only: "iNe"}, 0},
	} {
		v := view(t, c.options, lines...)
		if _, shown := v.Len(); shown != c.want {
			t.Errorf("%+v shows %d, want %d", c.options, shown, c.want)
		}
	}
	v := view(t, Options{}, lines...)
	v.Scroll(300)
	_, before := edge(v)
	v.Choose(Options{Only: "9$"})
	if _, last := edge(v); last != before {
		t.Errorf("the filter moved the view from %s to %s", before, last)
	}
}

func TestAPatternThatIsNoneKeepsTheOneBefore(t *testing.T) {
	v := view(t, Options{Only: "0005"}, numbered(0, 100)...)
	v.Choose(Options{Only: "0005("})
	if _, shown := v.Len(); shown != 11 || v.Problem() == "" {
		t.Errorf("%d lines, problem %q", shown, v.Problem())
	}
}

func TestASearchGoesRoundAndKeepsCount(t *testing.T) {
	v := view(t, Options{}, numbered(0, 1000)...)
	v.Choose(Options{Search: "0001"})
	for v.Work() {
	}
	v.JumpNear()
	if !strings.HasSuffix(v.Line(), "00019") {
		t.Errorf("the nearest is %q", v.Line())
	}
	v.Jump(false)
	if !strings.HasSuffix(v.Line(), "00001") {
		t.Errorf("after the last comes %q", v.Line())
	}
	v.Jump(true)
	if !strings.HasSuffix(v.Line(), "00019") {
		t.Errorf("before the first comes %q", v.Line())
	}
	v.Add(numbered(10, 12)...)
	if n, all := v.Found(); n != 13 || !all {
		t.Errorf("%d are counted (all: %t)", n, all)
	}
}

func TestAMatchIsMarkedWhereItIs(t *testing.T) {
	v := view(t, Options{Search: "two"}, api.LogLine{Msg: "one two three"})
	got := v.Render(Look{Styles: theme.Named("")})[0]
	if want := theme.Named("").Match.Render("two"); !strings.Contains(got, want) || strings.Count(got, want) != 1 {
		t.Errorf("%q", got)
	}
}

func TestLongLinesAreFoldedOrMovedSideways(t *testing.T) {
	long := api.LogLine{Msg: strings.Repeat("0123456789", 20) + "END"}
	v := view(t, Options{}, long)
	if got := look(v); len(got) != 1 || !strings.HasSuffix(got[0], "…") {
		t.Errorf("cut: %q", got)
	}
	v.Sideways(190)
	if got := look(v); !strings.HasSuffix(got[0], "END") {
		t.Errorf("moved: %q", got)
	}
	v.Choose(Options{Wrap: true})
	if got := look(v); len(got) < 4 || !strings.HasSuffix(got[len(got)-1], "END") {
		t.Errorf("folded: %q", got)
	}
	v.Add(numbered(0, 30)...)
	for range 100 {
		v.Scroll(1)
		if got := look(v); len(got) != 10 {
			t.Fatalf("%d rows: %q", len(got), got)
		}
	}
}

func TestALineOpensUp(t *testing.T) {
	v := view(t, Options{Open: true}, api.LogLine{Level: "WARN", Msg: "slow",
		Attrs: []api.Attr{{Key: "who", Value: "ada"}, {Key: "what", Value: `{"a":[1,2]}`}}})
	got := strings.Join(look(v), "\n")
	for _, want := range []string{"WARN  slow", "who: ada", `what: {`, `"a": [`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
}

func TestMergedLinesNameTheirService(t *testing.T) {
	v := view(t, Options{}, api.LogLine{Service: "camera", Msg: "one"}, api.LogLine{Service: "files", Msg: "two"})
	got := strings.Join(look(v), "\n")
	if !strings.Contains(got, "camera") || !strings.Contains(got, "files") {
		t.Errorf("no names:\n%s", got)
	}
}

func TestTimesAreShownAsChosen(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 4, 5, 0, time.Local)
	for times, want := range map[Times]string{Clock: "15:04:05", Relative: "-2m05s", NoTimes: ""} {
		v := view(t, Options{Times: times}, api.LogLine{Time: at, Msg: "x"})
		got := ansi.Strip(v.Render(Look{Styles: theme.Named(""), Now: at.Add(125 * time.Second)})[0])
		if !strings.HasPrefix(strings.TrimSpace(got), want) || want == "" && strings.Contains(got, ":") {
			t.Errorf("%d: %q", times, got)
		}
	}
}

func TestAMarkStaysInEveryFilter(t *testing.T) {
	v := view(t, Options{Only: "nothing", Level: "ERROR"}, numbered(0, 10)...)
	v.Mark(time.Date(2026, 11, 23, 15, 4, 5, 0, time.Local))
	if got := look(v); len(got) != 1 || !strings.Contains(got[0], "15:04:05") {
		t.Errorf("%q", got)
	}
}

func TestWhatIsSavedIsWhatPasses(t *testing.T) {
	v := view(t, Options{Only: "0000[12]"}, numbered(0, 100)...)
	write := v.Writer()
	v.Add(numbered(1, 3)...) // later than the moment of saving
	var b bytes.Buffer
	n, err := write(&b)
	if err != nil || n != 2 || b.String() != "INFO line 00001\nINFO line 00002\n" {
		t.Errorf("%d lines, %v: %q", n, err, b.String())
	}
	text, lines := v.Screen()
	if lines != 4 || strings.Count(text, "\n") != 4 {
		t.Errorf("the screen has %d lines: %q", lines, text)
	}
}

// A million lines: what is looked at in one moment stays bounded, the oldest
// go, and places are kept.
func TestAMillionLinesStayFluid(t *testing.T) {
	v := view(t, Options{})
	batch := numbered(0, 5000)
	for range 210 {
		v.Add(batch...)
	}
	all, _ := v.Len()
	if all > MaxLines || all < MaxLines-2*perChunk {
		t.Fatalf("%d lines are kept", all)
	}
	v.Choose(Options{Only: "00001$", Search: "zz"})
	steps, slowest := 0, time.Duration(0)
	for more := true; more; steps++ {
		began := time.Now()
		more = v.Work()
		look(v)
		slowest = max(slowest, time.Since(began))
	}
	if _, shown := v.Len(); shown < 198 || shown > 210 {
		t.Errorf("%d pass the filter", shown)
	}
	if steps < 10 {
		t.Errorf("a million lines were looked at in %d steps", steps)
	}
	if slowest > 2*time.Second { // a step takes milliseconds; this machine may be busy
		t.Errorf("a step took %s", slowest)
	}
	v.Top()
	v.Add(numbered(0, 3*perChunk)...) // the lines that are shown go
	if got := look(v); len(got) != 10 {
		t.Errorf("%d rows after the shown lines went", len(got))
	}
}

func TestEveryByteIsSafe(t *testing.T) {
	evil := "\x1b[2J\x1b]0;evil\x07\u202e\x00\x9b"
	v := view(t, Options{Wrap: true}, api.LogLine{Level: evil, Service: evil, Msg: evil,
		Attrs: []api.Attr{{Key: evil, Value: evil}}}, api.LogLine{Service: "b", Msg: "x"})
	for _, o := range []Options{{}, {Wrap: true}, {Open: true}} {
		v.Choose(o)
		for _, line := range v.Render(Look{Styles: theme.Named("")}) {
			if strings.ContainsAny(line, "\x07\x00\u202e") || strings.Contains(line, "\x1b]") ||
				strings.Contains(line, "\x1b[2J") {
				t.Errorf("%q", line)
			}
			if ansi.StringWidth(line) > 60 {
				t.Errorf("%d cells: %q", ansi.StringWidth(line), line)
			}
		}
	}
	if text, _ := v.Screen(); strings.ContainsAny(text, "\x1b\x07\x00") {
		t.Errorf("copied: %q", text)
	}
}

// Whatever comes and whatever is done, the view holds together.
func FuzzView(f *testing.F) {
	f.Add([]byte("aaaa scroll"), "line", uint8(20), uint8(5))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255}, "0.*", uint8(3), uint8(1))
	f.Add([]byte{13, 12}, "", uint8(1), uint8(3))
	f.Fuzz(func(t *testing.T, moves []byte, pattern string, width, height uint8) {
		v := New(Options{})
		v.Resize(int(width), int(height))
		n := 0
		for _, m := range moves[:min(len(moves), 200)] {
			o := v.Options()
			switch m % 14 {
			case 0, 1, 2:
				v.Add(numbered(n, n+int(m))...)
				n += int(m)
			case 3:
				v.Scroll(int(m) - 128)
			case 4:
				v.Move(int(m) - 128)
			case 5:
				o.Only = pattern
			case 6:
				o.Search = pattern
			case 7:
				o.Wrap = !o.Wrap
			case 8:
				o.Open = !o.Open
			case 9:
				o.Only, o.Without = "", pattern
			case 10:
				v.Jump(m&64 != 0)
			case 11:
				v.Top()
			case 12:
				v.Resize(int(m)%40, int(m)%17)
			case 13:
				v.Mark(time.Now())
				v.Click(int(m) % 20)
			}
			v.Choose(o)
			v.Work()
			lines := v.Render(Look{Styles: theme.Named(""), Cursor: true})
			if len(lines) > v.height {
				t.Fatalf("%d lines in %d rows", len(lines), v.height)
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > v.width {
					t.Fatalf("%d cells in %d: %q", w, v.width, l)
				}
			}
			v.Line()
		}
	})
}
