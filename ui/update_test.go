package ui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/feed"
)

func TestKeysAskTheEngineForWhatTheHelpSays(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"r"}, "[restart files]"},
		{[]string{"S"}, "[start files]"},
		{[]string{"j", "j", "S"}, "[start hello]"},
		{[]string{"j", "j", "k", "r"}, "[restart camera]"},
		{[]string{"j", "j", "s"}, "[stop hello]"},      // it interrupts nothing
		{[]string{"j", "s"}, "[]"},                     // two are watching: it asks
		{[]string{"j", "s", "n"}, "[]"},                // no
		{[]string{"j", "s", "esc", "y"}, "[]"},         // closed
		{[]string{"j", "s", "y"}, "[stop camera]"},     // yes
		{[]string{"j", "s", "enter"}, "[stop camera]"}, // yes
		{[]string{"Q"}, "[]"},
		{[]string{"Q", "n"}, "[]"},
		{[]string{"Q", "y"}, "[down]"},
		{[]string{"x"}, "[]"}, // no share
		{[]string{"?", "r"}, "[]"},
		{[]string{"tab", "/", "r", "s", "enter"}, "[]"}, // typed into the search
		{[]string{"q"}, "[]"},
	} {
		m, engine := desk(t, 100, 30, three())
		press(m, c.keys...)
		if got := engine.taken(); got != c.want {
			t.Errorf("%v asks for %s, want %s", c.keys, got, c.want)
		}
	}
}

func TestStoppingSaysWhoWouldNotice(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "j", "s")
	if !strings.Contains(screen(m), "Stop camera? 2 clients are watching.") {
		t.Errorf("the question does not say it:\n%s", screen(m))
	}
}

func TestAShareIsEndedAfterAQuestion(t *testing.T) {
	s := three()
	s.Services = append(s.Services, share())
	m, engine := desk(t, 100, 30, s)
	press(m, "j", "j", "j", "x")
	if engine.taken() != "[]" || !strings.Contains(screen(m), "/home/ada/album") {
		t.Errorf("no question:\n%s", screen(m))
	}
	press(m, "y")
	if got := engine.taken(); got != "[unshare album]" {
		t.Errorf("asked for %s", got)
	}
}

func TestSharingCompletesPathsAndShowsTheAddresses(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"album", "albania", "notes", ".hidden"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m, engine := desk(t, 100, 30, three())
	press(m, "a")
	screen(m) // the field learns how wide it is
	m.Update(tea.PasteMsg{Content: dir + "/a"})
	press(m, "tab")
	if text := screen(m); !strings.Contains(text, "/alb ") || !strings.Contains(text, "albania  album") {
		t.Errorf("completed to:\n%s", text)
	}
	press(m, "u", "tab", "enter")
	if got := engine.taken(); got != "[share "+dir+"/album]" {
		t.Errorf("asked for %s", got)
	}
	for _, want := range []string{"http://192.168.1.20:9000/", "same network"} {
		if !strings.Contains(screen(m), want) {
			t.Errorf("%s is missing:\n%s", want, screen(m))
		}
	}
}

func TestAShareThatFailsKeepsWhatWasTyped(t *testing.T) {
	m, engine := desk(t, 100, 30, three())
	engine.fails = errors.New("cannot share /x: no such folder")
	press(m, "a", "/", "x", "enter")
	if text := screen(m); !strings.Contains(text, "> /x") || !strings.Contains(text, "no such folder") {
		t.Errorf("the dialog is gone:\n%s", text)
	}
}

func TestAFailureStaysOnTheScreenLongEnoughToBeRead(t *testing.T) {
	m, engine := desk(t, 100, 30, three())
	engine.fails = errors.New("cannot start files: port 8080 is in use by nginx (pid 12)")
	press(m, "S")
	m.Update(feed.TickMsg(clock.Add(10 * time.Second)))
	if !strings.Contains(screen(m), "in use by nginx (pid 12)") {
		t.Errorf("gone after 10 s:\n%s", screen(m))
	}
}

