package files

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"unicode/utf8"
)

// sniffed is how much of a file is looked at.
const sniffed = 512

// contentType is by the name's ending, from a table of our own: the machine's
// would answer differently on each. A file without a known ending is looked
// into. Text is said to be UTF-8 when its beginning is.
func contentType(name string, f *os.File) (string, error) {
	kind := typeByEnding(strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")))
	if kind != "" && !isText(kind) {
		return kind, nil
	}
	buf := make([]byte, sniffed)
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	buf = buf[:n]
	if kind == "" {
		if n == 0 {
			return "application/octet-stream", nil
		}
		kind, _, _ = strings.Cut(http.DetectContentType(buf), ";")
	}
	if isText(kind) && looksUTF8(buf) {
		kind += "; charset=utf-8"
	}
	return kind, nil
}

func isText(kind string) bool {
	return strings.HasPrefix(kind, "text/") || kind == "application/json" || kind == "image/svg+xml" || kind == "application/xml"
}

// looksUTF8 allows for a letter that the end of a full sample cuts.
func looksUTF8(sample []byte) bool {
	if bytes.IndexByte(sample, 0) >= 0 {
		return false
	}
	whole := len(sample) < sniffed
	for len(sample) > 0 {
		r, size := utf8.DecodeRune(sample)
		if r == utf8.RuneError && size == 1 {
			return !whole && !utf8.FullRune(sample)
		}
		sample = sample[size:]
	}
	return true
}

// typeByEnding is empty for an ending that is not in the table.
func typeByEnding(ending string) string {
	switch ending {
	case "html", "htm", "xhtml":
		return "text/html"
	case "css":
		return "text/css"
	case "js", "mjs":
		return "text/javascript"
	case "txt", "text", "log", "ini", "conf", "cfg", "toml", "yaml", "yml", "sh", "py", "go", "c", "h", "cpp", "rs", "java", "diff", "patch", "srt":
		return "text/plain"
	case "md", "markdown":
		return "text/markdown"
	case "csv":
		return "text/csv"
	case "ics":
		return "text/calendar"
	case "vcf":
		return "text/vcard"
	case "vtt":
		return "text/vtt"
	case "json", "map":
		return "application/json"
	case "xml":
		return "application/xml"
	case "wasm":
		return "application/wasm"
	case "pdf":
		return "application/pdf"
	case "epub":
		return "application/epub+zip"
	case "zip":
		return "application/zip"
	case "gz", "tgz":
		return "application/gzip"
	case "zst":
		return "application/zstd"
	case "tar":
		return "application/x-tar"
	case "7z":
		return "application/x-7z-compressed"
	case "docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "pptx":
		return "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	case "odt":
		return "application/vnd.oasis.opendocument.text"
	case "apk":
		return "application/vnd.android.package-archive"
	case "iso", "bin", "img", "exe", "deb", "rpm", "dmg":
		return "application/octet-stream"
	case "png":
		return "image/png"
	case "jpg", "jpeg":
		return "image/jpeg"
	case "gif":
		return "image/gif"
	case "webp":
		return "image/webp"
	case "avif":
		return "image/avif"
	case "heic":
		return "image/heic"
	case "bmp":
		return "image/bmp"
	case "tif", "tiff":
		return "image/tiff"
	case "svg":
		return "image/svg+xml"
	case "ico":
		return "image/x-icon"
	case "mp3":
		return "audio/mpeg"
	case "m4a":
		return "audio/mp4"
	case "ogg", "oga", "opus":
		return "audio/ogg"
	case "flac":
		return "audio/flac"
	case "wav":
		return "audio/wav"
	case "mp4", "m4v":
		return "video/mp4"
	case "webm":
		return "video/webm"
	case "mkv":
		return "video/x-matroska"
	case "mov":
		return "video/quicktime"
	case "avi":
		return "video/x-msvideo"
	case "mjpeg", "mjpg":
		return "video/x-motion-jpeg"
	case "woff":
		return "font/woff"
	case "woff2":
		return "font/woff2"
	case "ttf":
		return "font/ttf"
	case "otf":
		return "font/otf"
	}
	return ""
}

// typeOf is by the name alone.
func typeOf(name string) string {
	if kind := typeByEnding(ending(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
