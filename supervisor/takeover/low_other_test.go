//go:build linux && !amd64

package takeover

const low32 = 0 // such memory cannot be asked for
