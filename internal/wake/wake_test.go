package wake

import (
	"sync"
	"testing"
)

func TestASignalIsSetOnceAndClearedByItsReader(t *testing.T) {
	s := New()
	var all sync.WaitGroup
	for range 100 {
		all.Go(s.Set)
	}
	all.Wait()
	<-s
	select {
	case <-s:
		t.Error("it is still set after it was read")
	default:
	}
	s.Set()
	<-s
}