func TestAnOperationUnderWayShowsInItsRow(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	m.Update(keyMsg("r")) // its command is not run
	m.Update(feed.TickMsg(clock.Add(3 * time.Second)))
	if !strings.Contains(screen(m), "restarting 3s") {
		t.Errorf("not shown:\n%s", screen(m))
	}
	press(m, "r")
	if !strings.Contains(screen(m), "already") {
		t.Errorf("a second one is not refused:\n%s", screen(m))
	}
}

func TestAServiceThatNeverGetsReadyCanBeStopped(t *testing.T) {
	m, engine := desk(t, 100, 30, three())
	m.Update(keyMsg("j"))
	m.Update(keyMsg("j"))
	m.Update(keyMsg("S")) // its answer never comes
	press(m, "s")
	if got := engine.taken(); got != "[stop hello]" {
		t.Errorf("asked for %s", got)
	}
}

func TestTheLogStaysWhenTheSupervisorIsLost(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	m.Update(feed.NewsMsg{Lost: true})
	if !strings.Contains(screen(m), "slow client") || !strings.Contains(screen(m), "reconnecting") {
		t.Errorf("what was known is gone:\n%s", screen(m))
	}
}

func TestLeavingSaysWhatGoesOn(t *testing.T) {
	for _, k := range []string{"q", "ctrl+c"} {
		m, _ := desk(t, 100, 30, three())
		press(m, k)
		if !strings.HasPrefix(m.farewell, "2 services keep running") {
			t.Errorf("%s: %q", k, m.farewell)
		}
	}
	m, _ := desk(t, 100, 30, three())
	press(m, "Q", "y")
	if m.farewell != "everything is stopped" {
		t.Errorf("after Q: %q", m.farewell)
	}
}

func TestTheSelectionHoldsOnToItsService(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "j")
	s := three()
	s.Services = s.Services[1:]
	m.Update(feed.NewsMsg{Snapshot: &s})
	if m.table.Selected() != "camera" {
		t.Errorf("selected is %s", m.table.Selected())
	}
	s.Services = s.Services[1:]
	m.Update(feed.NewsMsg{Snapshot: &s})
	if m.table.Selected() != "hello" {
		t.Errorf("its service is gone; selected is %q", m.table.Selected())
	}
}

func TestTheSelectionStaysWhereARowWasThatIsGone(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	press(m, "j", "j")
	s := three()
	s.Services = s.Services[:2]
	m.Update(feed.NewsMsg{Snapshot: &s})
	if m.table.Selected() != "camera" {
		t.Errorf("the last of three is gone; selected is %q", m.table.Selected())
	}
	press(m, "k")
	s.Services = s.Services[1:]
	m.Update(feed.NewsMsg{Snapshot: &s})
	if m.table.Selected() != "camera" {
		t.Errorf("the first of two is gone; selected is %q", m.table.Selected())
	}
}

func numbered(from, to int) (lines []api.LogLine) {
	for i := from; i < to; i++ {
		lines = append(lines, api.LogLine{Seq: uint64(i), Msg: fmt.Sprintf("line %05d", i), Raw: fmt.Sprintf("line %05d", i)})
	}
	return lines
}

func TestScrollingUpStopsFollowingAndCountsWhatIsNew(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(0, 100), Restart: true})
	press(m, "pgup")
	before := screen(m)
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(100, 112)})
	after := screen(m)
	if !strings.Contains(after, "12 new") {
		t.Errorf("new lines are not counted:\n%s", after)
	}
	top := func(s string) string { _, rest, _ := strings.Cut(s, "line "); return rest[:5] }
	if top(before) != top(after) {
		t.Errorf("the view moved from %s to %s", top(before), top(after))
	}
	press(m, "G")
	if text := screen(m); !strings.Contains(text, "line 00111") || !strings.Contains(text, "following") {
		t.Errorf("G does not follow:\n%s", text)
	}
	press(m, "g")
	if text := screen(m); !strings.Contains(text, "line 00000") {
		t.Errorf("g does not show the oldest:\n%s", text)
	}
}

