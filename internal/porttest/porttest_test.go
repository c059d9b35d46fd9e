package porttest

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
)

func TestNoTwoGetTheSamePortAndEachCanBeListenedOn(t *testing.T) {
	var mu sync.Mutex
	var all []int
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			ports := Free(t, 50)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, ports...)
		})
	}
	asking.Wait()
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != 400 {
		t.Errorf("400 were asked for: %v", all)
	}
	for _, port := range all {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		_ = ln.Close()
	}
}

func TestAReleasedPortCanBeReservedAgain(t *testing.T) {
	ports, release, err := Reserve(1)
	if err != nil {
		t.Fatal(err)
	}
	release()
	sign, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", ports[0]))
	if err != nil {
		t.Fatal(err)
	}
	_ = sign.Close()
}
