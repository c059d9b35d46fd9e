package memtrim

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSettlingEndsWhenItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before, past := Settle(time.Hour), Settle(time.Second)
		before()
		time.Sleep(2 * time.Second) // of the bubble's clock
		past()
	})
}
