package camera

import (
	"bytes"
	"image"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

func TestSnapshotOfMaxAgeIsServedFromWhatIsThere(t *testing.T) {
	srv := serve(t, newTestHub(t, openTestPattern(settings{fps: 5}), time.Minute, false))
	first, _ := getSnapshot(t, srv.URL)
	began := time.Now()
	resp, err := http.Get(srv.URL + "/cam.jpg?max_age=60000")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if took := time.Since(began); took > 100*time.Millisecond {
		t.Errorf("it took %v, as if it had waited for the next picture", took)
	}
	if got, want := resp.Header.Get("X-Sequence"), first.Header.Get("X-Sequence"); got != want {
		t.Errorf("frame %s, the newest that anybody took was %s", got, want)
	}
	if age, err := strconv.ParseFloat(resp.Header.Get("X-Frame-Age-Ms"), 64); err != nil || age <= 0 || age > 5000 {
		t.Errorf("X-Frame-Age-Ms: %v, %v", age, err)
	}
}

func TestSnapshotIsRecompressedToTheQualityAskedFor(t *testing.T) {
	srv := serve(t, newTestHub(t, openTestPattern(settings{fps: 30, width: 640, height: 480}), time.Minute, false))
	_, whole := getSnapshot(t, srv.URL)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			resp, err := http.Get(srv.URL + "/cam.jpg?quality=5")
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			small, err := io.ReadAll(resp.Body)
			if err != nil || len(small) > len(whole)*2/3 {
				t.Errorf("%d bytes (%v), at the service's quality %d", len(small), err, len(whole))
				return
			}
			img := decode(t, small)
			if got := resp.Header.Get("X-Sequence"); img.Bounds().Size() != image.Pt(640, 480) || got != strconv.FormatUint(readBarcode(img), 10) {
				t.Errorf("%v, frame %d instead of %s", img.Bounds(), readBarcode(img), got)
			}
		})
	}
	all.Wait()
}

func TestGreyPicturesAreRecompressedToo(t *testing.T) {
	file, err := recompress(testJPEG(t, 5), 50)
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, file).Bounds().Size(); got != image.Pt(21, 16) {
		t.Errorf("got %v", got)
	}
	if _, err := recompress(bytes.Repeat([]byte{0xFF}, 10), 50); err == nil {
		t.Error("what is no picture was recompressed")
	}
}
