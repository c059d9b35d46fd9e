package semantics

import (
	"math/big"
	"strings"
	"testing"
)

// slowRange reads a Range as a person would: byte by byte of the file, with
// numbers too large to matter.
func slowRange(header string, size int) (picked []bool, outcome RangeOutcome) {
	unit, set, _ := strings.Cut(header, "=")
	switch strings.Trim(unit, " \t") {
	case "bytes", "Bytes", "BYTES":
	default:
		return nil, RangeIgnored
	}
	picked = make([]bool, size)
	any, members := false, 0
	for member := range strings.SplitSeq(set, ",") {
		if member = strings.Trim(member, " \t"); member == "" {
			continue
		}
		members++
		first, last, dash := strings.Cut(member, "-")
		from, okFrom := slowNumber(first)
		to, okTo := slowNumber(last)
		switch {
		case !dash, first == "" && last == "", first != "" && !okFrom, last != "" && !okTo, first != "" && last != "" &&
			to.Cmp(from) < 0:
			return nil, RangeIgnored
		}
		for i := range picked {
			in := first != "" && big.NewInt(int64(i)).Cmp(from) >= 0 && (last == "" || big.NewInt(int64(i)).Cmp(to) <= 0)
			if first == "" {
				in = big.NewInt(int64(size-i)).Cmp(to) <= 0
			}
			picked[i] = picked[i] || in
			any = any || in
		}
	}
	switch {
	case members == 0:
		return nil, RangeIgnored
	case !any:
		return nil, RangeUnsatisfiable
	}
	runs := 0
	for i := range picked {
		if picked[i] && (i == 0 || !picked[i-1]) {
			runs++
		}
	}
	if runs > MaxParts || members > 64*MaxParts {
		return nil, RangeIgnored
	}
	return picked, RangeGiven
}

func slowNumber(s string) (*big.Int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-0", "bytes=-5", "bytes=5-", "bytes=9-3", "bytes=18446744073709551616-",
		"bytes=0-9223372036854775807", "bytes=--1", "items=1-2",
		"bytes=0-1,3-4", "bytes=0-5,3-9,-1", "bytes=,1-2,,", "bytes= 1-2 ,\t4-5", "bytes =1-2", "byte\u017f=0-1",
		"bytes=1 - 2", "bytes=0-0=", "=", "bytes=0-,0-,0-",
		"bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,32-32"} {
		f.Add(seed, uint8(40))
	}
	f.Fuzz(func(t *testing.T, header string, size uint8) {
		if unit, _, ok := strings.Cut(header, "="); ok && strings.ToLower(strings.Trim(unit, " \t")) == "bytes" {
			header = "bytes" + header[len(unit):] // the model knows few ways to write it
		}
		spans, outcome := ParseRange([]string{header}, int64(size))
		picked, want := slowRange(header, int(size))
		if outcome != want {
			t.Fatalf("%q of %d bytes: outcome %d, want %d", header, size, outcome, want)
		}
		got := make([]int, size)
		for _, s := range spans {
			if s.Length <= 0 || s.Start < 0 || s.End() > int64(size) {
				t.Fatalf("%q of %d bytes: %+v", header, size, s)
			}
			for i := s.Start; i < s.End(); i++ {
				got[i]++
			}
		}
		for i, in := range picked {
			if in != (got[i] == 1) || got[i] > 1 {
				t.Fatalf("%q of %d bytes: %+v, but byte %d is in: %v", header, size, spans, i, in)
			}
		}
	})
}
