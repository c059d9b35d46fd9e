package main

import (
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/server"
	"github.com/ammarctl/ammarctl/services/camera"
	"github.com/ammarctl/ammarctl/services/files"
	"github.com/ammarctl/ammarctl/services/status"
)

// parse gives a service the flags of its command line, as its process does.
func parse(t *testing.T, p server.Program, s configs.Service) {
	t.Helper()
	argv := configs.Argv("/bin/ammarctl", s)
	if !slices.Equal(argv[:3], []string{"/bin/ammarctl", "service", s.Kind}) {
		t.Fatalf("the command line begins with %q", argv[:3])
	}
	fs := flag.NewFlagSet(s.Kind, flag.ContinueOnError)
	p.Flags(fs)
	if err := fs.Parse(argv[3:]); err != nil || fs.NArg() > 0 {
		t.Fatalf("%q: %v, and %q is left", argv, err, fs.Args())
	}
}

func TestAServiceUnderstandsItsConfiguration(t *testing.T) {
	listens := func(kind string) configs.Service {
		s := configs.NewService(kind, kind)
		s.Bind, s.Port, s.Workers, s.Queue = "::1", 8123, 3, 7
		s.MaxStreams, s.MaxConns, s.MaxConnsPerAddr = 5, 0, 11
		return s
	}
	want := server.Config{Bind: "::1", Port: 8123, Workers: 3, Queue: 7, MaxStreams: 5, MaxConns: -1, MaxConnsPerAddr: 11}

	t.Run("files", func(t *testing.T) {
		s := listens(configs.KindFiles)
		s.Root = "/srv/a folder=x"
		var got files.Service
		parse(t, &got, s)
		if diff := cmp.Diff(want, got.Config); diff != "" || got.Root != s.Root {
			t.Errorf("root %q; -want +got:\n%s", got.Root, diff)
		}
	})
	t.Run("camera", func(t *testing.T) {
		s := listens(configs.KindCamera)
		s.Source, s.Width, s.Height, s.FPS, s.Quality = "file:/srv/-clip.mjpeg", 640, 480, 15, 55
		s.Linger, s.AlwaysOn = 1500*time.Millisecond, true
		var got camera.Service
		parse(t, &got, s)
		if diff := cmp.Diff(want, got.Config); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got.Source != s.Source || got.Width != s.Width || got.Height != s.Height || got.FPS != s.FPS ||
			got.Quality != s.Quality || got.Linger != s.Linger || got.AlwaysOn != s.AlwaysOn {
			t.Errorf("got %+v of %+v", got, s)
		}
	})
	t.Run("status", func(t *testing.T) {
		var got status.Service
		parse(t, &got, listens(configs.KindStatus))
		if diff := cmp.Diff(want, got.Config); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
	t.Run("doors", func(t *testing.T) {
		s := listens(configs.KindStatus)
		s.TLSCert, s.TLSKey, s.PasswordFile, s.Hosts = "/a cert", "/a key", "/p", []string{"a.example", "*"}
		var got status.Service
		parse(t, &got, s)
		want := want
		want.TLSCert, want.TLSKey, want.PasswordFile, want.Hosts = s.TLSCert, s.TLSKey, s.PasswordFile, s.Hosts
		if diff := cmp.Diff(want, got.Config); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
	t.Run("no queue", func(t *testing.T) {
		s := listens(configs.KindFiles)
		s.Queue = 0
		var got files.Service
		parse(t, &got, s)
		if got.Config.Queue >= 0 {
			t.Errorf("queue = 0 became %d; negative is none, 0 the default", got.Config.Queue)
		}
	})
}

func TestTheDefaultsOfFlagsAndOfConfigurationsAreTheSame(t *testing.T) {
	for kind, programs := range map[string][2]server.Program{
		configs.KindFiles:  {&files.Service{}, &files.Service{}},
		configs.KindCamera: {&camera.Service{}, &camera.Service{}},
		configs.KindStatus: {&status.Service{}, &status.Service{}},
	} {
		configured, bare := flag.NewFlagSet(kind, flag.ContinueOnError), flag.NewFlagSet(kind, flag.ContinueOnError)
		programs[0].Flags(configured)
		programs[1].Flags(bare)
		if err := configured.Parse(configs.Argv("ammarctl", configs.NewService(kind, kind))[3:]); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		configured.VisitAll(func(f *flag.Flag) {
			if f.Name != "port" && f.Value.String() != bare.Lookup(f.Name).Value.String() {
				t.Errorf("%s: --%s is %s by the configuration's default, %s by the flag's", kind, f.Name, f.Value,
					bare.Lookup(f.Name).Value)
			}
		})
	}
}

func TestAnExecServiceIsItsOwnCommand(t *testing.T) {
	s := configs.NewService("web", configs.KindExec)
	s.Exec = []string{"web", "--fast"}
	if got := configs.Argv("/bin/ammarctl", s); !slices.Equal(got, s.Exec) {
		t.Errorf("got %q", got)
	}
}
