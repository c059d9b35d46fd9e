package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// markEvery is the distance of the numbers in a sparse file, so that no part of
// it can stand for another.
const markEvery = 1 << 20

// sparse makes a file of so many bytes that takes little of the disk.
func sparse(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < size; at += markEvery {
		if _, err := f.WriteAt(binary.BigEndian.AppendUint64([]byte("mark"), uint64(at)), at); err != nil {
			t.Fatal(err)
		}
	}
}

// sumOf is the SHA-256 of a part of a file.
func sumOf(t *testing.T, path string, from, length int64) [32]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return sumRead(t, io.NewSectionReader(f, from, length))
}

func sumRead(t *testing.T, r io.Reader) (sum [32]byte) {
	hash := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{hash}, r, make([]byte, 1<<20)); err != nil {
		t.Error(err)
	}
	copy(sum[:], hash.Sum(nil))
	return sum
}

// A file of 4 GiB is uploaded, another downloaded in 16 parts, and a folder of
// 4 GiB zipped, all at once: each end is right, and the service never has more
// than 32 MiB of memory.
func TestThreeGreatTransfersAtOnceTakeLittleMemory(t *testing.T) {
	if os.Getenv("FILES_LONG") == "" {
		t.Skip("takes minutes and 12 GB of disk; make files-load")
	}
	size := int64(4 << 30)
	if text := os.Getenv("FILES_BYTES"); text != "" {
		var err error
		if size, err = strconv.ParseInt(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	s := share(t)
	dir := t.TempDir()
	source, down := filepath.Join(dir, "up.bin"), filepath.Join(s.root, "down.bin")
	sparse(t, source, size)
	sparse(t, down, size)
	for i := range 4 {
		sparse(t, filepath.Join(s.root, "folder", fmt.Sprintf("part %d.bin", i)), size/4)
	}
	client := &http.Client{Timeout: 15 * time.Minute}
	var group sync.WaitGroup
	began := time.Now()
	done := func(what string) { t.Logf("%s after %s", what, time.Since(began).Round(time.Second)) }

	group.Go(func() {
		defer done("uploaded")
		f, err := os.Open(source)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		req, err := http.NewRequest("PUT", s.url("up.bin"), f)
		if err != nil {
			t.Error(err)
			return
		}
		req.ContentLength = size
		resp, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			t.Errorf("the upload: %s", resp.Status)
		}
	})
	const parts = 16
	for i := range int64(parts) {
		group.Go(func() {
			from, length := i*(size/parts), size/parts
			req, err := http.NewRequest("GET", s.url("down.bin"), nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+length-1))
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			got := sumRead(t, resp.Body)
			if resp.StatusCode != http.StatusPartialContent || resp.ContentLength != length ||
				got != sumOf(t, down, from, length) {
				t.Errorf("part %d: %s, %d bytes, another sum", i, resp.Status, resp.ContentLength)
			}
			if i == parts-1 {
				done("the last part downloaded")
			}
		})
	}
	archive := filepath.Join(dir, "folder.zip")
	group.Go(func() {
		defer done("zipped")
		resp, err := client.Get(s.url("folder/?zip"))
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		f, err := os.Create(archive)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		if _, err := io.Copy(f, resp.Body); err != nil {
			t.Error(err)
		}
	})
	group.Wait()
	peak := peakMemory(t, s.cmd.Process.Pid)
	t.Logf("%d MiB at most in memory", peak>>20)
	if peak > 32<<20 {
		t.Errorf("it had %d KiB in memory, and 32 MiB are allowed", peak>>10)
	}
	if sumOf(t, source, 0, size) != sumOf(t, filepath.Join(s.root, "up.bin"), 0, size) {
		t.Error("what was uploaded is not what was sent")
	}
	checkZip(t, archive, filepath.Join(s.root, "folder"))
}

// checkZip compares what is in an archive with a folder.
func checkZip(t *testing.T, archive, folder string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	list, err := os.ReadDir(folder)
	if err != nil || len(z.File) != len(list) {
		t.Errorf("%d entries for %d files: %v", len(z.File), len(list), err)
	}
	for _, entry := range z.File {
		f, err := os.Open(filepath.Join(folder, filepath.Base(entry.Name)))
		if err != nil {
			t.Error(err)
			continue
		}
		hash := crc32.NewIEEE()
		n, err := io.Copy(hash, f)
		f.Close()
		if err != nil || uint64(n) != entry.UncompressedSize64 || hash.Sum32() != entry.CRC32 {
			t.Errorf("%s: %d bytes, want %d: %v", entry.Name, entry.UncompressedSize64, n, err)
		}
		r, err := entry.Open()
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := io.Copy(io.Discard, r); err != nil { // which compares the sum
			t.Errorf("%s: %v", entry.Name, err)
		}
		r.Close()
	}
}

// peakMemory is the most that a process has had in memory, in bytes (VmHWM of
// proc_pid_status(5)).
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if fields := strings.Fields(string(line)); len(fields) == 3 && fields[0] == "VmHWM:" {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("the system does not tell how much memory it had")
	return 0
}
