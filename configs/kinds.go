package configs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ammarctl/ammarctl/internal/kind"
)

// This file declares the keys of the built-in kinds. A new kind adds its
// fields to Builtins, its keys to builtinKeys, and its description to package
// kind.

// Builtins are the keys of built-in services: of all of them, then of each
// kind.
type Builtins struct {
	Pool
	FilesKeys
	StatusKeys
	CameraKeys
}

func builtinKeys() []Key {
	return slices.Concat(
		ofKinds([]string{kind.Status}, statusKeys()),
		ofKinds([]string{kind.Files}, filesKeys()),
		ofKinds([]string{kind.Camera}, cameraKeys()),
		ofKinds(builtin(), poolKeys()),
	)
}

// Pool is what every built-in service has.
type Pool struct {
	Workers int
	Queue   int

	TLSCert, TLSKey                       string   // files in PEM; empty: plain HTTP
	PasswordFile                          string   // of lines user:hash
	Hosts                                 []string // names that clients may use, besides the local ones
	MaxStreams, MaxConns, MaxConnsPerAddr int      // 0: no limit
}

func poolKeys() []Key {
	secret := func(name string) *Place { return &Place{Name: name, At: "/run/ammarctl/" + name, Secret: true} }
	return []Key{
		{Name: "workers", Flag: "workers", Unit: "requests",
			Doc:   "Requests in progress at once.",
			Value: number(func(s *Service) *int { return &s.Workers }, 64, 1, 1<<20)},
		{Name: "queue", Flag: "queue", Unit: "requests",
			Doc:   "Requests that may wait for a worker; beyond it a request is answered 503 at once, with Retry-After.",
			Value: number(func(s *Service) *int { return &s.Queue }, 256, 0, 1<<20)},
		{Name: "tls_cert", Shown: ShowAll, Flag: "tls-cert", Example: `"cert.pem"`, Place: secret("tls_cert"),
			Doc: "A certificate in PEM: the service speaks HTTPS, with HTTP/2, and reads the file again when it changes. " +
				"It needs tls_key too.",
			Value: file("file", func(s *Service) *string { return &s.TLSCert }, "")},
		{Name: "tls_key", Shown: ShowAll, Flag: "tls-key", With: "tls_cert", Example: `"key.pem"`, Place: secret("tls_key"),
			Doc:   "The key of the certificate, in PEM.",
			Value: file("file", func(s *Service) *string { return &s.TLSKey }, "")},
		{Name: "password_file", Shown: ShowAll, Flag: "password-file", Example: `"passwords"`, Place: secret("password_file"),
			Doc: "A file of lines user:hash, with bcrypt or argon2id hashes as htpasswd -B makes them. Every request then " +
				"needs one of them. A changed file is read again within a second; one that is broken leaves the last " +
				"good accounts in force. Together with `users`, both have the accounts; a name may be in one of them only.",
			Value: file("file", func(s *Service) *string { return &s.PasswordFile }, "")},
		{Name: "hosts", Shown: ShowAll, Flag: "host", Example: `["pi.example.org"]`,
			Doc: `Names by which a service on a private address, or on all of them, may be asked, besides its addresses, ` +
				`this machine's name, single words and names of local zones; others are answered 421, ` +
				`against DNS rebinding. ["*"] allows all.`,
			Value: list("names", func(s *Service) *[]string { return &s.Hosts })},
		{Name: "max_streams", Flag: "max-streams", Example: "8", Unit: "streams",
			Doc: "Streams (a camera's viewers, logs that are followed) at once; beyond it a client is answered 503. " +
				"0 is no limit.",
			Value: number(func(s *Service) *int { return &s.MaxStreams }, 1024, 0, 1<<20)},
		{Name: "max_conns", Flag: "max-conns", Unit: "connections",
			Doc:   "Connections open at once; more are closed as they come, and counted. 0 is no limit.",
			Value: number(func(s *Service) *int { return &s.MaxConns }, 16384, 0, 1<<20)},
		{Name: "max_conns_per_addr", Flag: "max-conns-per-addr", Unit: "connections",
			Doc: "Connections open at once from one address, or one IPv6 network of 64 bits; " +
				"this machine itself has no such limit. 0 is no limit.",
			Value: number(func(s *Service) *int { return &s.MaxConnsPerAddr }, 1024, 0, 1<<20)},
	}
}

// StatusKeys are the keys of a status service.
type StatusKeys struct {
	Control bool // a client with the token may start and stop services
}

func statusKeys() []Key {
	return []Key{
		{Name: "control", Flag: "control",
			Doc: "Services can be started, stopped and restarted on the page, " +
				"with the token that ammarctl info shows.",
			Value: boolean(func(s *Service) *bool { return &s.Control }, false)},
	}
}

