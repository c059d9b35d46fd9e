//go:build linux

package faults

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// Of several that start an instance at the same moment one does; what the
// others began must not take the keeper away from it.
func TestSeveralUpsAtOnceAreOneInstanceWithItsKeeper(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", -1, "", "ready"))
	for range rounds(3, 15) {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if res, err := r.try("up", "-d"); err != nil || res.code != 0 {
					t.Errorf("up -d: %+v, %v", res, err)
				}
			})
		}
		all.Wait()
		was := r.reaches("web", api.Ready)
		eventually(t, patience, "there is one keeper and one supervisor", func() error {
			if left := r.of(""); len(left) != 2 {
				return fmt.Errorf("there are %v", left)
			}
			return nil
		})
		pid := r.info().SupervisorPID
		r.kill(pid)
		r.taken(pid)
		r.kept(was)
		r.must(0, "down")
		r.gone()
	}
}
