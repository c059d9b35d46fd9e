package files

import (
	"archive/tar"
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestArchivesHoldWhatCanBeRead(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "a", "dir/b.bin": "bb", "dir/.hidden": secret, ".git/config": secret,
		`dir/..\up`: "c"})
	_ = os.Symlink("../secret.txt", filepath.Join(root, "out"))
	_ = os.Symlink(".", filepath.Join(root, "circle"))
	s := newShare(t, root)
	_, body := s.get("/?zip")
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, f := range z.File {
		got[f.Name] = true
	}
	_, body = s.get("/?tar")
	dec, err := zstd.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	inTar := map[string]bool{}
	for r := tar.NewReader(dec); ; {
		head, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		inTar[head.Name] = true
	}
	for _, list := range []map[string]bool{got, inTar} {
		if !list["share/a.txt"] || !list["share/dir/"] || !list["share/dir/b.bin"] || len(list) != 3 {
			t.Errorf("%v", list)
		}
	}
}

func TestAShareEndsWhenEverythingWasFetched(t *testing.T) {
	root := tree(t, map[string]string{"a.bin": strings.Repeat("x", 1000), "dir/b.bin": "b"})
	ended := 0
	s := newShareWith(t, root, options{done: func() { ended++ }})
	s.get("/")
	s.get("/a.bin", "Range", "bytes=500-999")
	s.ask("HEAD", "/a.bin")
	s.get("/dir/b.bin")
	s.get("/a.bin", "Range", "bytes=0-400")
	if ended != 0 {
		t.Error("it ended though bytes are missing")
	}
	s.get("/a.bin", "Range", "bytes=300-600")
	if ended != 1 {
		t.Errorf("it ended %d times", ended)
	}
}