// FilesKeys are the keys of a files service.
type FilesKeys struct {
	Root        string   // the folder
	Only        string   // the one file of it that is shared; empty: all
	Upload      bool     // files may be added, by whom Users lets
	Users       []string // "name:hash /path=rights", secret
	Quota       int64    // bytes that the folder may hold; 0: what the disk holds
	Limit       int64    // bytes per second of all clients together; 0: none
	ClientLimit int64    // bytes per second of each client; 0: none

	// Share is set for a service made by `ammarctl share`.
	Share *Share
}

// Share is what a share adds to a files service.
type Share struct {
	Path    string
	Expires time.Time // zero: never
	Once    bool      // it ends when everything has been fetched
	MDNS    string    // the name below .local; empty: none
}

func filesKeys() []Key {
	nowhere := everywhere(to("nothing: a share is not in the configuration"))
	return []Key{
		{Name: "root", Shown: ShowAll, Flag: "root",
			Place: &Place{Name: "root", At: "/data", Writable: func(s Service) bool { return s.Upload },
				Size: func(s Service) int64 { return s.Quota }},
			Doc:   "The folder to share. ~ is your home; a relative path starts at the configuration file.",
			Value: folder(func(s *Service) *string { return &s.Root }, ".")},
		{Name: "upload", Flag: "upload",
			Doc:   "Let files be added to the folder. Only users with the right may replace, move or delete what is there.",
			Value: boolean(func(s *Service) *bool { return &s.Upload }, false)},
		{Name: "users", Shown: HideAll, Example: `["anna:$2a$10$… /=rwd", "* /public=r"]`,
			Exports: Exports{to("environment"), to("secretKeyRef"), to("Templates"), to("EnvironmentFile")},
			Doc: "Who may do what: name:hash with a bcrypt or argon2id hash (ammarctl password makes one), then rules. " +
				"A rule is PATH=RIGHTS with r (read), w (write), d (delete, move, replace) or - (none). " +
				"The longest path decides; without rules a user has every right; * is for requests without a password, and for the users of `password_file`.",
			Value: list("list of users", func(s *Service) *[]string { return &s.Users })},
		{Name: "quota", Flag: "quota", Example: `"10GiB"`,
			Doc:   "How much the folder may hold before uploads are refused. 64 MiB of the disk are always left free.",
			Value: size(func(s *Service) *int64 { return &s.Quota }, 0, 1)},
		{Name: "limit", Flag: "limit", Example: `"20MiB"`, Unit: "per second",
			Doc:   "How much all clients together may transfer per second.",
			Value: size(func(s *Service) *int64 { return &s.Limit }, 0, 1<<10)},
		{Name: "client_limit", Flag: "client-limit", Example: `"5MiB"`, Unit: "per second",
			Doc:   "How much each client may transfer per second.",
			Value: size(func(s *Service) *int64 { return &s.ClientLimit }, 0, 1<<10)},
		{Name: "only", internal: true, Shown: ShowAll, Flag: "only", Exports: nowhere,
			Value: text("string", func(s *Service) *string { return &s.Only }, "", nil)},
		{Name: "share.path", internal: true, Shown: ShowAll, Exports: nowhere,
			Value: text("string", func(s *Service) *string { return &shareOf(s).Path }, "", nil)},
		{Name: "share.expires", internal: true, Shown: ShowAll, Exports: nowhere,
			Value: custom("time", func(s *Service) *time.Time { return &shareOf(s).Expires }, time.Time{}, "", nil)},
		{Name: "share.once", internal: true, Flag: "once", Exports: nowhere,
			Value: boolean(func(s *Service) *bool { return &shareOf(s).Once }, false)},
		{Name: "share.mdns", internal: true, Shown: ShowAll, Flag: "mdns", Exports: nowhere,
			Value: text("string", func(s *Service) *string { return &shareOf(s).MDNS }, "", nil)},
	}
}

func shareOf(s *Service) *Share {
	if s.Share == nil {
		s.Share = &Share{}
	}
	return s.Share
}

// CameraKeys are the keys of a camera service.
type CameraKeys struct {
	Source   string
	Width    int // 0: the source's choice
	Height   int
	FPS      int           // 0: the source's choice
	Quality  int           // JPEG 1-100
	Linger   time.Duration // it is released this long after its last client
	AlwaysOn bool
	Format   string // pixel format by V4L2's name; empty: the best
	Rotate   int    // 0, 90, 180 or 270 degrees clockwise
	FlipH    bool   // mirrored, left to right
	FlipV    bool   // mirrored, upside down
	WarmUp   int    // frames left out after it was opened

	Timelapse      string // folder; empty: none
	TimelapseEvery time.Duration
	TimelapseLimit int64 // bytes
}

// Device is the device file that the service opens; empty: none. "auto" opens
// the first camera, which is guessed then.
func (c CameraKeys) Device() (path string, guessed bool) {
	switch {
	case strings.HasPrefix(c.Source, "/dev/"):
		return c.Source, false
	case c.Source == "auto":
		return "/dev/video0", true
	}
	return "", false
}

// clip is the file that a camera service plays; empty: none.
func (c CameraKeys) clip() string {
	path, is := strings.CutPrefix(c.Source, "file:")
	if !is {
		return ""
	}
	return path
}

