//go:build !unix

package camera

import "os"

// CellSize is unknown on this system.
func CellSize(*os.File) (width, height int) { return 0, 0 }
