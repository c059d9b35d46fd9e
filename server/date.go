package server

import (
	"net/http"
	"sync/atomic"
	"time"
)

// date keeps the value of the Date header, which changes once a second.
type date struct{ last atomic.Pointer[dateText] }

type dateText struct {
	second int64
	text   []byte
}

func (d *date) at(t time.Time) []byte {
	second := t.Unix()
	if got := d.last.Load(); got != nil && got.second == second {
		return got.text
	}
	got := &dateText{second, t.UTC().AppendFormat(nil, http.TimeFormat)}
	d.last.Store(got)
	return got.text
}
