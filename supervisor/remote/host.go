package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/yamux"

	"github.com/ammarctl/ammarctl/internal/explain"
	"github.com/ammarctl/ammarctl/internal/target"
)

const (
	// greetTimeout bounds how long ssh and the other machine may take to answer.
	// Without a question from ssh, a person waits no longer.
	greetTimeout = 20 * time.Second
	// maxNoise bounds what a login script may print before the greeting.
	maxNoise = 64 << 10
	// A host that was lost is tried again after retryFirst, then less and less
	// often, up to retryLast.
	retryFirst, retryLast = time.Second, 15 * time.Second
)

// Host is another machine, reached over one ssh connection that is made when
// it is first needed, and again when it was lost. It is safe for concurrent use.
type Host struct {
	target   target.Target
	instance string

	ending context.Context // ends with Close
	end    context.CancelFunc
	turn   chan struct{} // who holds its one value may use what follows

	asked  bool // the person has had a chance to answer ssh
	link   *link
	failed error // of the last try
	retry  time.Time
	wait   time.Duration
}

// link is one running ssh.
type link struct {
	session *yamux.Session
	cancel  context.CancelFunc
	ended   chan struct{} // ssh has gone
}

// NewHost makes a host; nothing is started before the first Dial. ssh may ask
// for a password or about a key the first time, and never again.
func NewHost(t target.Target, instance string) *Host {
	h := &Host{target: t, instance: instance, turn: make(chan struct{}, 1)}
	h.ending, h.end = context.WithCancel(context.Background())
	return h
}

// Dial connects to a socket on the other machine: network unix with a path, or with an
// empty address for the instance's control socket; or tcp. If there is no listener,
// the first Read says so.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	for range 2 { // the caller should not notice a connection that was just lost
		l, err := h.connect(ctx)
		if err != nil {
			return nil, err
		}
		conn, err := l.session.OpenStream()
		if err == nil {
			var s *stream
			if s, err = newStream(conn, network, address); err == nil {
				return s, nil
			}
		}
		h.drop(l)
	}
	return nil, fmt.Errorf("the connection to %s was lost", h.target.Name())
}

// connect is the connection that there is, or a new one.
func (h *Host) connect(ctx context.Context) (*link, error) {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if h.link != nil && !h.link.session.IsClosed() {
		return h.link, nil
	}
	if h.link != nil {
		h.link.close()
		h.link = nil
	}
	if h.failed != nil && time.Now().Before(h.retry) {
		return nil, h.failed
	}
	trying, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ending, cancel)()
	l, err := h.start(trying, Asking(!h.asked))
	h.asked = true
	if err != nil {
		if trying.Err() == nil {
			h.wait = min(max(2*h.wait, retryFirst), retryLast)
			h.failed, h.retry = err, time.Now().Add(h.wait)
		}
		return nil, err
	}
	h.link, h.failed, h.wait = l, nil, 0
	return l, nil
}

// drop gives a connection up.
func (h *Host) drop(l *link) {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	l.close()
	if h.link == l {
		h.link = nil
	}
}

// Close ends the connection and waits for ssh. Dial fails afterwards.
func (h *Host) Close() {
	h.end()
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	if h.link != nil {
		h.link.close()
		h.link = nil
	}
}

func (l *link) close() {
	_ = l.session.Close()
	l.cancel()
	<-l.ended
}

// start runs ssh and waits for the greeting.
func (h *Host) start(ctx context.Context, may Asking) (*link, error) {
	living, cancel := context.WithCancel(context.Background())
	cmd := Run(living, h.target, may, false, "--instance", h.instance, "dial-stdio")
	var said tail
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		if errors.Is(err, exec.ErrNotFound) {
			err = errors.New("there is no ssh on this machine; install openssh-client")
		}
		return nil, fmt.Errorf("cannot reach %s: %w", h.target.Name(), err)
	}
	r := bufio.NewReader(out)
	greeted := make(chan error, 1)
	go func() { greeted <- readGreeting(r) }()
	patience := greetTimeout
	if may {
		patience = 10 * greetTimeout // a person types
	}
	select {
	case err = <-greeted:
	case <-ctx.Done():
		cancel()
		_ = out.Close()
		err = ctx.Err()
		<-greeted
	case <-time.After(patience):
		cancel()
		_ = out.Close()
		err = fmt.Errorf("it did not answer within %s", patience)
		<-greeted
	}
	l := &link{cancel: cancel, ended: make(chan struct{})}
	if err == nil {
		l.session, err = yamux.Client(pipes{r, in, out}, session())
	}
	if err != nil {
		_ = in.Close()
		if errors.Is(err, io.EOF) {
			time.AfterFunc(time.Second, cancel) // it says by its exit code why, but need not end
		} else {
			cancel()
		}
		return nil, h.explain(ctx, cmd.Wait(), err, said.String())
	}
	go func() {
		<-l.session.CloseChan()
		cancel()
		_ = cmd.Wait()
		close(l.ended)
	}()
	return l, nil
}

// pipes are the two ends that this side has of ssh.
type pipes struct {
	io.Reader
	io.WriteCloser
	out io.Closer
}

// Close ends both, also when ssh holds on to a link that is dead.
func (p pipes) Close() error {
	err := p.WriteCloser.Close()
	return errors.Join(err, p.out.Close())
}

// mismatchError is that the two sides do not speak the same.
type mismatchError struct{ text string }

func (e *mismatchError) Error() string { return e.text }

// readGreeting passes over what login scripts print.
func readGreeting(r *bufio.Reader) error {
	for read := 0; read < maxNoise; {
		line, err := readLine(r)
		if err != nil {
			return err
		}
		read += len(line) + 1
		var spoken int
		var version string
		if _, err := fmt.Sscanf(line, greeting+" %d %s", &spoken, &version); err != nil {
			continue
		}
		switch {
		case spoken < protocol:
			return &mismatchError{fmt.Sprintf("the ammarctl there is too old (%s): upgrade it", version)}
		case spoken > protocol:
			return &mismatchError{fmt.Sprintf("the ammarctl here is too old for the one there (%s): upgrade this one", version)}
		}
		return nil
	}
	return fmt.Errorf("it printed more than %d bytes and did not greet", maxNoise)
}

// explain says why there is no connection, from how ssh ended and from what
// was printed on the way.
func (h *Host) explain(ctx context.Context, exit, err error, said string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	name := h.target.Name()
	var mismatch *mismatchError
	if errors.As(err, &mismatch) {
		return explain.Errorf("remote-noise", "cannot speak to %s: %w", name, err)
	}
	said = strings.Join(strings.FieldsFunc(said, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	var code *exec.ExitError
	switch errors.As(exit, &code); {
	case code != nil && code.ExitCode() == 127:
		return explain.Errorf("remote-without-ammarctl",
			"there is no ammarctl in the PATH of %s: install it there, or name it: -H %s/path/of/ammarctl", name,
			target.Target{User: h.target.User, Host: h.target.Host, Port: h.target.Port})
	case code != nil && code.ExitCode() == 2:
		return explain.Errorf("remote-without-ammarctl",
			"the ammarctl on %s does not know dial-stdio: it is too old; upgrade it there", name)
	case said != "":
		return explain.Errorf("ssh-unreachable", "cannot reach %s: %s", name, said)
	case errors.Is(err, io.EOF) && exit != nil:
		return fmt.Errorf("cannot reach %s: ssh ended: %w", name, exit)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("cannot reach %s: ssh ended and said nothing", name)
	}
	return fmt.Errorf("cannot reach %s: %w", name, err)
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - maxLine; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

func nobody(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}
