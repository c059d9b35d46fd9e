package camera

import (
	"bytes"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
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
			if got := resp.Header.Get("X-Sequence"); img.Bounds().Size() != image.Pt(640, 480) ||
				got != strconv.FormatUint(readBarcode(img), 10) {
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

func TestAReusedFrameShowsItsOwnPictureInEveryQuality(t *testing.T) {
	pool := &framePool{}
	for _, size := range []image.Point{{64, 48}, {64, 48}, {32, 48}} {
		f := pool.get()
		var file bytes.Buffer
		p := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
		for i := range p.Y {
			p.Y[i] = byte(len(pool.free)*50 + size.X)
		}
		if err := stdjpeg.Encode(&file, p, nil); err != nil {
			t.Fatal(err)
		}
		f.data = append(f.data, file.Bytes()...)
		for _, quality := range []int{30, 60} {
			data, err := f.inQuality(quality)
			if err != nil {
				t.Fatal(err)
			}
			want, err := stdjpeg.Decode(bytes.NewReader(file.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			got := decode(t, data)
			if got.Bounds() != want.Bounds() {
				t.Fatalf("%v instead of %v", got.Bounds(), want.Bounds())
			}
			g, w := color.GrayModel.Convert(got.At(9, 9)).(color.Gray).Y, color.GrayModel.Convert(want.At(9, 9)).(color.Gray).Y
			if abs(int(g)-int(w)) > 12 {
				t.Errorf("quality %d: brightness %d instead of %d", quality, g, w)
			}
		}
		f.release()
	}
}

func TestGreyPicturesAreRecompressedToo(t *testing.T) {
	f := (&framePool{}).get()
	f.data = append(f.data, testJPEG(t, 5)...)
	file, err := f.inQuality(50)
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, file).Bounds().Size(); got != image.Pt(21, 16) {
		t.Errorf("got %v", got)
	}
	broken := (&framePool{}).get()
	broken.data = bytes.Repeat([]byte{0xFF}, 10)
	if _, err := broken.inQuality(50); err == nil {
		t.Error("what is no picture was recompressed")
	}
}
