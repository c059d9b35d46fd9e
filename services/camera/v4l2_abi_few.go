//go:build linux && (mips || mipsle || mips64 || mips64le || ppc64 || ppc64le)

package camera

// The directions of an ioctl and where its number has them, asm/ioctl.h.
const (
	ioctlRead      = 2
	ioctlWrite     = 4
	ioctlDirection = 29
)
