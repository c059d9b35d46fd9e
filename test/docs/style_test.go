package docs

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dialect are phrases that readers stumbled over, with what to write instead.
// They are matched without regard to case, in the prose of the pages and in
// the comments of the code.
func dialect() []struct{ pattern, instead string } {
	return []struct{ pattern, instead string }{
		{`\banew\b`, "again"},
		{`\bin vain\b`, "without success"},
		{`\bmend(s|ed|ing)?\b`, "fix"},
		{`\bbef(ell|alls?)\b`, "happened to"},
		{`\b(is|are|was|were) said\b`, "name who reports it"},
		{`\b(is|are|was|were) (told|asked|looked at)\b`, "say who does it"},
		{`\bmay be asked\b`, "can request"},
		{`\b(is|are|was|were) to be\b`, "must be, will be"},
		{`\b(some|no)body\b`, "a client, a caller, no one"},
		{`\bwho(so)?ever\b`, "name the reader or the caller"},
		{`\b(for|by|to|of|with|from|and|or|that) who\b`, "name the client or the caller"},
		{`\bthe ones? (before|after|of|to come)\b`, "repeat the noun"},
		{`\b(is|are) (that|those) of\b`, "repeat the noun"},
		{`\bbeside\b`, "besides, next to"},
		{`\bso (many|long)\b`, "N, this many, as long as"},
		{`\bshall\b`, "must, should"},
		{`\bof both\b`, "of the two"},
		{`\bno more\b`, "no longer, at most"},
		{`\bgo(es)? on\b`, "continue, keep"},
		{`\bas it came\b`, "unchanged"},
		{`\b(there|here)(in|of|by|upon)\b`, "in it, of it"},
		{`\bas is\b`, "unchanged"},
		{`\bmeanwhile\b`, "during …"},
		{`\b(the|a) other side\b`, "the client, the server"},
		{`\bof ours\b`, "our"},
		{`(?-i:^(What|Who)) [^?]*[^?]$`, "begin with the subject"},
	}
}

// maxWords is the length of a sentence that is read once.
const maxWords = 25

// styleLimits counts the phrases of the dialect and the sentences over
// maxWords words that a folder may still have. Counts only shrink. The
// environment variable STYLE lists those of the files below a folder:
//
//	STYLE=docs go test ./test/docs -run Style -v
var styleLimits = map[string]styleCount{
	"CONTRIBUTING.md": {8, 0},
	"README.md":       {2, 3},
	"SECURITY.md":     {3, 2},
	"bench":           {2, 1},
	"boot":            {0, 0},
	"cmd":             {8, 1},
	"configs":         {3, 1},
	"convert":         {0, 0},
	"docs":            {140, 140},
	"doctor":          {0, 0},
	"examples":        {0, 0},
	"export":          {1, 0},
	"internal":        {0, 1},
	"release":         {2, 3},
	"server":          {0, 0},
	"services":        {48, 6},
	"supervisor":      {75, 18},
	"test":            {72, 8},
	"ui":              {24, 0},
}

type styleCount struct{ phrases, sentences int }

func TestStyleOfProseOnlyGetsPlainer(t *testing.T) {
	list, listed := os.LookupEnv("STYLE")
	var patterns []*regexp.Regexp
	for _, d := range dialect() {
		patterns = append(patterns, regexp.MustCompile(`(?i)`+d.pattern))
	}
	found, byPattern := map[string]styleCount{}, make([]int, len(patterns))
	eachProse(t, func(path string, line int, sentence string) {
		folder, _, _ := strings.Cut(path, "/")
		count := found[folder]
		show := func(why string) {
			if listed && (path == list || strings.HasPrefix(path, strings.TrimSuffix(list, "/")+"/")) {
				t.Logf("%s:%d: %s: %s", path, line, why, sentence)
			}
		}
		plain := strings.ReplaceAll(sentence, "no more than", "")
		for i, pattern := range patterns {
			if hit := pattern.FindString(plain); hit != "" {
				count.phrases++
				byPattern[i]++
				show(fmt.Sprintf("%.30q (instead: %s)", hit, dialect()[i].instead))
			}
		}
		if n := len(strings.Fields(sentence)); n > maxWords {
			count.sentences++
			show(fmt.Sprintf("%d words", n))
		}
		found[folder] = count
	})
	for _, folder := range slices.Sorted(maps.Keys(found)) {
		got, limit := found[folder], styleLimits[folder]
		t.Logf("%-16s %4d phrases of %4d, %4d long sentences of %4d",
			folder, got.phrases, limit.phrases, got.sentences, limit.sentences)
		if got.phrases > limit.phrases || got.sentences > limit.sentences {
			t.Errorf("%s has more dialect than before; list it with: STYLE=%[1]s go test ./test/docs -run Style -v", folder)
		}
	}
	for i, d := range dialect() {
		t.Logf("%5d  %s", byPattern[i], d.pattern)
	}
}

// eachProse visits the sentences of the pages and of the comments in the code,
// with the line on which their paragraph begins.
func eachProse(t *testing.T, visit func(path string, line int, sentence string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "dist") {
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".go":
			eachComment(t, path, func(line int, text string) {
				eachSentence(text, func(s string) { visit(name, line, s) })
			})
		case ".md":
			if name != "CHANGELOG.md" {
				eachParagraph(t, path, func(line int, text string) {
					eachSentence(text, func(s string) { visit(name, line, s) })
				})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func eachComment(t *testing.T, path string, visit func(line int, text string)) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Comments {
		var b strings.Builder
		for line := range strings.Lines(group.Text()) {
			if strings.HasPrefix(line, "\t") || strings.TrimSpace(line) == "" { // code, or a new paragraph
				line = ". "
			}
			b.WriteString(strings.TrimSpace(line) + " ")
		}
		visit(files.Position(group.Pos()).Line, b.String())
	}
}

// eachParagraph visits the paragraphs, list items and table cells of a page
// without its code and headings.
func eachParagraph(t *testing.T, path string, visit func(line int, text string)) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var paragraph strings.Builder
	began, n, fenced := 0, 0, false
	end := func() {
		if paragraph.Len() > 0 {
			visit(began, paragraph.String())
		}
		paragraph.Reset()
	}
	code := regexp.MustCompile("`[^`]*`")
	for line := range strings.Lines(string(text)) {
		n++
		trimmed := strings.TrimSpace(code.ReplaceAllString(line, "CODE"))
		switch {
		case strings.HasPrefix(trimmed, "```"):
			end()
			fenced = !fenced
		case fenced || trimmed == "" || strings.HasPrefix(trimmed, "#") || strings.HasPrefix(line, "    "):
			end()
		case strings.HasPrefix(trimmed, "|"):
			end()
			for cell := range strings.SplitSeq(trimmed, "|") {
				visit(n, cell)
			}
		default:
			if strings.HasPrefix(trimmed, "- ") || strings.HasPrefix(trimmed, "* ") {
				end()
			}
			if paragraph.Len() == 0 {
				began = n
			}
			paragraph.WriteString(trimmed + " ")
		}
	}
	end()
}

// eachSentence cuts at a full stop, a question mark, an exclamation mark or a
// colon that a space follows.
func eachSentence(text string, visit func(string)) {
	for len(text) > 0 {
		at := len(text) - 1
		for _, mark := range []string{". ", "? ", "! ", ": "} {
			if i := strings.Index(text, mark); i >= 0 && i < at {
				at = i
			}
		}
		if s := strings.Trim(text[:at+1], " -*."); s != "" {
			visit(s)
		}
		text = text[at+1:]
	}
}
