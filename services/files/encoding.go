package files

import (
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ammarctl/ammarctl/services/files/access"
)

// Text between these sizes is compressed on the fly: below it is not worth it,
// above a core would be held for too long.
const (
	worthPacking = 4 << 10
	maxPacking   = 32 << 20
)

// variant is a file in one of its encodings.
type variant struct {
	f        *os.File
	info     fs.FileInfo
	tag      string
	encoding string // Content-Encoding; empty: as it is
	pack     bool   // to be encoded on the way
	siblings bool   // there are encodings beside it
}

// coding is a content coding, the ending of files that have it, and whether
// this service makes it itself.
type coding struct {
	name, ending string
	packs        bool
}

// codings are those that are sent, the best first.
func codings() []coding {
	return []coding{{"zstd", ".zst", true}, {"br", ".br", false}, {"gzip", ".gz", true}}
}

// varies tells whether a file of this type is sent in different encodings.
func varies(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return isText(kind) || kind == "application/wasm"
}

// negotiate picks the encoding (RFC 9110 section 12.5.3): a file beside it
// with the ending .zst, .br or .gz that is not older, else one made on the way.
func (h *handler) negotiate(r *request, v variant, name string) (variant, error) {
	accepted := accepts(r.Header["Accept-Encoding"])
	for _, e := range codings() {
		if h.only != "" || !h.may(r, access.Read, name+e.ending) {
			continue // it is a file of its own
		}
		f, info, err := h.open(name + e.ending)
		if err != nil {
			continue
		}
		if !info.Mode().IsRegular() || info.ModTime().Before(v.info.ModTime()) {
			f.Close()
			continue
		}
		v.siblings = true
		if !accepted(e.name) {
			f.Close()
			continue
		}
		return variant{f: f, info: info, tag: tagOfEncoding(etag(info), e.name), encoding: e.name, siblings: true}, nil
	}
	// A part of what is made on the way could not be resumed.
	if size := v.info.Size(); size < worthPacking || size > maxPacking || r.Header.Get("Range") != "" {
		return v, nil
	}
	for _, coding := range []string{"zstd", "gzip"} {
		if accepted(coding) {
			v.encoding, v.pack, v.tag = coding, true, tagOfEncoding(v.tag, coding)
			return v, nil
		}
	}
	return v, nil
}

// tagOfEncoding makes a tag for the bytes of this encoding.
func tagOfEncoding(tag, coding string) string {
	return strings.TrimSuffix(tag, `"`) + "-" + coding + `"`
}

// accepts reads Accept-Encoding. What is not named is not accepted, except by *.
func accepts(headers []string) func(coding string) bool {
	weights := map[string]bool{}
	for _, header := range headers {
		for item := range strings.SplitSeq(header, ",") {
			coding, params, _ := strings.Cut(item, ";")
			wanted := true
			if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
				weight, err := strconv.ParseFloat(q, 64)
				wanted = err == nil && weight > 0
			}
			weights[strings.ToLower(strings.TrimSpace(coding))] = wanted
		}
	}
	return func(coding string) bool {
		wanted, named := weights[coding]
		return wanted || !named && weights["*"]
	}
}

// packed sends a file through an encoder.
func (h *handler) packed(w http.ResponseWriter, r *request, v variant, name string) error {
	w.Header().Del("Accept-Ranges")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	key := h.fetched.key(r, name, v.tag)
	if err := h.fetched.begin(r, key); err != nil {
		return err
	}
	enc, err := encoder(w, v.encoding)
	if err != nil {
		return err
	}
	t, err := h.transfers.begin(w, r, directionDown, name, v.info.Size())
	if err != nil {
		return err
	}
	defer t.end()
	w.WriteHeader(http.StatusOK)
	err = h.send(struct{ io.Writer }{enc}, v.f, v.info.Size(), r.client(), t)
	if closing := enc.Close(); err != nil || closing != nil {
		panic(http.ErrAbortHandler) // the client left, or has to notice
	}
	h.fetched.sent(key, name, v.info.Size(), span{0, v.info.Size()})
	return nil
}

func encoder(w io.Writer, coding string) (io.WriteCloser, error) {
	if coding == "gzip" {
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	}
	return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
}
