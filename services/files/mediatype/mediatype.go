// Package mediatype knows the media types of files. The table is our own, because
// the tables of machines differ.
package mediatype

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// sampleSize is how many bytes of a file are inspected.
const sampleSize = 512

// OctetStream is the type of files about which nothing is known.
const OctetStream = "application/octet-stream"

// Detect returns the Content-Type of a file. The ending of the name decides; a
// file with an unknown ending is inspected. Text that begins as UTF-8 is
// declared as UTF-8.
func Detect(name string, f io.ReaderAt) (string, error) {
	kind := OfName(name)
	if kind != "" && !IsText(kind) {
		return kind, nil
	}
	buf := make([]byte, sampleSize)
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	buf = buf[:n]
	if kind == "" {
		if n == 0 {
			return OctetStream, nil
		}
		kind, _, _ = strings.Cut(http.DetectContentType(buf), ";")
	}
	if IsText(kind) && looksUTF8(buf) {
		kind += "; charset=utf-8"
	}
	return kind, nil
}

// IsText reports whether a type is text, whatever its parameters are.
func IsText(kind string) bool {
	return strings.HasPrefix(kind, "text/") || kind == "application/json" || kind == "image/svg+xml" ||
		kind == "application/xml"
}

// looksUTF8 accepts a character that the end of a full sample cuts in two.
func looksUTF8(sample []byte) bool {
	if bytes.IndexByte(sample, 0) >= 0 {
		return false
	}
	whole := len(sample) < sampleSize
	for len(sample) > 0 {
		r, size := utf8.DecodeRune(sample)
		if r == utf8.RuneError && size == 1 {
			return !whole && !utf8.FullRune(sample)
		}
		sample = sample[size:]
	}
	return true
}

// Ending is the ending of a name in lower case, without the dot.
func Ending(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

// OfName returns the type for the ending of a name. It is empty for an unknown
// ending.
func OfName(name string) string {
	switch Ending(name) {
	case "html", "htm", "xhtml":
		return "text/html"
	case "css":
		return "text/css"
	case "js", "mjs":
		return "text/javascript"
	case "txt", "text", "log", "ini", "conf", "cfg", "toml", "yaml", "yml", "sh", "py", "go", "c", "h",
		"cpp", "rs", "java", "diff", "patch", "srt":
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
		return OctetStream
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
