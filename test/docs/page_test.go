// Package docs runs the documentation: the commands of the tutorial and of the
// how-to pages, line by line, with the real program, and compares what they
// print with what the pages show. It also follows every link, and looks for
// what is not documented.
//
// In a page, a block ```console holds commands, each after "$ " (and "> " where
// it goes on), and below each what it prints. "…" stands for what varies: a
// part of a line, or any number of lines. A command without output below it may
// print anything. A command that ends in "# exit code N" has to end so, any other with 0.
//
// An HTML comment before any other block says what it is: "file: NAME" is a
// file that is written, and "not run: WHY" is one that is not run. Readers do
// not see the comment, so the line of text before it names the file as well.
// "needs: A, B" at the top of a page names the programs without which it cannot
// be run.
package docs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// step is one thing that a page does.
type step struct {
	line    int    // in the page
	file    string // a file to write; text is what it holds
	text    string // or a command
	want    []string
	exit    int
	compare bool
}

// page is a page's steps, and the programs that it needs.
type page struct {
	steps []step
	needs []string
}

var (
	fence    = regexp.MustCompile("^```([a-z]*)$")
	remark   = regexp.MustCompile(`^<!-- (file|not run|needs): (.+) -->$`)
	exitCode = regexp.MustCompile(`\s+# exit code (\d+)$`)
)

// parse reads a page. The error names the line.
func parse(text string) (page, error) {
	var p page
	lines := strings.Split(text, "\n")
	kind, value, said := "", "", ""
	for i := 0; i < len(lines); i++ {
		if m := remark.FindStringSubmatch(lines[i]); m != nil {
			if kind, value = m[1], m[2]; kind == "needs" {
				p.needs = strings.Split(value, ", ")
				kind = ""
			}
			continue
		}
		m := fence.FindStringSubmatch(lines[i])
		if m == nil {
			if strings.HasPrefix(lines[i], "```") {
				return p, fmt.Errorf("line %d: %s is no block that this test knows", i+1, lines[i])
			}
			if strings.TrimSpace(lines[i]) != "" {
				kind, said = "", lines[i]
			}
			continue
		}
		end := i + 1
		for end < len(lines) && lines[end] != "```" {
			end++
		}
		if end == len(lines) {
			return p, fmt.Errorf("line %d: the block has no end", i+1)
		}
		body := lines[i+1 : end]
		switch {
		case kind == "not run":
		case kind == "file" && !strings.Contains(said, "`"+value+"`"):
			return p, fmt.Errorf("line %d: readers do not see what file this is: the line of text before it has to name `%s`", i+1, value)
		case kind == "file":
			p.steps = append(p.steps, step{line: i + 1, file: value, text: strings.Join(body, "\n") + "\n"})
		case m[1] == "console":
			steps, err := commands(body, i+2)
			if err != nil {
				return p, err
			}
			p.steps = append(p.steps, steps...)
		default:
			return p, fmt.Errorf("line %d: say before this block what it is: <!-- file: NAME --> or <!-- not run: WHY -->", i+1)
		}
		kind, said, i = "", "", end
	}
	return p, nil
}

// commands are those of one console block, which begins at a line.
func commands(body []string, at int) ([]step, error) {
	var steps []step
	for i, line := range body {
		command, begins := strings.CutPrefix(line, "$ ")
		goesOn, more := strings.CutPrefix(line, "> ")
		switch {
		case begins:
			s := step{line: at + i, text: command}
			if m := exitCode.FindStringSubmatch(command); m != nil {
				s.exit, _ = strconv.Atoi(m[1]) // it is digits
				s.text = strings.TrimSuffix(command, m[0])
			}
			steps = append(steps, s)
		case len(steps) == 0:
			return nil, fmt.Errorf("line %d: expected a command after \"$ \", got %q", at+i, line)
		case more && !steps[len(steps)-1].compare:
			steps[len(steps)-1].text += "\n" + goesOn
		default:
			last := &steps[len(steps)-1]
			last.want, last.compare = append(last.want, line), true
		}
	}
	return steps, nil
}

var spaces = regexp.MustCompile(` {2,}`)

// agrees tells whether got is what the page shows. Columns may be wider.
func agrees(want []string, got string) bool {
	var b strings.Builder
	b.WriteString(`^`)
	for _, line := range want {
		if strings.TrimSpace(line) == "…" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		line = strings.TrimRight(line, " ")
		var parts []string
		for _, part := range strings.Split(line, "…") {
			parts = append(parts, spaces.ReplaceAllString(regexp.QuoteMeta(part), ` +`))
		}
		b.WriteString(strings.Join(parts, `.*`) + ` *\n`)
	}
	b.WriteString(`$`)
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	return regexp.MustCompile(b.String()).MatchString(got)
}
