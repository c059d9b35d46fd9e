package camera

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	boundary = "ammar-frame"
	// sendBuffer bounds what the kernel keeps for a client, in bytes. Linux
	// would let it grow to 4 MiB, which is seconds of old pictures for
	// a client that takes 1 MB/s.
	sendBuffer = 64 << 10
	// writeTimeout ends the stream of a client that takes nothing at all.
	writeTimeout = 10 * time.Second
)

// streamHandler serves multipart/x-mixed-replace (RFC 2046, 5.1, as browsers
// read it): each part is a picture that replaces the one before. A client
// gets the newest picture whenever it has taken the last; what it missed is
// not sent later.
type streamHandler struct{ hub *hub }

func (s streamHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	header.Set("Cache-Control", "no-store")
	if r.ProtoMajor == 1 {
		// Simple clients know no chunks: the end of the connection ends the stream.
		header.Set("Transfer-Encoding", "identity")
	}
	if r.Method == http.MethodHead {
		return
	}
	defer s.hub.join()()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()

	out, err := newPartWriter(w, r, cancel)
	if err != nil {
		return
	}
	defer out.close()
	// The client may be in the middle of a picture that it will never take:
	// expire ends that write.
	expired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(expired)
		out.expire()
	})
	defer func() {
		if !stop() {
			<-expired
		}
	}()

	var last uint64
	var head []byte
	end := []byte("\r\n--" + boundary + "\r\n")
	for {
		f, err := s.hub.after(ctx, func(f *frame) bool { return f.sequence > last })
		if err != nil {
			return
		}
		last = f.sequence
		head = appendPartHeader(head[:0], f)
		err = out.send(head, f.data, end)
		f.release()
		if err != nil {
			return
		}
	}
}

// appendPartHeader writes what comes before a picture. The boundary that ends
// a picture is sent with it, so that a browser shows it at once and not with
// the next one.
func appendPartHeader(b []byte, f *frame) []byte {
	b = append(b, "Content-Type: image/jpeg\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(f.data)), 10)
	b = append(b, "\r\nX-Sequence: "...)
	b = strconv.AppendUint(b, f.sequence, 10)
	b = append(b, "\r\nX-Capture-Time: "...)
	b = f.captured.UTC().AppendFormat(b, time.RFC3339Nano)
	if f.fault != "" {
		b = append(b, "\r\nX-Placeholder: 1"...)
	}
	return append(b, "\r\n\r\n"...)
}

// partWriter sends the parts of one stream.
type partWriter interface {
	send(pieces ...[]byte) error
	expire() // ends a write in progress; may be called at any time
	close()
}

// newPartWriter takes over the connection where that is possible (HTTP/1.1),
// and writes through w where it is not (HTTP/2). gone is called when the
// client is noticed to have gone.
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

func (o *responseWriter) send(pieces ...[]byte) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every connection has one
	for _, b := range pieces {
		if _, err := o.w.Write(b); err != nil {
			return err
		}
	}
	return o.control.Flush()
}

func (o *responseWriter) expire() { _ = o.control.SetWriteDeadline(time.Unix(1, 0)) }
func (o *responseWriter) close()  {}

// connWriter sends parts on the connection itself: header, picture and
// boundary in one writev, and no more than sendBuffer waiting in the kernel.
type connWriter struct {
	conn   net.Conn
	reader chan struct{} // closed when nobody reads from conn any more
}

func newConnWriter(conn net.Conn, gone func()) *connWriter {
	boundSendBuffer(conn)
	o := &connWriter{conn: conn, reader: make(chan struct{})}
	// What a client says during a stream is of no interest, but that it has
	// gone is: otherwise the camera would stay on until the next write.
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

// boundSendBuffer sets the bound on the TCP connection that conn is, or wraps.
// It is best effort: without it only slow clients' pictures get older.
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

func (o *connWriter) send(pieces ...[]byte) error {
	if err := o.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	buffers := net.Buffers(pieces)
	if w, ok := o.conn.(interface {
		WriteBuffers(*net.Buffers) (int64, error)
	}); ok {
		_, err := w.WriteBuffers(&buffers)
		return err
	}
	_, err := buffers.WriteTo(o.conn)
	return err
}

func (o *connWriter) expire() { _ = o.conn.Close() }

func (o *connWriter) close() {
	_ = o.conn.Close()
	<-o.reader
}
