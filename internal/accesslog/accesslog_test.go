package accesslog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Lines as these programs write them.
func lines() map[string][]struct {
	line string
	want Request
} {
	type l = []struct {
		line string
		want Request
	}
	const ms, us = time.Millisecond, time.Microsecond
	return map[string]l{
		"common": {
			{`127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326`, Request{"GET", "/apache_pb.gif", 200, 2326, -1}},
			{`127.0.0.1 - - [30/Nov/2026 10:00:00] "GET / HTTP/1.0" 404 -`, Request{"GET", "/", 404, -1, -1}},
			{`INFO:werkzeug:127.0.0.1 - - [30/Nov/2026 10:00:00] "` + "\x1b[33mGET /x?a=b HTTP/1.1\x1b[0m" + `" 404 -`, Request{"GET", "/x?a=b", 404, -1, -1}},
			{`::1 - - [30/Nov/2026:10:00:00 +0000] "\x16\x03\x01" 400 150`, Request{"", "", 400, 150, -1}},
		},
		"combined": {
			{`127.0.0.1 - - [30/Nov/2026:10:00:00 +0000] "POST /a\"b HTTP/1.1" 201 12 "http://x/\"y" "curl/7.88.1"`, Request{"POST", `/a\"b`, 201, 12, -1}},
		},
		"nginx": {
			{`10.0.0.1 - - [30/Nov/2026:10:00:00 +0000] "GET /a HTTP/2.0" 200 5 "-" "Mozilla/5.0 (X11)" 0.123`, Request{"GET", "/a", 200, 5, 123 * ms}},
		},
		"caddy": {
			{`{"level":"info","ts":1700000000.1,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","proto":"HTTP/1.1","method":"GET","host":"x","uri":"/y?z","headers":{}},"bytes_read":0,"user_id":"","duration":0.000123,"size":12,"status":200,"resp_headers":{}}`, Request{"GET", "/y?z", 200, 12, 123 * us}},
		},
		"traefik": {
			{`{"ClientAddr":"127.0.0.1:1","DownstreamContentSize":19,"DownstreamStatus":404,"Duration":123456,"RequestMethod":"GET","RequestPath":"/","RequestProtocol":"HTTP/1.1","level":"info","msg":"","time":"2026-11-30T10:00:00Z"}`, Request{"GET", "/", 404, 19, 123456}},
		},
		"uvicorn": {
			{`INFO:     127.0.0.1:52000 - "GET /items?q=1 HTTP/1.1" 200 OK`, Request{"GET", "/items?q=1", 200, -1, -1}},
			{"\x1b[32mINFO\x1b[0m:     127.0.0.1:52000 - \"\x1b[1mGET / HTTP/1.1\x1b[0m\" \x1b[31m404 Not Found\x1b[0m", Request{"GET", "/", 404, -1, -1}},
		},
		"morgan-dev": {
			{"\x1b[0mGET /a \x1b[32m200\x1b[0m 12.345 ms - 170\x1b[0m", Request{"GET", "/a", 200, 170, 12345 * us}},
			{"GET /a 304 1.000 ms - -", Request{"GET", "/a", 304, -1, ms}},
		},
		"morgan-tiny":  {{"GET /a 200 170 - 12.345 ms", Request{"GET", "/a", 200, 170, 12345 * us}}},
		"morgan-short": {{"::1 - GET /a HTTP/1.1 200 170 - 12.345 ms", Request{"GET", "/a", 200, 170, 12345 * us}}},
		"rails": {
			{"Completed 200 OK in 12ms (Views: 1.2ms | ActiveRecord: 0.3ms)", Request{"", "", 200, -1, 12 * ms}},
			{"I, [2026-11-30T10:00:00.1 #1]  INFO -- : [8d1c] Completed 500 Internal Server Error in 7ms", Request{"", "", 500, -1, 7 * ms}},
		},
		"logfmt": {
			{`time=2026-11-30T10:00:00.000Z level=INFO msg="request done" method=GET path=/x status=200 duration=1.5ms`, Request{"GET", "/x", 200, -1, 1500 * us}},
			{`method=GET path=/posts format=html controller=PostsController action=index status=200 duration=58.33 view=40.43`, Request{"GET", "/posts", 200, -1, 58330 * us}},
		},
		"json": {
			{`{"time":"2026-11-30T10:00:00Z","level":"INFO","msg":"request","method":"GET","path":"/x","status":200,"duration":1500000,"bytes":7}`, Request{"GET", "/x", 200, 7, 1500 * us}},
			{`{"level":"info","msg":"req","http":{"method":"PUT","url":"/z","status_code":204},"latency_ms":3.5}`, Request{"PUT", "/z", 204, -1, 3500 * us}},
			{`{"level":30,"req":{"method":"GET","url":"/p"},"res":{"statusCode":200},"responseTime":4,"msg":"request completed"}`, Request{"GET", "/p", 200, -1, 4 * ms}},
			{`{"level":"info","method":"GET","status":200,"duration":0.25}`, Request{"GET", "", 200, -1, 250 * ms}},
			{`{"status":200,"elapsed":"1.5s","msg":"x"}`, Request{"", "", 200, -1, 1500 * ms}},
		},
	}
}

