package camera

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	boundary = "ammar-frame"
	// sendBuffer bounds what the kernel keeps for a client before its first
	// frame, in bytes.
	sendBuffer = 64 << 10
	// writeTimeout ends the stream of a client that reads nothing.
	writeTimeout = 10 * time.Second
)

// streamHandler serves multipart/x-mixed-replace (RFC 2046, 5.1, as browsers
// read it): each part is a frame that replaces the previous one. A client that
// has read one frame gets the newest; missed frames are not sent later.
type streamHandler struct{ hub *hub }

func (s streamHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := newViewer(r.RemoteAddr)
	if err := v.configure(r.URL.RawQuery); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	header.Set("Cache-Control", "no-store")
	if r.ProtoMajor == 1 {
		// Simple clients do not support chunks: the end of the connection ends the stream.
		header.Set("Transfer-Encoding", "identity")
	}
	if r.Method == http.MethodHead {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out, err := newPartWriter(w, r, cancel)
	if err != nil {
		return
	}
	defer out.close()
	if c, ok := out.(*connWriter); ok {
		v.direct = directWriter(c.conn)
	}
	defer s.hub.join(v)()
	defer endWith(ctx, out)()
	if v.quality > 0 {
		v.fetch(ctx, out, s.hub)
	} else {
		v.serve(ctx, out)
	}
}

// endWith ends a write in progress when ctx ends: the client may have stopped
// reading in the middle of a frame. done must be called; it waits for that.
func endWith(ctx context.Context, out partWriter) (done func()) {
	expired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(expired)
		out.expire()
	})
	return func() {
		if !stop() {
			<-expired
		}
	}
}

// configure reads the parameters of a stream.
func (v *viewer) configure(query string) error {
	q, err := parseQuery(query, "fps", "changes", "quality")
	if err != nil {
		return err
	}
	fps, err := q.float("fps", 0.01, 1000, 0)
	if err != nil {
		return err
	}
	if fps > 0 {
		v.period = time.Duration(float64(time.Second) / fps)
	}
	if v.changesOnly, err = q.bool("changes"); err != nil {
		return err
	}
	v.quality, err = q.int("quality", 1, 100, 0)
	return err
}

// serve writes the rests that the capturing goroutine could not write, until ctx
// ends or the client stops reading.
func (v *viewer) serve(ctx context.Context, out partWriter) {
	stuck := time.NewTicker(writeTimeout)
	defer stuck.Stop()
	for before := v.progress(); ; {
		select {
		case <-ctx.Done():
			return
		case <-v.rested:
			if out.send(v.rest) != nil {
				return
			}
			v.drained()
		case <-stuck.C:
			now := v.progress()
			if now.frames == before.frames && now.slow > before.slow {
				return
			}
			before = now
		}
	}
}

// progress returns the counts so far.
func (v *viewer) progress() viewerCounts {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.counts
}

// partWriter sends the parts of one stream.
type partWriter interface {
	send(part []byte) error
	expire() // ends a write in progress; may be called at any time
	close()
}

// newPartWriter takes over the connection if possible (HTTP/1.1), and writes
// through w otherwise (HTTP/2). gone is called when the client has left.
func newPartWriter(w http.ResponseWriter, r *http.Request, gone func()) (partWriter, error) {
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	var out partWriter = &responseWriter{w: w, control: control}
	if r.ProtoMajor == 1 {
		if conn, _, err := control.Hijack(); err == nil {
			out = newConnWriter(conn, gone)
		}
	}
	if err := out.send([]byte("--" + boundary + "\r\n")); err != nil {
		out.close()
		return nil, err
	}
	return out, nil
}

// responseWriter sends parts through net/http.
type responseWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (o *responseWriter) send(part []byte) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every connection has a deadline
	if _, err := o.w.Write(part); err != nil {
		return err
	}
	return o.control.Flush()
}

func (o *responseWriter) expire() { _ = o.control.SetWriteDeadline(time.Unix(1, 0)) }
func (o *responseWriter) close()  {}

// connWriter sends parts on the connection itself.
type connWriter struct {
	conn   net.Conn
	reader chan struct{} // closed when the reading goroutine has ended
}

func newConnWriter(conn net.Conn, gone func()) *connWriter {
	boundSendBuffer(conn)
	o := &connWriter{conn: conn, reader: make(chan struct{})}
	// Reading detects that the client has left. Otherwise the camera would stay on
	// until the next write. The data itself is ignored.
	_ = conn.SetReadDeadline(time.Time{})
	go func() {
		defer close(o.reader)
		var buf [512]byte
		for {
			if _, err := conn.Read(buf[:]); err != nil {
				gone()
				return
			}
		}
	}()
	return o
}

// boundSendBuffer bounds the send buffer of the TCP connection in conn. It is
// best effort: without it, only the frames of slow clients get older.
func boundSendBuffer(conn net.Conn) {
	for {
		if tcp, ok := conn.(interface{ SetWriteBuffer(int) error }); ok {
			_ = tcp.SetWriteBuffer(sendBuffer)
			return
		}
		wrapped, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return
		}
		conn = wrapped.NetConn()
	}
}

// send writes a part in pieces, each with its own deadline: a slow client is
// fine, one that reads nothing is not.
func (o *connWriter) send(part []byte) error {
	const piece = 16 << 10
	var err error
	for err == nil && len(part) > 0 {
		if err = o.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err == nil {
			var n int
			n, err = o.conn.Write(part[:min(len(part), piece)])
			part = part[n:]
		}
	}
	// The deadline is for this write only: a direct write afterwards would fail.
	return errors.Join(err, o.conn.SetWriteDeadline(time.Time{}))
}

func (o *connWriter) expire() { _ = o.conn.Close() }

func (o *connWriter) close() {
	_ = o.conn.Close()
	<-o.reader
}
