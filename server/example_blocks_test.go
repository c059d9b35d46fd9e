package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"
	"time"

	"github.com/ammarctl/ammarctl/server"
)

// ask passes a request to a server without a port, as a test may too.
func ask(srv *server.Server, method, target string, change ...func(*http.Request)) string {
	r := httptest.NewRequest(method, target, nil)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	return fmt.Sprint(w.Code, " ", strings.TrimSpace(w.Body.String()))
}

func quiet() *server.Server {
	return server.New(server.Config{Log: io.Discard, NoAccessLog: true})
}

// A page is rendered at most once per interval, however many ask.
func ExampleServer_Page() {
	srv := quiet()
	rendered := 0
	srv.Page("/{$}", server.Page{Every: time.Hour, Render: func(context.Context) ([]byte, error) {
		rendered++
		return fmt.Appendf(nil, "rendered %d times", rendered), nil
	}})
	fmt.Println(ask(srv, "GET", "/"))
	fmt.Println(ask(srv, "GET", "/"))
	// Output:
	// 200 rendered 1 times
	// 200 rendered 1 times
}

// A page of one's own for each client.
func ExamplePage_each() {
	srv := quiet()
	srv.Page("/hello", server.Page{Each: func(r *http.Request) ([]byte, error) {
		return fmt.Appendf(nil, "Hello, %s!", r.FormValue("name")), nil
	}})
	fmt.Println(ask(srv, "GET", "/hello?name=Ann"))
	// Output: 200 Hello, Ann!
}

// Below /admin a password is needed. In a real service the hash comes from a
// file, with LoadPasswords.
func ExampleServer_Protect() {
	srv := quiet()
	srv.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	passwords := new(server.Passwords)
	if err := passwords.Add("ann", server.HashPassword("secret")); err != nil {
		fmt.Println(err)
	}
	srv.Protect("/admin", passwords)
	fmt.Println(ask(srv, "GET", "/"))
	fmt.Println(ask(srv, "GET", "/admin/users"))
	fmt.Println(ask(srv, "GET", "/admin/users", func(r *http.Request) { r.SetBasicAuth("ann", "secret") }))
	// Output:
	// 200 hello
	// 401 401 a name and its password are needed
	// 200 hello
}

// A hook may answer in place of the handlers.
func ExampleServer_Before() {
	srv := quiet()
	srv.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	srv.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != "TRACE" {
			return false
		}
		http.Error(w, "not here", http.StatusMethodNotAllowed)
		return true
	})
	fmt.Println(ask(srv, "GET", "/"))
	fmt.Println(ask(srv, "TRACE", "/"))
	// Output:
	// 200 hello
	// 405 not here
}

// Files of any file system, next to pages. For a folder: os.OpenRoot, and its FS.
func ExampleServer_Files() {
	srv := quiet()
	srv.Files("/static/", fstest.MapFS{"site.css": {Data: []byte("body { margin: 0 }")}})
	fmt.Println(ask(srv, "GET", "/static/site.css"))
	fmt.Println(ask(srv, "GET", "/static/none.css"))
	// Output:
	// 200 body { margin: 0 }
	// 404 404 page not found
}

// Something to do once a minute while the server serves.
func ExampleServer_Every() {
	srv := quiet()
	srv.Every(time.Minute, func(ctx context.Context) {
		srv.Status(fmt.Sprintf("%d requests so far", srv.Stats().Requests))
	})
}

// Metrics of one's own, besides the server's.
func ExampleServer_Counter() {
	srv := quiet()
	orders := srv.Counter("shop_orders_total", "Orders taken.")
	srv.HandleFunc("POST /order", func(w http.ResponseWriter, r *http.Request) {
		orders.Inc()
		io.WriteString(w, "thank you")
	})
	fmt.Println(ask(srv, "POST", "/order"))
	// Output: 200 thank you
}

// A form that signs in, and a page that knows who did.
func ExampleSessions() {
	srv := quiet()
	var sessions server.Sessions
	srv.HandleFunc("POST /enter", func(w http.ResponseWriter, r *http.Request) {
		sessions.Start(w, r).Set("name", r.FormValue("name"))
		io.WriteString(w, "welcome")
	})
	srv.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		if session == nil {
			http.Error(w, "not signed in", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, session.Value("name"))
	})
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, httptest.NewRequest("POST", "/enter?name=Ann", nil))
	cookie := w.Result().Cookies()[0]
	fmt.Println(ask(srv, "GET", "/who"))
	fmt.Println(ask(srv, "GET", "/who", func(r *http.Request) { r.AddCookie(cookie) }))
	// Output:
	// 403 not signed in
	// 200 Ann
}
