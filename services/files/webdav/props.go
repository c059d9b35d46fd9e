package webdav

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

const (
	propsFile = store.OwnFolder + "/props.json"
	// maxProps bounds the size of all properties, in bytes.
	maxProps = 1 << 20
)

// propsStore is the part of the store that holds properties.
type propsStore interface {
	ReadFile(name string) ([]byte, error)
	ReplaceOwn(name string, data []byte) error
}

// props are the properties that clients set (RFC 4918 section 4), stored in one
// file below the root. It is safe for concurrent use.
type props struct {
	store propsStore

	mu     sync.Mutex
	loaded bool
	byName map[string]map[string]string // inner XML by "{namespace}local", by name
	size   int
}

func propKey(name xml.Name) string { return "{" + name.Space + "}" + name.Local }

func propName(key string) xml.Name {
	end := strings.LastIndexByte(key, '}')
	return xml.Name{Space: key[1:end], Local: key[end+1:]}
}

// load reads the file once. mu is held.
func (p *props) load() {
	if p.loaded {
		return
	}
	p.loaded, p.byName = true, map[string]map[string]string{}
	if data, err := p.store.ReadFile(propsFile); err == nil {
		_ = json.Unmarshal(data, &p.byName) // a broken file counts as empty
		p.size = len(data)
	}
}

// save writes the file. mu is held.
func (p *props) save() error {
	data, err := json.Marshal(p.byName)
	if err != nil {
		return err
	}
	p.size = len(data)
	return p.store.ReplaceOwn(propsFile, data)
}

// of returns a copy of a file's properties.
func (p *props) of(name string) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	out := make(map[string]string, len(p.byName[name]))
	maps.Copy(out, p.byName[name])
	return out
}

// propChange sets or removes one property.
type propChange struct {
	key, value string
	remove     bool
}

// change makes all changes, or none.
func (p *props) change(name string, changes []propChange) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	changed := map[string]string{}
	maps.Copy(changed, p.byName[name])
	added := 0
	for _, c := range changes {
		if c.remove {
			delete(changed, c.key)
			continue
		}
		changed[c.key] = c.value
		added += len(c.key) + len(c.value)
	}
	if p.size+added > maxProps {
		return semantics.Refuse(http.StatusInsufficientStorage, "There is no room for more properties.")
	}
	p.byName[name] = changed
	return p.save()
}

// moved transfers the properties of a name, and of names below it, to another.
func (p *props) moved(from, to string) { p.transfer(from, to, true) }

// copied is moved for a copy.
func (p *props) copied(from, to string) { p.transfer(from, to, false) }

func (p *props) transfer(from, to string, move bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	found := map[string]map[string]string{}
	for name, values := range p.byName {
		if name == from || names.Inside(from, name) {
			found[to+strings.TrimPrefix(name, from)] = values
			if move {
				delete(p.byName, name)
			}
		}
		if name == to || names.Inside(to, name) {
			delete(p.byName, name)
		}
	}
	for name, values := range found {
		p.byName[name] = maps.Clone(values)
	}
	if len(found) > 0 {
		_ = p.save() // on an error, the memory is still right
	}
}

// gone removes the properties of a name that was deleted, and of names below it.
func (p *props) gone(removed string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	changed := false
	for name := range p.byName {
		if name == removed || names.Inside(removed, name) {
			delete(p.byName, name)
			changed = true
		}
	}
	if changed {
		_ = p.save() // on an error, the memory is still right
	}
}
