package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// videoFormat is struct v4l2_format of a 64-bit machine.
type videoFormat struct {
	kind, _                                        uint32
	width, height, fourcc, field, stride, size, cs uint32
	_                                              [172]byte
}

// feed writes pictures to a v4l2loopback device until it is ended: one
// write(2) each.
func feed(device, perSecond string) error {
	rate, err := strconv.Atoi(perSecond)
	if err != nil || rate < 1 || rate > 1000 {
		return fmt.Errorf("expected 1 to 1000 pictures a second, got %q", perSecond)
	}
	pictures, err := motionPictures()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	const output, setFormat = 2, 0xC0D05605 // V4L2_BUF_TYPE_VIDEO_OUTPUT, VIDIOC_S_FMT
	format := &videoFormat{kind: output, width: motionWidth, height: motionHeight, field: 1, cs: 7,
		fourcc: 'M' | 'J'<<8 | 'P'<<16 | 'G'<<24, size: motionWidth * motionHeight}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), setFormat, uintptr(unsafe.Pointer(format))); errno != 0 {
		return fmt.Errorf("cannot set the format of %s: %w", device, errno)
	}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for number := uint64(1); ; number++ {
		if _, err := f.Write(pictures(number)); err != nil {
			return err
		}
		if number == 1 {
			fmt.Println("feeding", device)
		}
		<-tick.C
	}
}
