package camera

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
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
type streamHandler struct {
	hub  *hub
	stop <-chan struct{}
}

func (s streamHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	header.Set("Cache-Control", "no-store")
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
	ended := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-s.stop:
			cancel()
			out.expire()
		case <-ended:
		}
	})
	defer watch.Wait()
	defer close(ended)

	var last uint64
	var head []byte
	for {
		f, err := s.hub.after(ctx, func(f *frame) bool { return f.sequence > last })
		if err != nil {
			return
		}
		last = f.sequence
		head = appendPartHeader(head[:0], f)
		err = out.part(head, f.data)
		f.release()
		if err != nil {
			return
		}
	}
}

// appendPartHeader writes what comes before a picture. The boundary that ends
// a picture is sent with it (see part), so that a browser shows it at once
// and not with the next one.
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
	part(header, picture []byte) error
	expire() // ends a write in progress; may be called at any time
	close()
}

// newPartWriter takes over the connection where that is possible (HTTP/1.1),
// and writes through w where it is not (HTTP/2). gone is called when the
// client is noticed to have gone.
func newPartWriter(w http.ResponseWriter, r *http.Request, gone func()) (partWriter, error) {
	control := http.NewResponseController(w)
	if r.ProtoMajor == 1 {
		if conn, _, err := control.Hijack(); err == nil {
			return newConnWriter(conn, w.Header(), gone)
		}
	}
	_, err := w.Write([]byte("--" + boundary + "\r\n"))
	return &responseWriter{w: w, control: control}, err
}

// responseWriter sends parts through net/http.
type responseWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (o *responseWriter) part(header, picture []byte) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every connection has one
	for _, b := range [][]byte{header, picture, []byte("\r\n--" + boundary + "\r\n")} {
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
	conn    net.Conn
	bottom  net.Conn // the TCP connection under conn, which has writev
	readers chan struct{}
}

func newConnWriter(conn net.Conn, header http.Header, gone func()) (partWriter, error) {
	o := &connWriter{conn: conn, bottom: conn, readers: make(chan struct{})}
	for {
		wrapped, ok := o.bottom.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		if _, encrypted := o.bottom.(interface{ OCSPResponse() []byte }); encrypted {
			break // what is under TLS must not be written to
		}
		o.bottom = wrapped.NetConn()
	}
	if tcp, ok := o.bottom.(interface{ SetWriteBuffer(int) error }); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // best effort: without it only old pictures get older
	}
	// What a client says during a stream is of no interest, but that it has
	// gone is: otherwise the camera would stay on until the next write.
	_ = conn.SetReadDeadline(time.Time{})
	go func() {
		defer close(o.readers)
		var buf [512]byte
		for {
			if _, err := conn.Read(buf[:]); err != nil {
				gone()
				return
			}
		}
	}()
	head := []byte("HTTP/1.1 200 OK\r\nDate: " + time.Now().UTC().Format(http.TimeFormat) + "\r\nConnection: close\r\n")
	for name, values := range header {
		for _, value := range values {
			head = append(head, name+": "+value+"\r\n"...)
		}
	}
	head = append(head, "\r\n--"+boundary+"\r\n"...)
	if err := o.write(net.Buffers{head}); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (o *connWriter) part(header, picture []byte) error {
	return o.write(net.Buffers{header, picture, []byte("\r\n--" + boundary + "\r\n")})
}

func (o *connWriter) write(b net.Buffers) error {
	if err := o.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := b.WriteTo(o.bottom)
	return err
}

func (o *connWriter) expire() { _ = o.conn.Close() }

func (o *connWriter) close() {
	_ = o.conn.Close()
	<-o.readers
}
