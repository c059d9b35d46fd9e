package e2e

import (
	"strings"
	"testing"
)

func TestUpBesideARunningInstanceSaysWhichConfigurationThatHasAndHowToGetTheOther(t *testing.T) {
	const task = "exec = [\"sleep\", \"1000\"]\nport = -1\n"
	r := newRig(t, "")
	first := r.write("work/ammar.toml", "[service.one]\n"+task)
	other := r.write("other/ammar.toml", "[service.two]\n"+task)
	r.must(0, "up", "-d", "-c", first)
	if text := r.must(0, "up", "-d", "-c", first).stdout; !strings.Contains(text, "its configuration: "+first) ||
		strings.Contains(text, "reload") {
		t.Errorf("with the same configuration it says:\n%s", text)
	}
	if text := r.must(0, "up", "-d", "-c", other).stdout; !strings.Contains(text, "its configuration: "+first) ||
		!strings.Contains(text, "ammarctl reload -c "+other) {
		t.Errorf("with another configuration it says:\n%s", text)
	}
	r.must(0, "reload", "-c", other)
	if services := r.ps(); len(services) != 1 || services["two"].Name != "two" {
		t.Errorf("after the reload that it names these are there: %v", services)
	}
}
