package download

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ammarctl/ammarctl/services/files/access"
	"github.com/ammarctl/ammarctl/services/files/mediatype"
	"github.com/ammarctl/ammarctl/services/files/request"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// Text between these sizes is compressed while it is sent. Below, it is not
// worth it; above, it would hold a core for too long.
const (
	minPacked = 4 << 10
	maxPacked = 32 << 20
)

// variant is a file in one of its encodings.
type variant struct {
	f        *os.File
	info     fs.FileInfo
	name     string // of the file without encoding, below the root
	kind     string // Content-Type
	tag      string
	encoding string // Content-Encoding; empty: none
	pack     bool   // encode it while sending
	siblings bool   // there are prepared encodings
}

// coding is a content coding, the ending of prepared files, and whether this
// service can encode it.
type coding struct {
	name, ending string
	packs        bool
}

// allCodings lists the codings that are sent, the best first.
func allCodings() []coding {
	return []coding{{"zstd", ".zst", true}, {"br", ".br", false}, {"gzip", ".gz", true}}
}

// varies reports whether a file of this type is sent in different encodings.
func varies(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return mediatype.IsText(kind) || kind == "application/wasm"
}

// codings chooses encodings. A prepared encoding is a sibling file with the
// ending .zst, .br or .gz that is not older than the file.
type codings struct {
	store *store.Store
	only  string
}

// negotiate chooses the encoding (RFC 9110 section 12.5.3): a prepared one, else
// one made while sending.
func (c codings) negotiate(r *request.Request, v variant) (variant, error) {
	accepted := semantics.Accepts(r.Header["Accept-Encoding"])
	for _, coding := range allCodings() {
		path := v.name + coding.ending
		if c.only != "" || !r.Allowed(access.Read, path) {
			continue // the sibling has permissions of its own
		}
		f, info, err := c.store.OpenPlain(path)
		if err != nil {
			continue
		}
		if !info.Mode().IsRegular() || info.ModTime().Before(v.info.ModTime()) {
			f.Close()
			continue
		}
		v.siblings = true
		if !accepted(coding.name) {
			f.Close()
			continue
		}
		out := v
		out.f, out.info, out.encoding = f, info, coding.name
		out.tag = semantics.TagOfEncoding(store.ETag(info), coding.name)
		return out, nil
	}
	// A download of something encoded while sending could not be resumed.
	if size := v.info.Size(); size < minPacked || size > maxPacked || r.Header.Get("Range") != "" {
		return v, nil
	}
	for _, coding := range []string{"zstd", "gzip"} {
		if accepted(coding) {
			v.encoding, v.pack, v.tag = coding, true, semantics.TagOfEncoding(v.tag, coding)
			return v, nil
		}
	}
	return v, nil
}

func encoder(w io.Writer, coding string) (io.WriteCloser, error) {
	if coding == "gzip" {
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	}
	return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
}

// pack compresses a text in memory.
func pack(body []byte, coding string) ([]byte, error) {
	var out bytes.Buffer
	enc, err := encoder(&out, coding)
	if err != nil {
		return nil, err
	}
	if _, err := enc.Write(body); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
