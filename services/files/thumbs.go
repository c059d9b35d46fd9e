package files

import (
	"bytes"
	"container/list"
	"image"
	_ "image/gif"
	"image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"sync"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

const (
	thumbSize = 256      // pixels, the longer side
	maxPixels = 24 << 20 // of a JPEG, which takes 1.5 bytes a pixel, or 3
	maxRaster = 8 << 20  // of the others, which take 4 or 8
	maxSlow   = 4 << 20  // of a progressive JPEG, which takes 12
	headBytes = 128 << 10
	thumbFile = 64 << 20 // bytes: a larger file is no photograph
	maxThumbs = 4 << 20  // bytes of thumbnails that are kept
)

// thumbnails keeps what was made, the most recently used.
type thumbnails struct {
	mu   sync.Mutex
	by   map[string]*list.Element
	used *list.List // of thumbnail, the latest first
	size int
}

type thumbnail struct {
	tag  string
	data []byte
}

func newThumbnails() *thumbnails {
	return &thumbnails{by: map[string]*list.Element{}, used: list.New()}
}

func (c *thumbnails) get(tag string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[tag]
	if e == nil {
		return nil
	}
	c.used.MoveToFront(e)
	return e.Value.(thumbnail).data
}

func (c *thumbnails) put(tag string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by[tag] != nil {
		return
	}
	c.by[tag] = c.used.PushFront(thumbnail{tag, data})
	for c.size += len(data); c.size > maxThumbs; {
		oldest := c.used.Back()
		gone := c.used.Remove(oldest).(thumbnail)
		delete(c.by, gone.tag)
		c.size -= len(gone.data)
	}
}

// pictured tells whether there is a thumbnail of a file with this name.
func pictured(name string) bool {
	switch ending(name) {
	case "jpg", "jpeg", "png", "gif", "webp":
		return true
	}
	return false
}

// thumb answers with a small JPEG of a picture.
func (h *handler) thumb(w http.ResponseWriter, r *request, f *os.File, info fs.FileInfo) error {
	tag := tagOfEncoding(etag(info), "thumb")
	head := w.Header()
	head.Set("ETag", tag)
	head.Set("Cache-Control", "private, no-cache")
	if check(r.Request, tag, info.ModTime()) == notModified {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	data := h.thumbs.get(tag)
	if data == nil {
		// One at a time: it is the one thing here that takes much memory.
		place, err := h.pictures.enter(r.Context(), r.client())
		if err != nil {
			return err
		}
		defer place.leave()
		if data, err = shrink(f, info.Size()); err != nil {
			return err
		}
		h.thumbs.put(tag, data)
	}
	head.Set("Content-Type", "image/jpeg")
	head.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // the client left
	}
	return nil
}

// shrink decodes a picture, if it is not too large to be, and makes it small.
func shrink(f io.ReadSeeker, size int64) ([]byte, error) {
	none := func(text string) error { return &refusal{status: http.StatusUnsupportedMediaType, text: text} }
	if size > thumbFile {
		return nil, none("The file is too large for a thumbnail.")
	}
	config, format, err := image.DecodeConfig(f)
	if err != nil {
		return nil, none("This is no picture that can be shown.")
	}
	most, head := maxRaster, jpegHead{turn: 1}
	if format == "jpeg" {
		if head, err = headOf(f); err != nil {
			return nil, err
		}
		if most = maxPixels; head.progressive {
			most = maxSlow
		}
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > most/config.Height {
		return nil, none("The picture has too many pixels for a thumbnail.")
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	picture, _, err := image.Decode(f)
	if err != nil {
		return nil, none("This picture is broken.")
	}
	width, height := thumbSize, thumbSize
	if config.Width >= config.Height {
		height = max(1, thumbSize*config.Height/config.Width)
	} else {
		width = max(1, thumbSize*config.Width/config.Height)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(small, small.Bounds(), picture, picture.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, turned(small, head.turn), &jpeg.Options{Quality: 78}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// headOf reads the head of a JPEG, from its beginning.
func headOf(f io.ReadSeeker) (jpegHead, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return jpegHead{}, err
	}
	data, err := io.ReadAll(io.LimitReader(f, headBytes))
	if err != nil {
		return jpegHead{}, err
	}
	return readJPEGHead(data), nil
}

// turned is a picture as its camera was held (Exif 2.32, Orientation).
func turned(from *image.RGBA, turn int) *image.RGBA {
	w, h := from.Rect.Dx(), from.Rect.Dy()
	// Where the pixel of the outcome at x, y comes from.
	var source func(x, y int) (int, int)
	switch turn {
	case 2:
		source = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		source = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		source = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		source = func(x, y int) (int, int) { return y, x }
	case 6:
		source = func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		source = func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		source = func(x, y int) (int, int) { return w - 1 - y, x }
	default:
		return from
	}
	outcome := image.Rect(0, 0, w, h)
	if turn >= 5 {
		outcome = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(outcome)
	for y := range outcome.Dy() {
		for x := range outcome.Dx() {
			to.SetRGBA(x, y, from.RGBAAt(source(x, y)))
		}
	}
	return to
}
