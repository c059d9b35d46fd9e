package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ammarctl/ammarctl/internal/browsertest"
)

func visitShare(b *browsertest.Browser, url string) {
	b.Visit(url, "!!document.getElementById('filter')")
}

const names = "[...document.querySelectorAll('tbody tr:not([hidden]) a.entry')].map(a => a.textContent).join(' ')"

func TestABrowserListsSortsAndFilters(t *testing.T) {
	b := browsertest.Open(t)
	s := share(t)
	s.random("b.bin", 10)
	s.random("a.bin", 30)
	s.random("c.txt", 20)
	visitShare(b, s.url(""))
	b.Eventually(names, "a.bin b.bin c.txt")
	visitShare(b, s.url("?sort=size&order=desc"))
	b.Eventually(names, "a.bin c.txt b.bin")
	b.Eval("const f = document.getElementById('filter'); f.value = 'C'; f.dispatchEvent(new Event('input'))")
	b.Eventually(names, "c.txt")
}

func TestABrowsersUploadIsResumedAfterTheServerWasKilled(t *testing.T) {
	b := browsertest.Open(t)
	s := share(t)
	source := filepath.Join(t.TempDir(), "film.bin")
	data := make([]byte, 48<<20)
	for i := range data {
		data[i] = byte(i >> 8)
	}
	if err := os.WriteFile(source, data, 0o644); err != nil {
		t.Fatal(err)
	}
	visitShare(b, s.url(""))
	// The page's own request is cut in the middle, as a slow network would be.
	b.Call("Network.enable", nil, nil)
	b.Call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1,
		"uploadThroughput": 8 << 20}, nil)
	b.Choose("files", source)
	b.Eventually("Number(document.querySelector('#uploads progress')?.value) > 0.1", "true")
	s.restart()
	b.Call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1,
		"uploadThroughput": -1}, nil)
	b.Eventually(names, "film.bin")
	same(t, filepath.Join(s.root, "film.bin"), data)
}
