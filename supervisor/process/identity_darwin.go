package process

import "time"

// BootID is empty: the start times count from 1970.
func BootID() string { return "" }

// Age is not known here but by the clock on the wall.
func (id Identity) Age() (age time.Duration, ok bool) { return 0, false }
