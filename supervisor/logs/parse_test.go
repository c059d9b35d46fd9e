package logs

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestALineOfJSONIsTakenApart(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
	for raw, want := range map[string]api.LogLine{
		`{"time":"2026-11-23T01:02:03Z","level":"INFO","msg":"served","path":"/a b","status":200,"ok":true}`: {
			Time: at, Level: "INFO", Msg: "served", Attrs: []api.Attr{{Key: "path", Value: "/a b"},
				{Key: "status", Value: "200"}, {Key: "ok", Value: "true"}}},
		`{"level":"WARN+2","msg":"x","req":{"method":"GET","n":{"a":1}},"list":[1,2]}`: {
			Level: "WARN", Msg: "x", Attrs: []api.Attr{{Key: "req.method", Value: "GET"}, {Key: "req.n.a", Value: "1"},
				{Key: "list", Value: "[1,2]"}}},
		`{"level":"warning","ts":1795395723,"message":"zap or zerolog"}`: {Level: "WARN", Time: at, Msg: "zap or zerolog"},
		`{"level":"loud","msg":"m","msg":"again"}`: {Msg: "m",
			Attrs: []api.Attr{{Key: "level", Value: "loud"}, {Key: "msg", Value: "again"}}},
		`{"level":"ERROR","what":"no message"}`: {Level: "ERROR",
			Msg: `{"level":"ERROR","what":"no message"}`},
		`{"msg":5}`:    {Msg: `{"msg":5}`},
		`{"msg":"torn`: {Msg: `{"msg":"torn`},
		`{}`:           {Msg: `{}`},
		`plain text`:   {Msg: `plain text`},
		`time=2026-11-23T01:02:03.000Z level=INFO msg="served it" path="/a \"b" empty= n=1`: {
			Time: at, Level: "INFO", Msg: "served it", Attrs: []api.Attr{{Key: "path", Value: `/a "b`}, {Key: "empty"},
				{Key: "n", Value: "1"}}},
		`ts=1795395723 lvl=eror level=warning msg=short "a key"=v`: {
			Time: at, Level: "WARN", Msg: "short", Attrs: []api.Attr{{Key: "lvl", Value: "eror"}, {Key: "a key", Value: "v"}}},
		`level=error   msg=spaced  `: {Level: "ERROR", Msg: "spaced"},
		`level=error what=failed`:    {Msg: `level=error what=failed`},
		`msg=alone a=b`:              {Msg: `msg=alone a=b`},
		`level=info msg=torn "here`:  {Msg: `level=info msg=torn "here`},
		`level=info msg="torn`:       {Msg: `level=info msg="torn`},
		`level=info and msg=words`:   {Msg: `level=info and msg=words`},
		`=level=info msg=x`:          {Msg: `=level=info msg=x`},
		`[x] level=info msg=x`:       {Msg: `[x] level=info msg=x`},
		`time=NaN level=debug msg=m`: {Level: "DEBUG", Msg: "m", Attrs: []api.Attr{{Key: "time", Value: "NaN"}}},
		``:                           {},
		"{\"msg\":\"\xff\"}":         {Msg: "\ufffd"},
	} {
		got := parseLine([]byte(raw))
		want.Raw = raw
		if !got.Time.Equal(want.Time) {
			t.Errorf("%s: time %v, want %v", raw, got.Time, want.Time)
		}
		got.Time, want.Time = time.Time{}, time.Time{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

// FuzzParse holds two promises against slog itself: what its JSON handler
// writes is read back, and no line, whatever it holds, is lost.
func FuzzParse(f *testing.F) {
	f.Add("served", "path", "/x", []byte(`{"msg":"a","time":1e300,"x":{"y":{}}}`))
	f.Add("", "msg", "\xff", []byte("{\"\":[]}"))
	f.Fuzz(func(t *testing.T, msg, key, value string, raw []byte) {
		if got := parseLine(raw); got.Raw != string(raw) {
			t.Fatalf("raw %q came back as %q", raw, got.Raw)
		}
		var b strings.Builder
		slog.New(slog.NewJSONHandler(&b, nil)).Info(msg, slog.String(key, value))
		line := strings.TrimSuffix(b.String(), "\n")
		var oracle map[string]any
		if json.Unmarshal([]byte(line), &oracle) != nil || key == "msg" || key == "level" || key == "time" || key == "ts" ||
			key == "severity" || key == "message" {
			return
		}
		got := parseLine([]byte(line))
		if got.Level != "INFO" || got.Msg != oracle["msg"] || got.Time.IsZero() {
			t.Fatalf("%s came back as %+v", line, got)
		}
		for _, a := range got.Attrs {
			if oracle[a.Key] != a.Value {
				t.Fatalf("%s: %q is %q", line, a.Key, a.Value)
			}
		}
		if len(got.Attrs) != len(oracle)-3 {
			t.Fatalf("%s has the attributes %v", line, got.Attrs)
		}
		b.Reset()
		slog.New(slog.NewTextHandler(&b, nil)).Info(msg, slog.String(key, value))
		line = strings.TrimSuffix(b.String(), "\n")
		if got := parseLine([]byte(line)); got.Level != "INFO" || got.Msg != msg || got.Time.IsZero() ||
			len(got.Attrs) != 1 || got.Attrs[0] != (api.Attr{Key: key, Value: value}) {
			t.Fatalf("%s came back as %+v", line, got)
		}
	})
}
