package htmltemplate

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	leftDelim  = "{{"
	rightDelim = "}}"
)

// parser reads one source from front to back.
type parser struct {
	source string
	at     int // the offset of the next byte
	ctx    context
	pages  map[string]block
}

func newParser(source string) *parser { return &parser{source: source} }

func (p *parser) errorf(format string, args ...any) error {
	line := 1 + strings.Count(p.source[:min(p.at, len(p.source))], "\n")
	return fmt.Errorf("line %d: %w", line, fmt.Errorf(format, args...))
}

// parse adds the pages of the source to pages.
func (p *parser) parse(pages map[string]block) error {
	p.pages = pages
	body, end, err := p.block()
	switch {
	case err != nil:
		return err
	case end != "":
		return p.errorf("{{%s}} without a beginning", end)
	case p.ctx.place != inText:
		return p.errorf("the page ends inside a tag, a script or a style")
	}
	for _, n := range body {
		if text, ok := n.(literal); !ok || strings.TrimSpace(string(text)) != "" {
			pages[""] = body
		}
	}
	return nil
}

// block reads until {{end}} or {{else …}} and returns that action; "" is the end of
// the source.
func (p *parser) block() (body block, end string, err error) {
	for p.at < len(p.source) {
		text, _, more := strings.Cut(p.source[p.at:], leftDelim)
		if text != "" {
			if err := p.ctx.advance(text); err != nil {
				return nil, "", p.errorf("%w", err)
			}
			body = append(body, literal(text))
			p.at += len(text)
		}
		if !more {
			return body, "", nil
		}
		action, err := p.action()
		if err != nil {
			return nil, "", err
		}
		word, rest, _ := strings.Cut(action, " ")
		if word == "end" || word == "else" {
			return body, action, nil
		}
		n, err := p.node(word, rest, action)
		if err != nil {
			return nil, "", err
		}
		if n != nil {
			body = append(body, n)
		}
	}
	return body, "", nil
}

// action reads one {{…}} and returns what is between.
func (p *parser) action() (string, error) {
	action, _, ok := strings.Cut(p.source[p.at+len(leftDelim):], rightDelim)
	if !ok {
		return "", p.errorf("{{ without }}")
	}
	p.at += len(leftDelim) + len(action) + len(rightDelim)
	return strings.TrimSpace(action), nil
}

// node parses one action. A {{define}} has no node.
func (p *parser) node(word, rest, action string) (node, error) {
	switch word {
	case "define":
		return nil, p.define(rest)
	case "template":
		return p.call(rest)
	case "if", "with", "range":
		return p.branch(word, rest)
	}
	if name, value, ok := strings.Cut(action, ":="); ok {
		e, err := p.expression(value)
		return assignment{strings.TrimSpace(name), e}, err
	}
	e, err := p.expression(action)
	if err != nil {
		return nil, err
	}
	esc, err := p.ctx.value()
	if err != nil {
		return nil, p.errorf("{{%s}}: %w", action, err)
	}
	return output{e, esc}, nil
}

func (p *parser) define(name string) error {
	name, err := strconv.Unquote(name)
	if err != nil {
		return p.errorf("define: expected a name in quotes")
	}
	outer := p.ctx
	p.ctx = context{}
	body, end, err := p.block()
	switch {
	case err != nil:
		return err
	case end != "end":
		return p.errorf("the page %q has no {{end}}", name)
	case p.ctx.place != inText:
		return p.errorf("the page %q ends inside a tag", name)
	}
	p.ctx = outer
	p.pages[name] = body
	return nil
}

func (p *parser) call(rest string) (node, error) {
	if p.ctx.place != inText {
		return nil, p.errorf("a page can be included only in text")
	}
	name, value, hasValue := strings.Cut(rest, " ")
	name, err := strconv.Unquote(name)
	if err != nil {
		return nil, p.errorf("template: expected a name in quotes")
	}
	if !hasValue {
		value = `""`
	}
	e, err := p.expression(value)
	return call{name, e}, err
}

// branch parses an if, with or range up to its end.
func (p *parser) branch(kind, rest string) (node, error) {
	b := &branch{kind: kind}
	if names, value, ok := strings.Cut(rest, ":="); ok {
		for name := range strings.SplitSeq(names, ",") {
			b.names = append(b.names, strings.TrimSpace(name))
		}
		rest = value
	}
	var err error
	if b.on, err = p.expression(rest); err != nil {
		return nil, err
	}
	before := p.ctx
	body, end, err := p.block()
	if err != nil {
		return nil, err
	}
	b.then = body
	after := p.ctx
	p.ctx = before
	switch word, condition, _ := strings.Cut(end, " "); {
	case end == "else":
		if b.otherwise, end, err = p.block(); err != nil {
			return nil, err
		}
	case word == "else":
		kind, rest, _ := strings.Cut(condition, " ")
		if kind != "if" {
			return nil, p.errorf("expected {{else if …}}, got {{%s}}", end)
		}
		n, err := p.branch(kind, rest) // it also reads our end
		if err != nil {
			return nil, err
		}
		b.otherwise, end = block{n}, "end"
	}
	if end != "end" {
		return nil, p.errorf("{{%s}} has no {{end}}", kind)
	}
	if !p.ctx.same(after) {
		return nil, p.errorf("{{%s}}: its branches end at different places of the HTML", kind)
	}
	return b, nil
}

// expression parses a value, or a function of values.
func (p *parser) expression(text string) (expression, error) {
	words, err := split(text)
	if err != nil {
		return expression{}, p.errorf("%w", err)
	}
	var e expression
	if len(words) > 1 {
		e.function, words = words[0], words[1:]
	}
	if !accepts(e.function, len(words)) {
		return expression{}, p.errorf("cannot understand {{%s}}", strings.TrimSpace(text))
	}
	for _, word := range words {
		o, err := parseOperand(word)
		if err != nil {
			return expression{}, p.errorf("%w", err)
		}
		e.operands = append(e.operands, o)
	}
	return e, nil
}

// split divides an action at its spaces, but not inside quotes.
func split(text string) ([]string, error) {
	var words []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if text[0] != '"' {
			word, rest, _ := strings.Cut(text, " ")
			words, text = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return nil, fmt.Errorf("expected a closing quote in %s", text)
		}
		words, text = append(words, quoted), text[len(quoted):]
	}
	return words, nil
}

func parseOperand(word string) (operand, error) {
	if word[0] == '"' {
		text, err := strconv.Unquote(word)
		return operand{constant: text}, err
	}
	if n, err := strconv.Atoi(word); err == nil {
		return operand{constant: n}, nil
	}
	name, path, _ := strings.Cut(word, ".")
	if name != "" && name[0] != '$' {
		return operand{}, fmt.Errorf("expected a field, a variable, a number or a text in quotes, got %s", word)
	}
	o := operand{variable: name}
	if path != "" {
		o.path = strings.Split(path, ".")
	}
	return o, nil
}