func TestLinesOfCommonProgramsAreRead(t *testing.T) {
	for name, cases := range lines() {
		f, err := New(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if got, ok := f.Parse(c.line); !ok || got != c.want {
				t.Errorf("%s: %s\n got %+v, %v\nwant %+v", name, c.line, got, ok, c.want)
			}
			d := NewDetector(nil)
			for range sureAfter {
				if got, ok := d.Request(c.line); !ok || got != c.want {
					t.Errorf("detected: %s\n got %+v, %v\nwant %+v", c.line, got, ok, c.want)
				}
			}
			if d.Format() == nil || d.Format().Name() != name {
				t.Errorf("%s is taken for %+v, want %s", c.line, d.Format(), name)
			}
		}
	}
}

func TestOtherLinesTellOfNoRequest(t *testing.T) {
	d := NewDetector(nil)
	for _, line := range []string{
		"", "{", "{}", "Listening on http://127.0.0.1:8000/ (HTTP/1.1)", "Completed in 12ms", "Completed 20 OK in 12ms",
		"took 12 ms", "GET / 200 fast ms - 1", "exit status 200", "status=200", "status=9 duration=3ms",
		`{"status":"up","duration":12}`, `{"status":200}`, `{"msg":"HTTP/1.1 200"}`, `time=x level=INFO msg="exit status 1" duration=2ms`,
		`127.0.0.1 - - [x] "GET / HTTP/1.1" 999 1`, `127.0.0.1 - - [x] "GET / HTTP/1.1" 200 -1`, `127.0.0.1 - - [x] "GET / HTTP/1.1`,
		`- "GET / HTTP/1.1" 2000`, "\x1b[", "\x1b[31", `a="`, "status=200 duration=-1ms", "status=200 duration=1e300",
	} {
		if got, ok := d.Request(line); ok {
			t.Errorf("%q is taken for %+v of %s", line, got, d.format.Name())
		}
	}
}

func TestAPatternIsChecked(t *testing.T) {
	for pattern, want := range map[string]string{
		"$remote_addr $bytes": "one $status", "$status $status": "one $status", "$status$bytes": "something between",
		"$status $": "name after $", "nosuch": "expected one of", "": "expected one of",
	} {
		if _, err := New(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", pattern, err, want)
		}
	}
	f, err := New(`$remote_addr - "$request" $status $bytes $duration`)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := f.Parse(`1.2.3.4 -  "GET /a b HTTP/1.1" 200 - 12ms`)
	if want := (Request{"GET", "/a b", 200, -1, 12 * time.Millisecond}); !ok || got != want {
		t.Errorf("got %+v, %v, want %+v", got, ok, want)
	}
	for alias, name := range aliases() {
		if f, err := New(alias); err != nil || f.Name() != name {
			t.Errorf("%s is %v, %v", alias, f, err)
		}
	}
}

