package jpeg

import (
	"bytes"
	"errors"
	"testing"
)

// laidApart lays a picture of NV12 or YU12 out as NM12 or YM12, with other
// padding in the colour.
func laidApart(s Shape, data []byte) (Shape, [][]byte) {
	half, across := (s.Height+1)/2, s.Stride
	to := s
	to.Format = NM12
	memories := [][]byte{data[:s.Height*s.Stride]}
	if s.Format == YU12 {
		to.Format, across = YM12, s.Stride/2
	}
	to.ColourStride = across + 24
	rest := data[s.Height*s.Stride:]
	for range to.Memories() - 1 {
		var plane []byte
		for range half {
			row := rest[:min(across, len(rest))]
			rest = rest[len(row):]
			plane = append(append(plane, row...), bytes.Repeat([]byte{200}, to.ColourStride-len(row))...)
		}
		memories = append(memories, plane)
	}
	return to, memories
}

func TestPlanesInMemoryOfTheirOwnMakeTheSameFile(t *testing.T) {
	for _, f := range []Format{NV12, YU12} {
		for _, turn := range []Turn{{}, {Rotate: 90, FlipH: true}} {
			s := shapeOf(f, 322, 182, 32, false)
			data := raw(s)
			split, memories := laidApart(s, data)
			var files [2][]byte
			for i, shape := range []Shape{s, split} {
				e, err := New(shape, turn, 2)
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					files[i], err = e.Append(nil, data, 80)
				} else {
					files[i], err = e.AppendPlanes(nil, memories, 80)
				}
				if err != nil {
					t.Fatal(err)
				}
				if i == 1 {
					if _, err := e.AppendPlanes(nil, memories[:1], 80); !errors.Is(err, ErrShort) {
						t.Errorf("%v without its colour: %v", split.Format, err)
					}
					memories[1] = memories[1][:split.SizeOf(1)-1]
					if _, err := e.AppendPlanes(nil, memories, 80); !errors.Is(err, ErrShort) {
						t.Errorf("%v with too little colour: %v", split.Format, err)
					}
				}
				e.Close()
			}
			if !bytes.Equal(files[0], files[1]) {
				t.Errorf("%v and %v, turned by %+v, differ", f, split.Format, turn)
			}
		}
	}
	if _, err := New(Shape{Format: NM12, Width: 64, Height: 64, Stride: 64, ColourStride: 63}, Turn{}, 1); err == nil {
		t.Error("rows of colour that are too short were accepted")
	}
}