func TestTheSearchFindsAndJumps(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(0, 1000), Restart: true})
	press(m, "tab", "/", "0", "5", "0", "0", "enter")
	if text := screen(m); !strings.Contains(text, "/0500  1 match") || !strings.Contains(text, "line 00500") {
		t.Errorf("enter does not go to the match:\n%s", text)
	}
	if !strings.Contains(m.View().Content, "\x1b[7m0500") {
		t.Error("the match is not marked")
	}
	press(m, "esc")
	if strings.Contains(screen(m), "/0500") {
		t.Error("esc keeps the search")
	}
}

func TestAHostileLineMovesNothing(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	text := m.View().Content
	for _, bad := range []string{"\x1b[2J", "\x1b]0;", "\x07"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q reaches the terminal", bad)
		}
	}
	if !strings.Contains(screen(m), "cannot read the disk") {
		t.Errorf("its words are lost:\n%s", screen(m))
	}
}

func TestEveryKeyIsInTheHelpAndTheDocument(t *testing.T) {
	m, _ := desk(t, 160, 100, three())
	press(m, "?")
	text := screen(m)
	doc := "# Keys of the dashboard\n\nThis page is made from the keys that the parts of the dashboard declare " +
		"(ui/component, Key).\n"
	for _, g := range component.Grouped(m.keys.all()) {
		doc += "\n## " + g.Title + "\n\n| key | does |\n|---|---|\n"
		for _, k := range g.Keys {
			if !strings.Contains(text, k.Help) {
				t.Errorf("%s is not in the help", k.Shown())
			}
			doc += fmt.Sprintf("| `%s` | %s |\n", strings.Join(strings.Fields(k.Shown()), "` `"), k.Help)
		}
	}
	golden(t, "../docs/keys.md", doc)
}

// deep tells whether the whole log is read.
func deep(m *model) bool { return followed(m).Past > feed.RecentLines }

func TestTheBeginningOfTheLogIsReadWhenSomebodyLooksForIt(t *testing.T) {
	m, _ := desk(t, 100, 30, three())
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(95_000, 95_000+feed.RecentLines), Restart: true})
	press(m, "g")
	if text := screen(m); !strings.Contains(text, "line 95000") || deep(m) {
		t.Fatalf("g does not go to the oldest line that is there:\n%s", text)
	}
	press(m, "g")
	if !deep(m) || !strings.Contains(screen(m), "reading the whole log") {
		t.Fatalf("g again does not ask for more:\n%s", screen(m))
	}
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(0, 20_000), Restart: true})
	m.Update(feed.NewsMsg{Followed: followed(m), Lines: numbered(20_000, 40_000)})
	if text := screen(m); !strings.Contains(text, "line 00000") {
		t.Errorf("the beginning is not shown:\n%s", text)
	}
	press(m, "f")
	if text := screen(m); !strings.Contains(text, "line 39999") {
		t.Errorf("f does not follow:\n%s", text)
	}
}

// The tabs in the manual are those of the dashboard.
func TestTheManualDescribesEveryTab(t *testing.T) {
	const path = "../docs/dashboard.md"
	m, _ := desk(t, 100, 30, three())
	table := []string{"| key | tab | shows |", "|---|---|---|"}
	for i, tab := range m.tabs {
		table = append(table, fmt.Sprintf("| `%d` | %s | %s |", i+1, tab.About().Title, tab.About().Manual))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	from := slices.Index(lines, table[0])
	if from < 0 {
		t.Fatalf("%s has no table of the tabs", path)
	}
	to := from
	for strings.HasPrefix(lines[to], "|") {
		to++
	}
	golden(t, path, strings.Join(slices.Replace(lines, from, to, table...), "\n"))
}
