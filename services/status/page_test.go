package status

import (
	"html/template"
	"net/http/httptest"
	"strings"
	"testing"
)

// html/template, which is not in the program because of its size, fills in the
// pages in the same way.
func TestThePagesAreFilledInAsByHTMLTemplate(t *testing.T) {
	h := newHub(nil)
	h.set(sample(), nil)
	s := &site{hub: h, engine: fakeEngine{lines: lines(20)}}
	r := httptest.NewRequest("GET", "/services/files?span=1m&reload=1", nil)
	r.SetPathValue("name", "files")
	full, ok := s.detail(t.Context(), r)
	if !ok {
		t.Fatal("no such service")
	}
	full.Log, full.Reload = s.logView(t.Context(), r), newReload(r)
	full.Settings, _ = s.engine.Settings(t.Context(), "files")
	operated := full
	operated.Login = loginView{On: true, CSRF: nasty}
	first := newView(sample(), nil, "host:80")
	first.Reload = newReload(r)
	away := newView(sample(), errNoSupervisor{}, "host:80")
	oracle := template.Must(template.Must(template.New("").Parse(pageHTML)).Parse(serviceHTML))
	for _, page := range []struct {
		name string
		data any
	}{
		{"page", first}, {"body", first}, {"body", away}, {"service", full}, {"detail", full}, {"detail", operated},
		{"refusal", refusal{nasty, detailLink("a b"), nasty}}, {"login", loginView{On: true, Error: nasty, Next: "/x?y"}},
	} {
		got, err := pages().Render(page.name, page.data)
		if err != nil {
			t.Errorf("%s: %v", page.name, err)
		}
		var want strings.Builder
		if err := oracle.ExecuteTemplate(&want, page.name, page.data); err != nil {
			t.Errorf("%s: %v", page.name, err)
		}
		ours := strings.Split(string(got), "\n")
		for i, line := range strings.Split(strings.ReplaceAll(want.String(), "&#43;", "+"), "\n") {
			if i >= len(ours) || ours[i] != line {
				t.Errorf("%s, line %d:\n got %s\nwant %s", page.name, i+1, ours[min(i, len(ours)-1)], line)
				break
			}
		}
	}
}

type errNoSupervisor struct{}

func (errNoSupervisor) Error() string { return nasty }
