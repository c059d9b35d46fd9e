//go:build unix

package supervisor

import (
	"fmt"
	"sync"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
)

// listeners opens the sockets of services; the replicas of one table get
// copies of the same, so that the kernel deals their clients out.
type listeners struct {
	mu     sync.Mutex
	shared map[string]*sharedListener // by table and address
}

type sharedListener struct {
	ln    *listener
	users int
}

func sharedKey(cfg configs.Service) string {
	return fmt.Sprintf("%s %s %d", cfg.ReplicaOf, cfg.Bind, cfg.Port)
}

// open is listen for a service.
func (l *listeners) open(cfg configs.Service, port int) (*listener, error) {
	if cfg.ReplicaOf == "" {
		return listen(cfg.Bind, port)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := sharedKey(cfg)
	group := l.shared[key]
	if group == nil {
		ln, err := listen(cfg.Bind, port)
		if err != nil {
			return nil, err
		}
		group = &sharedListener{ln: ln}
		l.shared[key] = group
	}
	return l.copy(key, group)
}

// inherit is for a listener that was kept: the first replica's is everybody's.
func (l *listeners) inherit(cfg configs.Service, file *descriptor.Descriptor) (*listener, error) {
	ln, err := inheritListener(file)
	if err != nil || cfg.ReplicaOf == "" {
		return ln, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := sharedKey(cfg)
	group := l.shared[key]
	if group != nil {
		ln.close()
	} else {
		group = &sharedListener{ln: ln}
		l.shared[key] = group
	}
	return l.copy(key, group)
}

// copy is one more user's; with mu held.
func (l *listeners) copy(key string, group *sharedListener) (*listener, error) {
	file, err := group.ln.file.Copy()
	if err != nil {
		return nil, err
	}
	group.users++
	var once sync.Once
	return &listener{file: file, addr: group.ln.addr, port: group.ln.port, left: func() (last bool) {
		once.Do(func() { last = l.leave(key, group) })
		return last
	}}, nil
}

func (l *listeners) leave(key string, group *sharedListener) (last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	group.users--
	if group.users > 0 {
		return false
	}
	group.ln.close()
	delete(l.shared, key)
	return true
}
