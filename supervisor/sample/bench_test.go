package sample

import (
	"os"
	"testing"
	"time"
)

func BenchmarkTake(b *testing.B) {
	s := New("/nowhere/at/all.sock", "")
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		s.Take(b.Context(), os.Getpid(), time.Now())
	}
}
