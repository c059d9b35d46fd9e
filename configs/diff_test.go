package configs

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestADifferenceNamesTheKeyAsItIsWritten(t *testing.T) {
	before := NewService("web", KindExec)
	before.Env = map[string]string{"SAME": "1", "SECRET": "old", "GONE": "x"}
	after := before
	after.Port, after.StopTimeout, after.FPS = 9000, time.Minute, 30
	after.Restart.MaxDelay = time.Hour
	after.Env = map[string]string{"SAME": "1", "SECRET": "new", "NEW": "y"}
	after.Probe = &Probe{HTTP: "/"}
	after.Exec = []string{"./a b"}
	var got []string
	for _, d := range Diff(before, after) {
		got = append(got, fmt.Sprintf("%s: %s > %s", d.Key, d.From, d.To))
	}
	want := []string{
		`exec: [] > ["./a b"]`, "port: none > 9000", "fps: 0 > 30", "env.GONE:  > ", "env.NEW:  > ", "env.SECRET:  > ",
		"stop_timeout: 10s > 1m", "restart.max_delay: 30s > 1h", "probe: none > some",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if d := Diff(before, before); len(d) != 0 {
		t.Errorf("nothing differs, got %v", d)
	}
}

func TestEveryFieldHasTheNameOfItsKey(t *testing.T) {
	before, after := NewService("a", KindCamera), Service{Name: "b", Kind: KindExec, Probe: &Probe{}}
	before.Probe = &Probe{HTTP: "/", Every: 1, Timeout: 1, Failures: 1}
	var known []string
	for _, k := range Keys() {
		known = append(known, k.Name)
	}
	for _, d := range Diff(before, after) {
		if d.Key != "name" && !slices.Contains(known, d.Key) {
			t.Errorf("%q is no key", d.Key)
		}
	}
}