func TestADetectorChangesItsMind(t *testing.T) {
	d := NewDetector(nil)
	feed := func(n int, line string) {
		for range n {
			d.Request(line)
		}
	}
	tiny, common := "GET /a 200 170 - 12.345 ms", `h - - [t] "GET / HTTP/1.1" 200 1`
	feed(sureAfter, tiny)
	feed(lostAfter+1+sureAfter, common)
	if d.Format() == nil || d.Format().Name() != "common" {
		t.Errorf("the format is %v", d.Format())
	}
	quiet := NewDetector(nil)
	for range rareAfter {
		quiet.Request("nothing")
	}
	for i := range 3 * rarely {
		if _, ok := quiet.Request(common); ok {
			return
		}
		if i == 2*rarely {
			t.Fatal("requests after many other lines are never seen")
		}
	}
}

func TestRatesOverTheLastSeconds(t *testing.T) {
	var r Rates
	now := time.Unix(1_000_000_000, 0)
	if s := r.Summary(now); s.P50 != -1 || s.PerSecond != 0 || s.Total != 0 {
		t.Errorf("nothing yet: %+v", s)
	}
	for i := range 1000 { // 50 a second for 20 s
		status := 200
		if i%10 == 0 {
			status = 503
		}
		d := 10 * time.Millisecond
		if i%50 == 0 {
			d = time.Second
		}
		r.Add(now.Add(time.Duration(i)*20*time.Millisecond), Request{Status: status, Bytes: 3, Duration: d})
	}
	s := r.Summary(now.Add(20 * time.Second))
	if s.Total != 1000 || s.Classes != [5]uint64{0, 900, 0, 0, 100} || s.Bytes != 3000 || s.PerSecond != 50 {
		t.Errorf("%+v", s)
	}
	near := func(name string, got, want time.Duration) {
		t.Helper()
		if diff := (got - want).Abs(); float64(diff) > 0.07*float64(want) {
			t.Errorf("%s is %v, want about %v", name, got, want)
		}
	}
	near("p50", s.P50, 10*time.Millisecond)
	near("p99", s.P99, time.Second)
	r.Add(now, Request{Status: 200, Bytes: -1, Duration: -1}) // a clock that was set back
	if s := r.Summary(now.Add(5 * time.Minute)); s.PerSecond != 0 || s.P99 != -1 || s.Total != 1001 {
		t.Errorf("minutes later: %+v", s)
	}
}

func TestEveryLatencyIsInItsBucket(t *testing.T) {
	for d := time.Duration(0); d < 8*time.Hour; d += d/40 + time.Microsecond {
		got := middle(bucket(d))
		if diff := (got - d).Abs(); float64(diff) > 0.07*float64(d)+float64(time.Microsecond) {
			t.Fatalf("%v counts as %v", d, got)
		}
	}
	if b := bucket(1 << 62); b != octaves*perOctave-1 {
		t.Errorf("the longest is in bucket %d", b)
	}
}

