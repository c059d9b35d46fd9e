package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/internal/browsertest"
)

func TestABrowserUploadsAFolderWithItsProgress(t *testing.T) {
	b := browsertest.Open(t)
	s := share(t)
	folder := filepath.Join(t.TempDir(), "Holiday ü")
	want := map[string][]byte{}
	for i := range 12 {
		name := fmt.Sprintf("day %d/picture %d.bin", i%3, i)
		want[name] = bytes.Repeat([]byte{byte(i)}, 100000*(i+1))
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want[name], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	visitShare(b, s.url(""))
	// Slow enough that there is a progress to be seen.
	b.Call("Network.enable", nil, nil)
	b.Call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1,
		"uploadThroughput": 1 << 20}, nil)
	b.Choose("folder", folder)
	b.Eventually("document.querySelectorAll('#uploads .upload').length", "12")
	b.Eventually("[...document.querySelectorAll('#uploads progress')].some(p => p.value > 0 && p.value < 1)", "true")
	b.Call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1,
		"uploadThroughput": -1}, nil)
	b.Eventually(names, "Holiday ü/") // the page shows itself anew when all is there
	for name, data := range want {
		same(t, filepath.Join(s.root, "Holiday ü", name), data)
	}
}

func TestABrowserSortsByItsHeadings(t *testing.T) {
	b := browsertest.Open(t)
	s := share(t)
	s.random("b.bin", 10)
	s.random("a.bin", 30)
	s.random("c.bin", 20)
	visitShare(b, s.url(""))
	click := func(column, want string) {
		t.Helper()
		b.Eval("document.querySelector('th." + column + " a').click()")
		b.Eventually(names, want)
	}
	click("size", "b.bin c.bin a.bin")
	click("size", "a.bin c.bin b.bin")
	b.Eventually("document.querySelector('th.size').getAttribute('aria-sort')", "descending")
	click("name", "a.bin b.bin c.bin")
	click("name", "c.bin b.bin a.bin")
}

func TestABrowserPreviewsWhatItCanShow(t *testing.T) {
	b := browsertest.Open(t)
	s := share(t)
	clip, err := os.ReadFile("testdata/media/clip.webm")
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"notes.txt": []byte("one\n<script>document.title = 'run'</script>\n"),
		"read me.md": []byte("# Title\n\n**bold** <script>document.title = 'run'</script> " +
			"[x](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
		"picture.png": picture.Bytes(), "clip.webm": clip, "tone.wav": tone(8000),
		"page.html": []byte("<script>document.title = 'run'</script><p id=p>text</p>"),
		"evil.svg":  []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>document.documentElement.setAttribute('ran', '1')</script></svg>`),
	} {
		if err := os.WriteFile(filepath.Join(s.root, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	show := func(target, expression, want string) {
		t.Helper()
		b.Call("Page.navigate", map[string]any{"url": s.url(target)}, nil)
		b.Eventually("document.readyState + ' ' + location.pathname.endsWith('/"+strings.TrimSuffix(target, "?view")+
			"') + ' ' + ("+expression+")", "complete true "+want)
	}
	show("notes.txt?view", "document.querySelector('pre').textContent.includes('<script>') + ' ' + document.title",
		"true notes.txt")
	show("read%20me.md?view", "[document.querySelector('article h1').textContent, "+
		"document.querySelectorAll('article strong, article td').length, document.querySelectorAll('article "+
		"script').length, document.title].join()", "Title,3,0,read me.md")
	show("picture.png?view", "document.querySelector('main img').naturalWidth", "60")
	show("clip.webm?view", "document.querySelector('video').videoWidth + ' ' + "+
		"(document.querySelector('video').duration > 0.5)", "64 true")
	show("tone.wav?view", "document.querySelector('audio').duration", "1")
	// What somebody uploaded runs nothing, not even by its own address.
	show("page.html", "document.getElementById('p').textContent + document.title", "text")
	show("evil.svg", "document.documentElement.hasAttribute('ran')", "false")
	// The listing has a thumbnail of the picture, and leads to the previews.
	visitShare(b, s.url(""))
	b.Eventually("document.querySelector('.thumb')?.naturalWidth > 0", "true")
	b.Eval("[...document.querySelectorAll('.act a')].find(a => a.href.includes('notes.txt')).click()")
	b.Eventually("document.title", "notes.txt")
}

// tone is a second of sound in the format WAV.
func tone(rate uint32) []byte {
	data := make([]byte, rate)
	for i := range data {
		data[i] = byte(128 + 100*(i/10%2))
	}
	head := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+rate)...)
	head = append(head, "WAVEfmt "...)
	head = binary.LittleEndian.AppendUint32(head, 16)
	head = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(head, 1), 1)
	head = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(head, rate), rate)
	head = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(head, 1), 8)
	head = binary.LittleEndian.AppendUint32(append(head, "data"...), rate)
	return append(head, data...)
}

// On a phone nothing is wider than the phone, whatever the names; and the page
// is dark where the person wants that.
func TestAListingFitsAPhoneAndIsDarkWhereThatIsWanted(t *testing.T) {
	b := browsertest.Open(t)
	s := share(t)
	for _, name := range []string{"a.txt", strings.Repeat("verylongname", 15) + ".bin",
		strings.Repeat("words and ", 20) + ".mp4", "ünï 日本語の長い名前のファイル.jpg"} {
		if err := os.WriteFile(filepath.Join(s.root, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 360, "height": 740, "deviceScaleFactor": 1,
		"mobile": true}, nil)
	for _, target := range []string{"", "?sort=size&order=desc", "?q=nothing", "a.txt?view"} {
		b.Visit(s.url(target), "true")
		b.Eventually("document.documentElement.scrollWidth <= 360", "true")
	}
	visitShare(b, s.url(""))
	b.Eventually("getComputedStyle(document.body).backgroundColor", "rgb(246, 247, 249)")
	b.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme",
		"value": "dark"}}}, nil)
	b.Eventually("getComputedStyle(document.body).backgroundColor", "rgb(16, 18, 23)")
	if path := os.Getenv("FILES_PICTURE"); path != "" {
		b.Screenshot(path)
	}
}
