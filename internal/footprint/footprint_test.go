package footprint

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSettlingEndsWhenItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := Settle(time.Second, time.Hour)
		between := Settle(time.Second, time.Hour)
		past := Settle(time.Second)
		before()
		time.Sleep(2 * time.Second) // of the bubble's clock
		between()
		past()
	})
}
