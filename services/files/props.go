package files

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"os"
	"strings"
	"sync"
)

const (
	propsFile = ownFolder + "/props.json"
	// maxProps bounds what all properties may take, in bytes.
	maxProps = 1 << 20
)

// props are the properties that clients have given to files (RFC 4918 section
// 4), kept in one file below the root.
type props struct {
	root *os.Root

	mu     sync.Mutex
	loaded bool
	all    map[string]map[string]string // by name, by "{namespace}local": inner XML
	size   int
}

func propKey(name xml.Name) string { return "{" + name.Space + "}" + name.Local }

func propName(key string) xml.Name {
	end := strings.LastIndexByte(key, '}')
	return xml.Name{Space: key[1:end], Local: key[end+1:]}
}

// load reads them once. mu is held.
func (p *props) load() {
	if p.loaded {
		return
	}
	p.loaded, p.all = true, map[string]map[string]string{}
	if data, err := p.root.ReadFile(propsFile); err == nil {
		_ = json.Unmarshal(data, &p.all) // a broken file is as good as none
		p.size = len(data)
	}
}

// save keeps them. mu is held.
func (p *props) save() error {
	data, err := json.Marshal(p.all)
	if err != nil {
		return err
	}
	p.size = len(data)
	if err := p.root.MkdirAll(ownFolder, 0o755); err != nil {
		return err
	}
	if err := p.root.WriteFile(propsFile+".new", data, 0o600); err != nil {
		return err
	}
	return p.root.Rename(propsFile+".new", propsFile)
}

// of returns a copy of a file's properties.
func (p *props) of(name string) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	out := make(map[string]string, len(p.all[name]))
	for key, value := range p.all[name] {
		out[key] = value
	}
	return out
}

// change sets and removes properties, all or none; nil removes.
func (p *props) change(name string, set []propChange) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	changed := map[string]string{}
	for key, value := range p.all[name] {
		changed[key] = value
	}
	grown := 0
	for _, c := range set {
		if c.remove {
			delete(changed, c.key)
			continue
		}
		changed[c.key] = c.value
		grown += len(c.key) + len(c.value)
	}
	if p.size+grown > maxProps {
		return &refusal{status: http.StatusInsufficientStorage, text: "There is no room for more properties."}
	}
	p.all[name] = changed
	return p.save()
}

type propChange struct {
	key, value string
	remove     bool
}

// moved gives the properties of a name and of what is below it to another.
func (p *props) moved(from, to string) { p.carry(from, to, true) }

// copied is moved for a copy.
func (p *props) copied(from, to string) { p.carry(from, to, false) }

func (p *props) carry(from, to string, move bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	found := map[string]map[string]string{}
	for name, values := range p.all {
		if name == from || inside(from, name) {
			found[to+strings.TrimPrefix(name, from)] = values
			if move {
				delete(p.all, name)
			}
		}
		if name == to || inside(to, name) {
			delete(p.all, name)
		}
	}
	for name, values := range found {
		p.all[name] = map[string]string{}
		for key, value := range values {
			p.all[name][key] = value
		}
	}
	if len(found) > 0 {
		_ = p.save() // in memory it is right
	}
}

// gone forgets the properties of what was removed.
func (p *props) gone(removed string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	changed := false
	for name := range p.all {
		if name == removed || inside(removed, name) {
			delete(p.all, name)
			changed = true
		}
	}
	if changed {
		_ = p.save() // in memory it is right
	}
}
