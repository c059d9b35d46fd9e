//go:build !race

package files

// slowdown is about how much longer things take under the race detector.
const slowdown = 1
