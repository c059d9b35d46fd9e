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
	resp, err := http.Get(srv.URL + "/cam.jpg?max_age=3600000")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got, want := resp.Header.Get("X-Sequence"), first.Header.Get("X-Sequence"); got != want {
		t.Errorf("frame %s, the newest that anybody took was %s", got, want)
	}
	if age, err := strconv.ParseFloat(resp.Header.Get("X-Frame-Age-Ms"), 64); err != nil || age <= 0 || age > 3600000 {
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

func TestQualityThatThePictureHasIsServedAsItIs(t *testing.T) {
	srv := serve(t, newTestHub(t, openTestPattern(settings{fps: 30}), time.Minute, false))
	_, whole := getSnapshot(t, srv.URL)
	resp, err := http.Get(srv.URL + "/cam.jpg?quality=80&max_age=3600000")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if same, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(same, whole) {
		t.Errorf("%d bytes, not the %d of the picture, which has this quality (%v)", len(same), len(whole), err)
	}
}

func TestOneQualityOfOneFrameIsMadeOnce(t *testing.T) {
	f := (&framePool{}).get()
	f.data = append(f.data, testJPEG(t, 5)...)
	first, err := f.inQuality(30)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.inQuality(30)
	if err != nil || &again[0] != &first[0] {
		t.Errorf("the same work was done twice (%v)", err)
	}
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
