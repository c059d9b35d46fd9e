//go:build unix

package listener

import (
	"fmt"
	"sync"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// Pool opens the listeners of services. The replicas of one service get copies
// of the same socket, so that the kernel distributes their clients. The zero
// value is ready; its methods are safe for concurrent use.
type Pool struct {
	mu     sync.Mutex
	shared map[string]*sharedListener // by service and address
}

type sharedListener struct {
	ln    *Listener
	users int
}

func sharedKey(cfg configs.Service) string {
	return fmt.Sprintf("%s %s %d", cfg.ReplicaOf, cfg.Bind, cfg.Port)
}

// Open listens on cfg's address at port, which is 0 for any.
func (p *Pool) Open(cfg configs.Service, port int) (*Listener, error) {
	if cfg.ReplicaOf == "" {
		return Listen(cfg.Bind, port)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := sharedKey(cfg)
	group := p.shared[key]
	if group == nil {
		ln, err := Listen(cfg.Bind, port)
		if err != nil {
			return nil, err
		}
		group = p.add(key, ln)
	}
	return p.copy(key, group)
}

// Inherit makes a listener of a descriptor that a previous supervisor left, and
// owns the descriptor. Replicas all use the first one that is inherited.
func (p *Pool) Inherit(cfg configs.Service, file *descriptor.Descriptor) (*Listener, error) {
	ln, err := inherit(file)
	if err != nil || cfg.ReplicaOf == "" {
		return ln, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := sharedKey(cfg)
	group := p.shared[key]
	if group != nil {
		ln.Close()
	} else {
		group = p.add(key, ln)
	}
	return p.copy(key, group)
}

// add shares ln under key; the caller holds mu.
func (p *Pool) add(key string, ln *Listener) *sharedListener {
	if p.shared == nil {
		p.shared = map[string]*sharedListener{}
	}
	group := &sharedListener{ln: ln}
	p.shared[key] = group
	return group
}

// copy makes one more user's copy; the caller holds mu.
func (p *Pool) copy(key string, group *sharedListener) (*Listener, error) {
	file, err := group.ln.File.Copy()
	if err != nil {
		return nil, err
	}
	group.users++
	var once sync.Once
	return &Listener{File: file, Addr: group.ln.Addr, Port: group.ln.Port, leave: func() (last bool) {
		once.Do(func() { last = p.release(key, group) })
		return last
	}}, nil
}

func (p *Pool) release(key string, group *sharedListener) (last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	group.users--
	if group.users > 0 {
		return false
	}
	group.ln.Close()
	delete(p.shared, key)
	return true
}
