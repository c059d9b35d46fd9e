package pages

import (
	"bytes"
	"encoding/binary"
)

// jpegHead describes a JPEG before it is decoded.
type jpegHead struct {
	// orientation is 1 to 8 (Exif 2.32, Orientation); 1 is upright.
	orientation int
	// progressive images are decoded with all their coefficients in memory.
	progressive bool
}

// readJPEGHead reads the segments before the image data (ITU T.81, annex B). It
// ignores broken segments.
func readJPEGHead(data []byte) jpegHead {
	head := jpegHead{orientation: 1}
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
		return head
	}
	for data = data[2:]; len(data) >= 4 && data[0] == 0xff; {
		marker, length := data[1], int(binary.BigEndian.Uint16(data[2:]))
		if marker == 0xff { // fill bytes
			data = data[1:]
			continue
		}
		if marker == 0xda || length < 2 || len(data) < 2+length {
			break
		}
		segment := data[4 : 2+length]
		switch {
		case marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")):
			head.orientation = exifOrientation(segment[6:])
		case marker == 0xc2 || marker == 0xc6 || marker == 0xca || marker == 0xce:
			head.progressive = true
		}
		data = data[2+length:]
	}
	return head
}

// exifOrientation reads the tag Orientation from the first directory of a TIFF
// header; 1 if it is missing or invalid.
func exifOrientation(tiff []byte) int {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 1
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > int64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	for entries := tiff[at+2:]; count > 0 && len(entries) >= 12; count-- {
		const tag, short = 0x0112, 3
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 {
			if value := int(order.Uint16(entries[8:])); value >= 1 && value <= 8 {
				return value
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
