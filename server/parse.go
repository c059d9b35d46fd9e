package server

import "bytes"

// verdict is what the fast lane makes of the bytes that a client sent.
type verdict uint8

const (
	// partial: all is well so far, but the request has not ended.
	partial verdict = iota
	// plain: the cache may answer it.
	plain
	// special: where it ends is certain, but only the full lane may answer it. It
	// may have a body.
	special
	// doubtful: for net/http, with everything that follows on the connection.
	doubtful
)

// request is one that parse understood. Its slices point into what was parsed.
type request struct {
	head   bool
	target []byte
	host   []byte
	etag   []byte // the value of If-None-Match; nil without
	since  []byte // of If-Modified-Since, where it counts; nil without
	part   []byte // of Range; nil without
	accept []byte // of Accept-Encoding; nil without
	id     []byte // of X-Request-Id, if it may be repeated; nil without
	close  bool   // the client asks to close afterwards
	size   int    // bytes up to and with the empty line
	body   int64  // bytes that follow it: Content-Length
}

// method returns the method of a plain request.
func (r *request) method() string {
	if r.head {
		return "HEAD"
	}
	return "GET"
}

// parse reads one request from the start of b. It accepts less than RFC 9112
// allows and nothing that net/http's parser refuses or reads otherwise; a
// request without certain end is always doubtful.
func parse(b []byte, req *request) verdict {
	*req = request{}
	if !startsRequest(b) {
		return doubtful
	}
	line, rest, v := cutLine(b)
	if v != plain {
		return v
	}
	method, line, _ := bytes.Cut(line, space)
	target, version, _ := bytes.Cut(line, space)
	if string(version) != "HTTP/1.1" || !validTarget(target) {
		return doubtful
	}
	req.target = target
	verdict := plain
	switch string(method) {
	case "GET":
	case "HEAD":
		req.head = true
	default:
		verdict = special
	}
	connection, length, named := false, false, false
	for n := 0; ; n++ {
		if line, rest, v = cutLine(rest); v != plain {
			return v
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := cutHeader(line)
		if !ok || n == maxHeaders {
			return doubtful
		}
		var lower [20]byte
		if len(name) > len(lower) {
			continue
		}
		for i, c := range name {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower[i] = c
		}
		switch string(lower[:len(name)]) {
		case "host":
			if req.host != nil || !validHost(value) {
				return doubtful
			}
			req.host = value
		case "connection":
			if connection {
				return doubtful
			}
			connection = true
			if req.close = bytes.EqualFold(value, wordClose); !req.close && !bytes.EqualFold(value, wordKeepAlive) {
				return doubtful
			}
		case "content-length":
			if length {
				return doubtful
			}
			if req.body, length = bodyLength(value); !length {
				return doubtful
			}
			verdict = special
		case "transfer-encoding", "upgrade", "expect", "trailer", "te", "http2-settings":
			return doubtful
		case "if-none-match":
			if req.etag != nil || len(value) == 0 {
				verdict = special
			}
			req.etag = value
		case "if-modified-since":
			if req.since != nil || len(value) == 0 {
				verdict = special
			}
			req.since = value
		case "range":
			if req.part != nil || len(value) == 0 {
				verdict = special
			}
			req.part = value
		case "accept-encoding":
			if req.accept != nil {
				verdict = special
			}
			req.accept = value
		case "if-range", "if-match", "if-unmodified-since", "authorization", "cookie", "origin":
			verdict = special
		case "x-request-id":
			if !named && plainWord(value) {
				req.id = value
			}
			named = true // the first one counts, as in the full lane
		}
	}
	if req.host == nil {
		return doubtful
	}
	if req.etag != nil { // RFC 9110 §13.1.3
		req.since = nil
	}
	req.size = len(b) - len(rest)
	return verdict
}

var (
	space         = []byte(" ")
	wordClose     = []byte("close")
	wordKeepAlive = []byte("keep-alive")
)

// longestMethod is how long the name of a method may be here.
const longestMethod = 16

// startsRequest reports whether b is, or may become, a method and a path: a
// word of capital letters, a space and a slash. CONNECT is no request for a path.
func startsRequest(b []byte) bool {
	n := 0
	for n < len(b) && n <= longestMethod && 'A' <= b[n] && b[n] <= 'Z' {
		n++
	}
	switch rest := b[n:]; {
	case n > longestMethod, string(b[:n]) == "CONNECT":
		return false
	case len(rest) == 0:
		return true
	default:
		return n > 0 && rest[0] == ' ' && (len(rest) == 1 || rest[1] == '/')
	}
}

// bodyLength reads the value of Content-Length: digits, of which 18 fit.
func bodyLength(value []byte) (n int64, ok bool) {
	if len(value) == 0 || len(value) > 18 {
		return 0, false
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// cutLine cuts at the first CR LF. A bare LF is doubtful; a bare CR is refused by the
// parser of the line.
func cutLine(b []byte) (line, rest []byte, v verdict) {
	i := bytes.IndexByte(b, '\n')
	switch {
	case i < 0:
		return nil, nil, partial
	case i == 0 || b[i-1] != '\r':
		return nil, nil, doubtful
	}
	return b[:i-1], b[i+1:], plain
}

// cutHeader splits "Name: value" and checks both.
func cutHeader(line []byte) (name, value []byte, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i < 1 {
		return nil, nil, false
	}
	name, value = line[:i], line[i+1:]
	for _, c := range name {
		if class[c]&inName == 0 {
			return nil, nil, false
		}
	}
	for len(value) > 0 && (value[0] == ' ' || value[0] == '\t') {
		value = value[1:]
	}
	for len(value) > 0 && (value[len(value)-1] == ' ' || value[len(value)-1] == '\t') {
		value = value[:len(value)-1]
	}
	for _, c := range value {
		if (c < ' ' || c > '~') && c != '\t' {
			return nil, nil, false
		}
	}
	return name, value, true
}

func validTarget(b []byte) bool {
	if len(b) == 0 || b[0] != '/' || len(b) > 1 && b[1] == '/' {
		return false
	}
	for i, c := range b {
		if class[c]&inTarget == 0 {
			return false
		}
		if c == '%' && (i+2 >= len(b) || class[b[i+1]]&isHex == 0 || class[b[i+2]]&isHex == 0) {
			return false
		}
	}
	return true
}

func validHost(b []byte) bool {
	for _, c := range b {
		if class[c]&inHost == 0 {
			return false
		}
	}
	return len(b) > 0
}

// The classes of bytes, by RFC 9110 §5.6.2 (names) and RFC 3986 (the rest).
const (
	inName = 1 << iota
	inTarget
	inHost
	isHex
)

var class = classes()

func classes() (t [256]uint8) {
	mark := func(chars string, bits uint8) {
		for _, c := range []byte(chars) {
			t[c] |= bits
		}
	}
	mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", inName|inTarget|inHost)
	mark("0123456789abcdefABCDEF", isHex)
	mark("!#$%&'*+-.^_`|~", inName)
	mark("-._~!$&'()*+,;=:@/?%", inTarget)
	mark("-._:[]", inHost)
	return t
}
