//go:build linux && cgo

package camera

/*
#include <linux/videodev2.h>
*/
import "C"

import (
	"bytes"
	"errors"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// knobs are a device's controls. As for node, what the kernel writes to lies
// on the heap. (go4vl leaves out the flags, which tell what cannot be set.)
type knobs struct {
	*node
	query C.struct_v4l2_queryctrl
	item  C.struct_v4l2_querymenu
	value C.struct_v4l2_control
}

// openPanel opens the device at path for its controls.
func openPanel(path string) (panel, error) {
	n, err := openNode(path)
	if err != nil {
		return nil, refusal(path, err)
	}
	return &knobs{node: n}, nil
}

func (k *knobs) controls() ([]control, error) {
	var all []control
	id := C.__u32(0)
	for {
		k.query = C.struct_v4l2_queryctrl{id: id | C.V4L2_CTRL_FLAG_NEXT_CTRL}
		err := k.ioctl(C.VIDIOC_QUERYCTRL, unsafe.Pointer(&k.query))
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTTY) {
			return all, nil // there are no more, or none at all
		}
		if err != nil {
			return nil, err
		}
		if k.query.id <= id {
			return nil, errors.New("the driver lists its controls in a circle")
		}
		id = k.query.id
		if c, ok := k.describe(); ok {
			all = append(all, c)
		}
	}
}

// describe makes a control of k.query; false for what is none, or cannot be
// set by a number.
func (k *knobs) describe() (control, bool) {
	q := &k.query
	if q.flags&C.V4L2_CTRL_FLAG_DISABLED != 0 {
		return control{}, false
	}
	c := control{Name: text(unsafe.Slice((*byte)(unsafe.Pointer(&q.name)), len(q.name))), number: uint32(q.id),
		Min: int(q.minimum), Max: int(q.maximum), Step: int(q.step), Default: int(q.default_value),
		ReadOnly: q.flags&C.V4L2_CTRL_FLAG_READ_ONLY != 0, Inactive: q.flags&C.V4L2_CTRL_FLAG_INACTIVE != 0}
	c.ID = controlID(c.Name)
	switch q._type {
	case C.V4L2_CTRL_TYPE_INTEGER:
		c.Type = "int"
	case C.V4L2_CTRL_TYPE_BOOLEAN:
		c.Type = "bool"
	case C.V4L2_CTRL_TYPE_MENU, C.V4L2_CTRL_TYPE_INTEGER_MENU:
		c.Type = "menu"
		c.Menu = k.menu(q._type == C.V4L2_CTRL_TYPE_INTEGER_MENU)
	case C.V4L2_CTRL_TYPE_BITMASK:
		c.Type = "bitmask"
	case C.V4L2_CTRL_TYPE_BUTTON:
		c.Type = "button"
		return c, true
	default:
		return control{}, false
	}
	if q.flags&C.V4L2_CTRL_FLAG_WRITE_ONLY == 0 {
		k.value = C.struct_v4l2_control{id: q.id}
		if err := k.ioctl(C.VIDIOC_G_CTRL, unsafe.Pointer(&k.value)); err != nil {
			return control{}, false
		}
		c.Value = int(k.value.value)
	}
	return c, true
}

// menu lists the choices of the control in k.query. A driver leaves out those
// that the camera does not have.
func (k *knobs) menu(numbers bool) []menuItem {
	const most = 256 // a driver that offers more is mad
	var items []menuItem
	for i := k.query.minimum; i <= k.query.maximum && len(items) < most; i++ {
		k.item = C.struct_v4l2_querymenu{id: k.query.id, index: C.__u32(i)}
		if k.ioctl(C.VIDIOC_QUERYMENU, unsafe.Pointer(&k.item)) != nil {
			continue
		}
		// The union is a name or a number.
		raw := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(&k.item), 8)), 32)
		name := text(raw)
		if numbers {
			name = strconv.FormatInt(*(*int64)(unsafe.Pointer(&raw[0])), 10)
		}
		items = append(items, menuItem{Value: int(i), Name: name})
	}
	return items
}

func (k *knobs) set(number uint32, value int) error {
	k.value = C.struct_v4l2_control{id: C.__u32(number), value: C.__s32(value)}
	return k.ioctl(C.VIDIOC_S_CTRL, unsafe.Pointer(&k.value))
}

// text is a name that ends with a zero.
func text(b []byte) string {
	name, _, _ := bytes.Cut(b, []byte{0})
	return string(bytes.ToValidUTF8(name, nil))
}