func cameraKeys() []Key {
	source := text("string", func(s *Service) *string { return &s.Source }, "auto", nil).(field[string])
	source.paths = func(to *string, absolute func(string) string) {
		if path, is := strings.CutPrefix(*to, "file:"); is {
			*to = "file:" + absolute(path)
		}
	}
	return []Key{
		{Name: "source", Shown: ShowURL, Flag: "source",
			Place: &Place{Name: "source", At: "/source",
				Folder: func(s Service) string {
					if s.clip() == "" {
						return ""
					}
					return filepath.Dir(s.clip())
				},
				Move: func(s *Service) { s.Source = "file:/source/" + filepath.Base(s.clip()) }},
			Doc: `Where the pictures come from: "auto" takes the first camera that works, else the test pattern; ` +
				`"/dev/video0"; "pattern"; "file:clip.mjpeg"; "http://host:8081/stream.mjpg", another server's MJPEG stream.`,
			Value: source},
		{Name: "width", Flag: "width", Example: "1280", Unit: "pixels",
			Doc:   "The picture's width in pixels; 0 is the camera's own choice.",
			Value: number(func(s *Service) *int { return &s.Width }, 0, 0, 16384)},
		{Name: "height", Flag: "height", Example: "720", Unit: "pixels",
			Doc:   "The picture's height in pixels; 0 is the camera's own choice.",
			Value: number(func(s *Service) *int { return &s.Height }, 0, 0, 16384)},
		{Name: "fps", Flag: "fps", Example: "30", Unit: "per second",
			Doc:   "Frames per second; 0 is the camera's own choice.",
			Value: number(func(s *Service) *int { return &s.FPS }, 0, 0, 1000)},
		{Name: "quality", Flag: "quality",
			Doc:   "Of the JPEG pictures that are encoded here, 1 to 100.",
			Value: number(func(s *Service) *int { return &s.Quality }, 80, 1, 100)},
		{Name: "linger", Flag: "linger",
			Doc:   "How long the camera stays open after its last viewer has gone.",
			Value: span(func(s *Service) *time.Duration { return &s.Linger }, 5*time.Second, 0)},
		{Name: "always_on", Flag: "always-on",
			Doc:   "Keep the camera open without viewers.",
			Value: boolean(func(s *Service) *bool { return &s.AlwaysOn }, false)},
		{Name: "format", Shown: ShowAll, Flag: "format", Example: `"YUYV"`,
			Doc:   "The pixel format to ask the camera for, by V4L2's name; by default the best that it has.",
			Value: text("string", func(s *Service) *string { return &s.Format }, "", nil)},
		{Name: "rotate", Flag: "rotate", Example: "180", Unit: "degrees",
			Doc: "Turn the picture clockwise by 0, 90, 180 or 270 degrees.",
			Value: field[int]{typ: "number", at: func(s *Service) *int { return &s.Rotate }, defText: "0", safe: true,
				parse: setRotate}},
		{Name: "flip_h", Flag: "flip-h",
			Doc:   "Mirror the picture, left to right.",
			Value: boolean(func(s *Service) *bool { return &s.FlipH }, false)},
		{Name: "flip_v", Flag: "flip-v",
			Doc:   "Mirror the picture, upside down.",
			Value: boolean(func(s *Service) *bool { return &s.FlipV }, false)},
		{Name: "warm_up", Flag: "warm-up", Unit: "frames",
			Doc:   "Frames left out after the camera was opened: until it has measured the light, they are dark.",
			Value: number(func(s *Service) *int { return &s.WarmUp }, 2, 0, 300)},
		{Name: "timelapse", Shown: ShowAll, Flag: "timelapse", Example: `"~/timelapse"`,
			Place: &Place{Name: "timelapse", At: "/timelapse", Writable: func(Service) bool { return true },
				Size: func(s Service) int64 { return s.TimelapseLimit }},
			Doc:   "A folder that gets a picture every timelapse_every.",
			Value: file("folder", func(s *Service) *string { return &s.Timelapse }, "")},
		{Name: "timelapse_every", Flag: "timelapse-every", With: "timelapse",
			Doc:   "The time from one of those pictures to the next.",
			Value: span(func(s *Service) *time.Duration { return &s.TimelapseEvery }, 10*time.Second, 100*time.Millisecond)},
		{Name: "timelapse_limit", Flag: "timelapse-limit", With: "timelapse",
			Doc:   "How much those pictures may take together, before the oldest are removed.",
			Value: size(func(s *Service) *int64 { return &s.TimelapseLimit }, 1<<30, 1<<20)},
	}
}

// setRotate accepts the angles that keep the picture upright in its frame.
func setRotate(to *int, _ *Service, v any) error {
	degrees, ok := v.(int64)
	if !ok || degrees != 0 && degrees != 90 && degrees != 180 && degrees != 270 {
		return fmt.Errorf("expected 0, 90, 180 or 270 degrees, got %v", v)
	}
	*to = int(degrees)
	return nil
}
