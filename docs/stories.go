// Package docs holds the pages, and embeds those that the program shows itself.
package docs

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
)

// errorsPage is the only place where the stories are written.
//
//go:embed errors.md
var errorsPage string

// Story explains one error.
type Story struct {
	Code    string `json:"code"`
	Chapter string `json:"chapter"`
	Summary string `json:"summary"` // one sentence
	Text    string `json:"text"`    // what it means, how to see the cause, how to fix it
}

// Stories returns the stories of the page of errors, in its order.
func Stories() []Story { return stories(errorsPage) }

// stories reads a page whose chapters are headings of level two, and whose
// stories are headings of level three with a summary as first paragraph. Links
// become their text with the path of the page.
func stories(page string) (list []Story) {
	chapter := ""
	for section := range strings.SplitSeq(page, "\n## ") {
		title, rest, _ := strings.Cut(section, "\n")
		for i, part := range strings.Split(rest, "\n### ") {
			if i == 0 {
				chapter = title
				continue
			}
			code, body, _ := strings.Cut(part, "\n")
			summary, text, _ := strings.Cut(strings.TrimSpace(body), "\n\n")
			list = append(list, Story{
				Code:    strings.TrimSpace(code),
				Chapter: chapter,
				Summary: plain(strings.ReplaceAll(summary, "\n", " ")),
				Text:    plain(strings.TrimSpace(text)),
			})
		}
	}
	return list
}

var link = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[([^\]]*)\]\(([^)]*)\)`) })

func plain(markdown string) string { return link().ReplaceAllString(markdown, "$1 (docs/$2)") }
