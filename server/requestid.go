package server

import (
	"crypto/rand"
	"net/http"
)

// maxRequestID bounds an id that a client brings along.
const maxRequestID = 64

// id is the request's id: the client's X-Request-Id if it is a plain word, or
// a new one. It stays the same for the request.
func (w *response) id(r *http.Request) string {
	if w.given == "" {
		w.given = clientID(r)
		if w.given == "" {
			w.given = rand.Text()
		}
	}
	return w.given
}

// clientID is the client's X-Request-Id, or "" if it may not be repeated.
func clientID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); plainWord(id) {
		return id
	}
	return ""
}

// plainWord reports whether an id may be repeated: a token of RFC 9110 §5.6.2,
// and not too long.
func plainWord[T string | []byte](id T) bool {
	if len(id) == 0 || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		if class[id[i]]&inName == 0 {
			return false
		}
	}
	return true
}

// fail answers 500 with the id by which the log tells more.
func (w *response) fail(r *http.Request) {
	id := w.id(r)
	w.Header().Set("X-Request-Id", id)
	http.Error(w, "500 internal server error; the log says more about the request "+id, http.StatusInternalServerError)
}

// requestID is the id of a request whose writer may be anybody's.
func requestID(w http.ResponseWriter, r *http.Request) string {
	if rw, ok := w.(*response); ok {
		return rw.id(r)
	}
	return clientID(r)
}

func failed(w http.ResponseWriter, r *http.Request) {
	if rw, ok := w.(*response); ok {
		rw.fail(r)
		return
	}
	http.Error(w, "500 internal server error", http.StatusInternalServerError)
}
