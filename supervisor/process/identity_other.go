//go:build unix && !linux && !darwin

package process

import "time"

// BootID is empty: it cannot be known here.
func BootID() string { return "" }

// Age is not known here but by the clock on the wall.
func (id Identity) Age() (age time.Duration, ok bool) { return 0, false }
