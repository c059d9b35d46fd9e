package files

import (
	"bytes"
	"encoding/binary"
)

// jpegHead is what is to be known of a JPEG before it is decoded.
type jpegHead struct {
	// turn is how it is to be turned, 1 to 8 (Exif 2.32, Orientation); 1 is as it is.
	turn int
	// progressive pictures are decoded with all their coefficients in memory.
	progressive bool
}

// readJPEGHead looks at the segments before the picture itself (ITU T.81,
// annex B); what is broken or not there is as if it did not say anything.
func readJPEGHead(data []byte) jpegHead {
	head := jpegHead{turn: 1}
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
			head.turn = exifTurn(segment[6:])
		case marker == 0xc2 || marker == 0xc6 || marker == 0xca || marker == 0xce:
			head.progressive = true
		}
		data = data[2+length:]
	}
	return head
}

// exifTurn finds the tag Orientation in the first directory of a TIFF header.
func exifTurn(tiff []byte) int {
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
		const orientation, short = 0x0112, 3
		if order.Uint16(entries) == orientation && order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 {
			if turn := int(order.Uint16(entries[8:])); turn >= 1 && turn <= 8 {
				return turn
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
