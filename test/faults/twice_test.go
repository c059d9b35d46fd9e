//go:build linux

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
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

// The keeper starts its supervisor again in the same moment as a person does by
// hand: the lock may be the person's first, but the instance stays the keeper's.
func TestAnUpByHandWhileTheKeeperStartsItsSupervisorAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", -1, "", "ready"))
	r.up()
	was := r.reaches("web", api.Ready)
	keeper := r.info().KeeperPID
	for range rounds(2, 5) {
		pid := r.info().SupervisorPID
		r.signal(keeper, syscall.SIGSTOP)
		r.kill(pid)
		done := make(chan result, 1)
		go func() {
			res, _ := r.try("up")
			done <- res
		}()
		eventually(t, patience, "the one by hand has the lock", func() error {
			text, err := os.ReadFile(filepath.Join(r.runtimeDir(), "instance.lock"))
			if err == nil && strings.TrimSpace(string(text)) == strconv.Itoa(pid) {
				err = fmt.Errorf("it is still that of pid %d", pid)
			}
			return err
		})
		r.signal(keeper, syscall.SIGCONT)
		if res := <-done; res.code == 0 {
			t.Fatalf("up: %+v", res)
		}
		r.taken(pid)
		if now := r.info().KeeperPID; now != keeper {
			t.Fatalf("the keeper was pid %d, and is %d", keeper, now)
		}
		r.kept(was)
	}
}

// Killed, they hold what they had for as long as the system takes to close it.
func TestAnUpRightAfterBothWereKilledTakesTheirPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t, service("web", -1, "", "ready"))
	r.up()
	was := r.reaches("web", api.Ready)
	for range rounds(5, 40) {
		info := r.info()
		r.signal(info.KeeperPID, syscall.SIGSTOP)
		r.signal(info.SupervisorPID, syscall.SIGSTOP)
		r.kill(info.KeeperPID)
		r.kill(info.SupervisorPID)
		r.up()
		r.kept(was)
		if now := r.info(); now.SupervisorPID == info.SupervisorPID || now.KeeperPID == info.KeeperPID {
			t.Fatalf("they were %+v, and are %+v", info, now)
		}
	}
}