// A format reads back the values of a line in its own form.
func FuzzRoundTrip(f *testing.F) {
	f.Add("GET", "/index.html?a=b", 200, int64(512), int64(1234))
	f.Add("POST", `/a\"b`, 503, int64(0), int64(0))
	f.Fuzz(func(t *testing.T, method, path string, status int, size, micros int64) {
		if !isMethod(method) || status < 100 || status > 599 || size < 0 || micros < 0 || micros > 1e10 {
			return
		}
		for i := range len(path) { // servers escape these
			if path[i] <= ' ' || path[i] > '~' || path[i] == '"' || path[i] == '\\' {
				return
			}
		}
		if path == "" || size > 1<<40 || strings.HasPrefix(path, "HTTP/") {
			return
		}
		d := time.Duration(micros) * time.Microsecond
		millis := d.Round(time.Millisecond)
		quoted := func(v any) string {
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		common := fmt.Sprintf(`h - - [30/Nov/2026:10:00:00 +0000] "%s %s HTTP/1.1" %d %d`, method, path, status, size)
		for name, c := range map[string]struct {
			line string
			want Request
		}{
			"common":   {common, Request{method, path, status, size, -1}},
			"combined": {common + ` "-" "agent \" x"`, Request{method, path, status, size, -1}},
			"nginx":    {common + fmt.Sprintf(` "-" "a" %.3f`, millis.Seconds()), Request{method, path, status, size, millis}},
			"uvicorn":  {fmt.Sprintf(`INFO:     h:1 - "%s %s HTTP/1.1" %d OK`, method, path, status), Request{method, path, status, -1, -1}},
			"caddy": {fmt.Sprintf(`{"request":{"method":%s,"uri":%s},"duration":%f,"size":%d,"status":%d}`,
				quoted(method), quoted(path), d.Seconds(), size, status), Request{method, path, status, size, d}},
			"traefik": {fmt.Sprintf(`{"RequestMethod":%s,"RequestPath":%s,"Duration":%d,"DownstreamContentSize":%d,"DownstreamStatus":%d}`,
				quoted(method), quoted(path), d, size, status), Request{method, path, status, size, d}},
			"json": {fmt.Sprintf(`{"msg":"x","method":%s,"path":%s,"duration":%d,"bytes":%d,"status":%d}`,
				quoted(method), quoted(path), d, size, status), Request{method, path, status, size, d}},
			"logfmt": {fmt.Sprintf(`level=INFO method=%s path="%s" status=%d bytes=%d duration=%s`, method, path, status, size, d),
				Request{method, path, status, size, d}},
			"morgan-tiny": {fmt.Sprintf("%s %s %d %d - %.3f ms", method, path, status, size, float64(micros)/1000),
				Request{method, path, status, size, d}},
			"morgan-dev": {fmt.Sprintf("%s %s %d %.3f ms - %d", method, path, status, float64(micros)/1000, size),
				Request{method, path, status, size, d}},
			"$status|$path|$method|$bytes|$duration_us": {fmt.Sprintf("%d|%s|%s|%d|%d", status, path, method, size, micros),
				Request{method, path, status, size, d}},
		} {
			if strings.Contains(name, "|") && strings.Contains(path, "|") {
				continue
			}
			format, err := New(name)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := format.Parse(c.line); !ok || got != c.want {
				t.Errorf("%s: %s\n got %+v, %v\nwant %+v", name, c.line, got, ok, c.want)
			}
		}
	})
}

// Any line is read or refused, and what is read is in its range.
func FuzzLines(f *testing.F) {
	for _, cases := range lines() {
		for _, c := range cases {
			f.Add(c.line, `"$request" $status $bytes $duration`)
		}
	}
	f.Fuzz(func(t *testing.T, line, pattern string) {
		all := Formats()
		if own, err := New(pattern); err == nil {
			all = append(all, own)
		}
		for _, format := range all {
			r, ok := format.Parse(line)
			if ok && (r.Status < 100 || r.Status > 599 || r.Bytes < -1 || r.Duration < -1) {
				t.Errorf("%s reads %q as %+v", format.Name(), line, r)
			}
		}
	})
}

func BenchmarkLinesOfNoRequest(b *testing.B) {
	d := NewDetector(nil)
	b.ReportAllocs()
	for b.Loop() {
		d.Request("2026-11-30T10:00:00Z INFO worker 7 has finished its job and waits for the next one")
	}
}

func BenchmarkCombined(b *testing.B) {
	d := NewDetector(nil)
	line := lines()["combined"][0].line
	b.ReportAllocs()
	for b.Loop() {
		d.Request(line)
	}
}

// A program's output is not to be trusted: no line takes long.
func TestNoLineTakesLong(t *testing.T) {
	const size = maxLine
	for _, line := range []string{
		strings.Repeat(" ", size-1) + "x", `HTTP/ ] "` + strings.Repeat(" ", size-9), strings.Repeat(" -", size/2) + " ms",
		strings.Repeat(`\`, size), strings.Repeat("status=", size/7), strings.Repeat(`="`, size/2) + "status",
		`{"status":` + strings.Repeat("[", size-10), strings.Repeat("] ", size/2) + "HTTP/", strings.Repeat("\x1b[", size/2),
		strings.Repeat("Completed ", size/10),
	} {
		own, err := New("$skipped - $status x")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for _, f := range append(Formats(), own) {
			f.Parse(line)
		}
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("%.20q and so on takes %v", line, took)
		}
	}
}
