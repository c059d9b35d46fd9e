package humanize

import (
	"strings"
	"testing"

	"rsc.io/qr"
)

// Both drawings, read back module by module, are the code with its margin.
func TestADrawnCodeIsTheCode(t *testing.T) {
	code, err := qr.Encode("http://192.168.1.17:8080/", qr.L)
	if err != nil {
		t.Fatal(err)
	}
	size := code.Size + 2*quiet
	t.Run("half blocks", func(t *testing.T) {
		light := map[rune][2]bool{'█': {true, true}, '▀': {true, false}, '▄': {false, true}, ' ': {}}
		lines := halfBlocks(code)
		if len(lines) != (size+1)/2 {
			t.Fatalf("%d lines for %d modules", len(lines), size)
		}
		for n, line := range lines {
			if len([]rune(line)) != size {
				t.Fatalf("line %d has %d characters, want %d", n, len([]rune(line)), size)
			}
			for x, r := range []rune(line) {
				for half, got := range light[r] {
					y := 2*n + half
					if want := !code.Black(x-quiet, y-quiet); got != want {
						t.Fatalf("module %d,%d is light: %t, want %t", x, y, got, want)
					}
				}
			}
		}
	})
	t.Run("hashes", func(t *testing.T) {
		lines := hashes(code)
		if len(lines) != size {
			t.Fatalf("%d lines for %d modules", len(lines), size)
		}
		for y, line := range lines {
			for x := range size {
				want := "##"
				if code.Black(x-quiet, y-quiet) {
					want = "  "
				}
				if got := line[2*x : 2*x+2]; got != want {
					t.Fatalf("module %d,%d is %q, want %q", x, y, got, want)
				}
			}
		}
		if strings.Trim(lines[0], "#") != "" {
			t.Errorf("the margin is %q", lines[0])
		}
	})
}
