//go:build linux && amd64

package fakecam

import "golang.org/x/sys/unix"

// planeBytes is the size of struct v4l2_plane.
const planeBytes = 64

// exchangePlanes answers what is about one buffer in planes, of which the
// program has room at an address of its own.
func (h *handle) exchangePlanes(one *call, index int, arg []byte, address uint64, room int) unix.Errno {
	planes := h.planes()
	if room < len(planes) {
		return unix.EINVAL
	}
	left := h.slots[index].used
	for i, p := range planes {
		used := min(left, p.size)
		if i == len(planes)-1 {
			used = left
		}
		left -= used
		about := make([]byte, planeBytes)
		if used > 0 {
			used += p.lead // the lead counts as used
		}
		order.PutUint32(about, uint32(used))
		order.PutUint32(about[4:], uint32(p.lead+p.size))
		order.PutUint32(about[8:], uint32(index*h.room()+p.offset))
		order.PutUint32(about[16:], uint32(p.lead))
		if !one.write(address+uint64(i*planeBytes), about) {
			return unix.EFAULT
		}
	}
	order.PutUint32(arg[8:], 0)
	order.PutUint64(arg[64:], address)
	order.PutUint32(arg[72:], uint32(len(planes)))
	return 0
}

// putPlanes completes a format as struct v4l2_pix_format_mplane has it.
func (h *handle) putPlanes(arg []byte, colorspace uint32) {
	order.PutUint32(arg[24:], colorspace)
	for i, p := range h.planes() {
		order.PutUint32(arg[28+20*i:], uint32(p.lead+p.size))
		order.PutUint32(arg[32+20*i:], uint32(p.stride))
	}
	arg[188] = byte(len(h.planes()))
}
