package htmltemplate

import (
	"html/template"
	"strings"
	"testing"
)

// inner is embedded, as the frames of our pages are.
type inner struct{ Title string }

type sample struct {
	inner
	Text, Empty string
	Number      int
	Yes         bool
	List        []item
	None        []item
	Pointer     *item
	Nil         *item
}

type item struct {
	Name string
	Bad  bool
}

const hostile = "<b>\"x\"</b> & 'y' \x00 \u2028 javascript:"

func newSample() sample {
	return sample{inner: inner{"T.i"}, Text: hostile, Number: -3, Yes: true,
		List: []item{{Name: "a"}, {Name: "b&c", Bad: true}}, Pointer: &item{Name: "p"}}
}

// html/template is the oracle: both fill in a page in the same way.
func TestPagesAreFilledInAsByHTMLTemplate(t *testing.T) {
	for _, page := range []string{
		`<p>{{.Title}} {{.Text}} {{.Number}} {{.Yes}}{{.Empty}}</p>`,
		`<p title="{{.Text}}" class='{{.Title}}'>`,
		`<a href="{{.Pointer.Name}}/?q={{.Title}}">`,
		`<a href="{{.Empty}}?x">`,
		`<p{{if .Yes}} data-write{{end}}{{if .Empty}} data-move{{end}}>`,
		`{{if .Empty}}a{{else if .Yes}}b{{else}}c{{end}}`,
		`{{if .Empty}}a{{else if .None}}b{{else if .Nil}}c{{else}}d{{end}}`,
		`{{if not .Empty}}no{{end}}{{if or .Empty .None .Yes}}any{{end}}{{or .Empty "–"}}{{or .Text "–"}}`,
		`{{if eq .Number -3}}three{{end}}{{if ge .Number 0}}up{{end}}{{if ne .Title "x"}}other{{end}}`,
		`{{range .List}}<i class="{{if eq .Name "a"}}first{{else}}next{{end}}">{{.Name}}</i>{{else}}none{{end}}`,
		`{{range .None}}x{{else}}none{{end}}`,
		`{{range $i, $c := .List}}{{if $i}}, {{end}}{{$c.Name}}{{$.Title}}{{end}}`,
		`{{range $c := .List}}{{$c.Name}}{{.Bad}}{{end}}`,
		`{{range .List}}{{$n := .Name}}{{with .Bad}}{{$n}}{{.}}{{end}}{{end}}`,
		`{{with .Pointer}}{{.Name}}{{else}}–{{end}}{{with .Nil}}{{.Name}}{{else}}–{{end}}`,
		`{{define "x"}}<b>{{.}}</b>{{end}}{{template "x" .Text}}{{template "x" "a constant"}}`,
		`{{define "x"}}<b>{{$.Name}}</b>{{end}}{{template "x" .Pointer}}`,
		`<title>{{.Text}}</title>`,
	} {
		ours, err := Parse(page)
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		got, err := ours.Render("", newSample())
		if err != nil {
			t.Errorf("%s: %v", page, err)
		}
		var want strings.Builder
		if err := template.Must(template.New("").Parse(page)).Execute(&want, newSample()); err != nil {
			t.Errorf("%s: %v", page, err)
		}
		if plain := strings.ReplaceAll(want.String(), "&#43;", "+"); string(got) != plain {
			t.Errorf("%s\n got %s\nwant %s", page, got, plain)
		}
	}
}

// Only addresses within the site and those of the web may stand in a link.
func TestALinkLeadsOnlyToTheWeb(t *testing.T) {
	page := MustParse(`<a href="{{.}}">`)
	for address, want := range map[string]string{
		"javascript:alert(1)":   "#unsafe",
		" javascript:alert(1)":  "#unsafe",
		"JaVaScRiPt:alert(1)":   "#unsafe",
		"data:text/html,x":      "#unsafe",
		"http://[::1]:80/":      "http://[::1]:80/",
		"HTTPS://a/":            "HTTPS://a/",
		"./a:b":                 "./a:b",
		"?sort=size&order=desc": "?sort=size&amp;order=desc",
		`"><script>`:            "&#34;&gt;&lt;script&gt;",
	} {
		got, err := page.Render("", address)
		if err != nil || string(got) != `<a href="`+want+`">` {
			t.Errorf("%s: got %s, %v", address, got, err)
		}
	}
}

