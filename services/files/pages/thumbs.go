package pages

import (
	"bytes"
	"image"
	_ "image/gif"
	"image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"github.com/ammarctl/ammarctl/services/files/mediatype"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
	"github.com/ammarctl/ammarctl/services/files/transfer"
)

const (
	thumbSize     = 256      // pixels, the longer side
	maxJPEGPixels = 24 << 20 // a JPEG takes 1.5 or 3 bytes per pixel
	maxPixels     = 8 << 20  // the other formats take 4 or 8 bytes per pixel
	maxSlowPixels = 4 << 20  // a progressive JPEG takes 12 bytes per pixel
	headBytes     = 128 << 10
	maxImageFile  = 64 << 20 // bytes: a larger file is not a photograph
)

// Thumbnails answers with small JPEGs of images. It is safe for concurrent use.
type Thumbnails struct {
	cache *thumbCache
	slots *transfer.Slots // one: nothing else here takes so much memory
}

// NewThumbnails returns an empty set of thumbnails.
func NewThumbnails(limits *transfer.Limits) *Thumbnails {
	return &Thumbnails{cache: newThumbCache(), slots: transfer.NewSlots(1, 1, limits)}
}

// hasThumbnail reports whether images of this name's type have thumbnails.
func hasThumbnail(name string) bool {
	switch mediatype.Ending(name) {
	case "jpg", "jpeg", "png", "gif", "webp":
		return true
	}
	return false
}

// Serve answers with a small JPEG of an image.
func (c *Thumbnails) Serve(w http.ResponseWriter, r *request.Request, f *os.File, info fs.FileInfo) error {
	tag := semantics.TagOfEncoding(store.ETag(info), "thumb")
	head := w.Header()
	head.Set("ETag", tag)
	head.Set("Cache-Control", "private, no-cache")
	if semantics.Check(r.Request, tag, info.ModTime()) == semantics.NotModified {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	data := c.cache.get(tag)
	if data == nil {
		slot, err := c.slots.Enter(r.Context(), r.Client())
		if err != nil {
			return err
		}
		defer slot.Leave()
		if data, err = shrink(f, info.Size()); err != nil {
			return err
		}
		c.cache.put(tag, data)
	}
	head.Set("Content-Type", "image/jpeg")
	head.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // fails only if the client left
	}
	return nil
}

// shrink decodes an image and scales it down. It refuses images that would take
// too much memory.
func shrink(f io.ReadSeeker, size int64) ([]byte, error) {
	refuse := func(text string) error { return semantics.Refuse(http.StatusUnsupportedMediaType, text) }
	if size > maxImageFile {
		return nil, refuse("The file is too large for a thumbnail.")
	}
	config, format, err := image.DecodeConfig(f)
	if err != nil {
		return nil, refuse("This is no picture that can be shown.")
	}
	limit, head := maxPixels, jpegHead{orientation: 1}
	if format == "jpeg" {
		if head, err = jpegHeadOf(f); err != nil {
			return nil, err
		}
		if limit = maxJPEGPixels; head.progressive {
			limit = maxSlowPixels
		}
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > limit/config.Height {
		return nil, refuse("The picture has too many pixels for a thumbnail.")
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	full, _, err := image.Decode(f)
	if err != nil {
		return nil, refuse("This picture is broken.")
	}
	width, height := thumbSize, thumbSize
	if config.Width >= config.Height {
		height = max(1, thumbSize*config.Height/config.Width)
	} else {
		width = max(1, thumbSize*config.Width/config.Height)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(small, small.Bounds(), full, full.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, upright(small, head.orientation), &jpeg.Options{Quality: 78}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// jpegHeadOf reads the head of a JPEG from the beginning of the file.
func jpegHeadOf(f io.ReadSeeker) (jpegHead, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return jpegHead{}, err
	}
	data, err := io.ReadAll(io.LimitReader(f, headBytes))
	if err != nil {
		return jpegHead{}, err
	}
	return readJPEGHead(data), nil
}

// upright rotates and mirrors an image by its orientation (Exif 2.32).
func upright(from *image.RGBA, orientation int) *image.RGBA {
	w, h := from.Rect.Dx(), from.Rect.Dy()
	// source returns the origin of the pixel at x, y of the result.
	var source func(x, y int) (int, int)
	switch orientation {
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
	bounds := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		bounds = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(bounds)
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			to.SetRGBA(x, y, from.RGBAAt(source(x, y)))
		}
	}
	return to
}
