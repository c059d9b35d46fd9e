//go:build linux

package camera

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// deviceControls are a device's controls. As in node, the structures for the kernel
// are on the heap. (go4vl omits the flags, which mark read-only controls.)
type deviceControls struct {
	*node
	query v4l2QueryControl
	item  v4l2QueryMenu
	value v4l2Control
}

// openPanel opens the device at path for its controls.
func openPanel(path string) (panel, error) {
	n, err := openNode(path)
	if err != nil {
		return nil, refusal(path, err)
	}
	return &deviceControls{node: n}, nil
}

func (k *deviceControls) controls() ([]control, error) {
	var all []control
	id := uint32(0)
	for {
		k.query = v4l2QueryControl{id: id | v4l2NextControl}
		err := k.ioctl(vidiocQueryControl, unsafe.Pointer(&k.query))
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTTY) {
			return all, nil // the end of the list, or no list
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

// describe converts k.query to a control. It returns false for entries that are no
// controls, and for those that are not set by a number.
func (k *deviceControls) describe() (control, bool) {
	q := &k.query
	if q.flags&v4l2ControlDisabled != 0 {
		return control{}, false
	}
	c := control{Name: text(q.name[:]), number: uint32(q.id),
		Min: int(q.minimum), Max: int(q.maximum), Step: int(q.step), Default: int(q.normal),
		ReadOnly: q.flags&v4l2ControlReadOnly != 0, Inactive: q.flags&v4l2ControlInactive != 0}
	c.ID = controlID(c.Name)
	switch q.kind {
	case v4l2TypeInteger:
		c.Type = "int"
	case v4l2TypeBoolean:
		c.Type = "bool"
	case v4l2TypeMenu, v4l2TypeIntegerMenu:
		c.Type = "menu"
		c.Menu = k.menu(q.kind == v4l2TypeIntegerMenu)
	case v4l2TypeBitmask:
		c.Type = "bitmask"
	case v4l2TypeButton:
		c.Type = "button"
		return c, true
	default:
		return control{}, false
	}
	if q.flags&v4l2ControlNoRead == 0 {
		k.value = v4l2Control{id: q.id}
		if err := k.ioctl(vidiocGetControl, unsafe.Pointer(&k.value)); err != nil {
			return control{}, false
		}
		c.Value = int(k.value.value)
	}
	return c, true
}

// menu lists the choices of the control in k.query. A driver leaves out those
// that the camera does not have.
func (k *deviceControls) menu(numbers bool) []menuItem {
	const most = 256 // a driver that offers more is mad
	var items []menuItem
	for i := k.query.minimum; i <= k.query.maximum && len(items) < most; i++ {
		k.item = v4l2QueryMenu{id: k.query.id, index: uint32(i)}
		if k.ioctl(vidiocQueryMenu, unsafe.Pointer(&k.item)) != nil {
			continue
		}
		name := text(k.item.name[:])
		if numbers {
			name = strconv.FormatInt(int64(binary.NativeEndian.Uint64(k.item.name[:])), 10)
		}
		items = append(items, menuItem{Value: int(i), Name: name})
	}
	return items
}

func (k *deviceControls) set(number uint32, value int) error {
	k.value = v4l2Control{id: uint32(number), value: int32(value)}
	return k.ioctl(vidiocSetControl, unsafe.Pointer(&k.value))
}

// text is a name that ends with a zero.
func text(b []byte) string {
	name, _, _ := bytes.Cut(b, []byte{0})
	return string(bytes.ToValidUTF8(name, nil))
}