func TestAValueInAQueryIsOneParameter(t *testing.T) {
	got, err := MustParse(`<a href="/login?next={{.}}">`).Render("", `/a?b=1&c "`)
	if want := `<a href="/login?next=%2Fa%3Fb%3D1%26c+%22">`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestOnlyRawIsWrittenIntoScriptsAndStyles(t *testing.T) {
	page := MustParse(`<style nonce="x">{{.}}</style><script>if (a < b) {{.}}</script>`)
	got, err := page.Render("", Raw("a < b"))
	if err != nil || string(got) != `<style nonce="x">a < b</style><script>if (a < b) a < b</script>` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := page.Render("", "alert(1)"); err == nil {
		t.Error("a text became a script")
	}
}

func TestAPageThatCannotBeSafeIsRefused(t *testing.T) {
	for page, want := range map[string]string{
		`<p class={{.}}>`:                       "quotes",
		`<p {{.}}>`:                             "quotes",
		`<p onclick="{{.}}">`:                   "onclick",
		`<p style="{{.}}">`:                     "style",
		`<p title = "{{.}}">`:                   "can have no value",
		`<!-- {{.}} -->`:                        "comments",
		`<p title="{{if .}}a">{{else}}b{{end}}`: "different places",
		`{{if .}}`:                              "no {{end}}",
		`{{end}}`:                               "without a beginning",
		`{{call .}}`:                            "cannot understand",
		`{{x}}`:                                 "expected a field",
		`{{.A`:                                  "without }}",
		`{{define x}}{{end}}`:                   "quotes",
		`{{define "x"}}<p {{end}}`:              "inside a tag",
		`<p title="{{template "x"}}">`:          "only in text",
		"\n\n{{range .}}{{else with .}}{{end}}{{end}}": "line 3",
		`<p class="`: "inside a tag",
	} {
		if _, err := Parse(page); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", page, err, want)
		}
	}
}

func TestAWrongFieldIsAnError(t *testing.T) {
	for _, page := range []string{`{{.Absent}}`, `{{.Nil.Name}}`, `{{.Text.Name}}`, `{{$x}}`, `{{template "absent" .}}`,
		`{{range .Text}}{{end}}`, `{{if eq .Text 1}}{{end}}`} {
		if _, err := MustParse(page).Render("", newSample()); err == nil {
			t.Errorf("%s: no error", page)
		}
	}
	if _, err := MustParse(`x`).Render("absent", nil); err == nil {
		t.Error("an absent page: no error")
	}
}

// counted is a type that gives its values by name.
type counted struct{ asked *[]string }

func (c *counted) Field(name string) any {
	*c.asked = append(*c.asked, name)
	if name == "Absent" {
		return nil
	}
	return name + "!"
}

func TestATypeCanGiveItsValuesByName(t *testing.T) {
	var asked []string
	list := []counted{{&asked}}
	got, err := MustParse(`{{range .}}{{.Name}}{{end}}`).Render("", list)
	if err != nil || string(got) != "Name!" || len(asked) != 1 {
		t.Errorf("got %s, %v; asked for %v", got, err, asked)
	}
	if _, err := MustParse(`{{range .}}{{.Absent}}{{end}}`).Render("", list); err == nil {
		t.Error("an absent value: no error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`<p title="{{if .A}}x{{else}}y{{end}}">{{range $i, $x := .B}}{{$x.C}}{{end}}`)
	f.Fuzz(func(_ *testing.T, page string) {
		if t, err := Parse(page); err == nil {
			_, _ = t.Render("", newSample())
		}
	})
}
