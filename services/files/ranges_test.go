package files

import (
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
	"testing"
)

func TestSeveralPartsComeAsMultipart(t *testing.T) {
	const text = "0123456789abcdefghij"
	s := newShare(t, tree(t, map[string]string{"a.bin": text}))
	resp := s.ask("GET", "/a.bin", "Range", "bytes=15-16,0-1,1-3,8-8,-2")
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || resp.StatusCode != 206 || kind != "multipart/byteranges" {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	data, _ := io.ReadAll(resp.Body)
	if resp.Header.Get("Content-Length") != strconv.Itoa(len(data)) {
		t.Errorf("Content-Length %s for %d bytes", resp.Header.Get("Content-Length"), len(data))
	}
	want := [][2]string{{"bytes 15-16/20", "fg"}, {"bytes 0-3/20", "0123"}, {"bytes 8-8/20", "8"}, {"bytes 18-19/20", "ij"}}
	form := multipart.NewReader(strings.NewReader(string(data)), params["boundary"])
	for _, w := range want {
		part, err := form.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(part)
		if part.Header.Get("Content-Range") != w[0] || string(body) != w[1] {
			t.Errorf("%s %q, want %v", part.Header.Get("Content-Range"), body, w)
		}
	}
	if _, err := form.NextPart(); err != io.EOF {
		t.Errorf("after the last part: %v", err)
	}
}

func TestTooManyPartsAreTheWholeFile(t *testing.T) {
	text := strings.Repeat("x", 4000)
	s := newShare(t, tree(t, map[string]string{"a.bin": text}))
	for n, want := range map[int]int{2: 206, maxParts: 206, maxParts + 1: 200, 1300: 200} {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf("%d-%d", 3*i, 3*i))
		}
		if status, _ := s.get("/a.bin", "Range", "bytes="+strings.Join(parts, ",")); status != want {
			t.Errorf("%d parts: %d, want %d", n, status, want)
		}
	}
}

// slowRange reads a Range as a person would: byte by byte of the file, with
// numbers too large to matter.
func slowRange(header string, size int) (picked []bool, outcome rangeOutcome) {
	unit, set, _ := strings.Cut(header, "=")
	switch strings.Trim(unit, " \t") {
	case "bytes", "Bytes", "BYTES":
	default:
		return nil, rangeIgnored
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
		case !dash, first == "" && last == "", first != "" && !okFrom, last != "" && !okTo, first != "" && last != "" && to.Cmp(from) < 0:
			return nil, rangeIgnored
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
		return nil, rangeIgnored
	case !any:
		return nil, rangeUnsatisfiable
	}
	runs := 0
	for i := range picked {
		if picked[i] && (i == 0 || !picked[i-1]) {
			runs++
		}
	}
	if runs > maxParts || members > 64*maxParts {
		return nil, rangeIgnored
	}
	return picked, rangeGiven
}

func slowNumber(s string) (*big.Int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-0", "bytes=-5", "bytes=5-", "bytes=9-3", "bytes=18446744073709551616-", "bytes=0-9223372036854775807", "bytes=--1", "items=1-2",
		"bytes=0-1,3-4", "bytes=0-5,3-9,-1", "bytes=,1-2,,", "bytes= 1-2 ,\t4-5", "bytes =1-2", "byte\u017f=0-1", "bytes=1 - 2", "bytes=0-0=", "=", "bytes=0-,0-,0-", "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,32-32"} {
		f.Add(seed, uint8(40))
	}
	f.Fuzz(func(t *testing.T, header string, size uint8) {
		if unit, _, ok := strings.Cut(header, "="); ok && strings.ToLower(strings.Trim(unit, " \t")) == "bytes" {
			header = "bytes" + header[len(unit):] // the model knows few ways to write it
		}
		spans, outcome := parseRange([]string{header}, int64(size))
		picked, want := slowRange(header, int(size))
		if outcome != want {
			t.Fatalf("%q of %d bytes: outcome %d, want %d", header, size, outcome, want)
		}
		got := make([]int, size)
		for _, s := range spans {
			if s.length <= 0 || s.start < 0 || s.end() > int64(size) {
				t.Fatalf("%q of %d bytes: %+v", header, size, s)
			}
			for i := s.start; i < s.end(); i++ {
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
