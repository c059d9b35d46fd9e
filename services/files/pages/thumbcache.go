package pages

import (
	"container/list"
	"sync"
)

// maxThumbnails is how many bytes of thumbnails are kept.
const maxThumbnails = 4 << 20

// thumbCache keeps the most recently used thumbnails by entity tag. It is safe
// for concurrent use.
type thumbCache struct {
	mu    sync.Mutex
	byTag map[string]*list.Element
	used  *list.List // of thumbnail, the most recently used first
	size  int
}

type thumbnail struct {
	tag  string
	data []byte
}

func newThumbCache() *thumbCache {
	return &thumbCache{byTag: map[string]*list.Element{}, used: list.New()}
}

func (c *thumbCache) get(tag string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byTag[tag]
	if e == nil {
		return nil
	}
	c.used.MoveToFront(e)
	return e.Value.(thumbnail).data
}

func (c *thumbCache) put(tag string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byTag[tag] != nil {
		return
	}
	c.byTag[tag] = c.used.PushFront(thumbnail{tag, data})
	for c.size += len(data); c.size > maxThumbnails; {
		removed := c.used.Remove(c.used.Back()).(thumbnail)
		delete(c.byTag, removed.tag)
		c.size -= len(removed.data)
	}
}
