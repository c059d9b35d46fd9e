package jpeg

import (
	"encoding/binary"
	"fmt"
	"image"
	"sync"
)

// Encoder compresses pictures of one shape. It keeps its memory, so that a
// picture allocates nothing once the first few are done. It is used by one
// goroutine at a time; within a picture it works on several processors.
type Encoder struct {
	shape  Shape
	turn   Turn
	tables *tables

	quality      int
	quantisation [2]quantisation

	single  [1][]byte // a picture's only memory
	planes  []plane
	width   int // pixels, as turned
	height  int
	across  int // MCUs in a row
	down    int // rows of MCUs
	perPart int // rows of MCUs in a part

	parts   []part
	jobs    chan *part
	done    sync.WaitGroup // parts of the picture at hand
	workers sync.WaitGroup
}

// part is a strip of the picture, from one restart marker to the next.
type part struct {
	e     *Encoder
	first int // row of MCUs
	end   int
	out   writer

	tile         tile
	coefficients coefficients
	// Padding: another processor writes the next part, and a shared cache line
	// would bounce between the processors.
	_ [128]byte
}

// tables are shared by all pictures.
type tables struct {
	dc, ac [2]*codes
	levels [2]levels
	// segments are the Huffman tables as the file has them.
	segments []byte
}

// smallest is how many pixels a strip has at least: below it, waking
// a processor takes longer than the work.
const smallest = 64 * 1024

// New returns an encoder for pictures of this shape, which works on up to
// workers processors at once (at least 1). Close ends its goroutines.
func New(shape Shape, turn Turn, workers int) (*Encoder, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	e := &Encoder{shape: shape, turn: turn}
	fullRange := shape.FullRange || shape.Format == RGB24 || shape.Format == BGR24
	if err := e.prepare(fullRange, shape.appendPlanes(nil), workers); err != nil {
		return nil, err
	}
	return e, nil
}

// NewLike returns an encoder for decoded pictures that are like p in size and
// subsampling, for AppendYCbCr.
func NewLike(p *image.YCbCr, turn Turn, workers int) (*Encoder, error) {
	size := p.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > maxSide || size.Y > maxSide {
		return nil, fmt.Errorf("expected a picture of 1x1 to %dx%d pixels, got %dx%d", maxSide, maxSide, size.X, size.Y)
	}
	e := &Encoder{turn: turn}
	if err := e.prepare(true, ycbcrPlanes(nil, p), workers); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Encoder) prepare(fullRange bool, planes []plane, workers int) error {
	switch e.turn.Rotate {
	case 0, 90, 180, 270:
	default:
		return fmt.Errorf("rotate: expected 0, 90, 180 or 270 degrees, got %d", e.turn.Rotate)
	}
	e.tables = &tables{levels: [2]levels{newLevels(fullRange, false), newLevels(fullRange, true)},
		segments: AppendHuffman(nil)}
	for i, t := range huffmanTables() {
		e.tables.dc[i], e.tables.ac[i] = newCodes(t.dcCounts, t.dcValues), newCodes(t.acCounts, t.acValues)
	}
	for _, p := range planes {
		e.planes = append(e.planes, p.turned(e.turn))
	}
	luma := &e.planes[0]
	if len(e.planes) == 1 {
		luma.horizontal, luma.vertical = 1, 1
	}
	e.width, e.height = luma.width, luma.height
	e.across = (e.width + 8*luma.horizontal - 1) / (8 * luma.horizontal)
	e.down = (e.height + 8*luma.vertical - 1) / (8 * luma.vertical)
	strips := max(1, min(workers, e.width*e.height/smallest, e.down, maxSide))
	e.perPart = min((e.down+strips-1)/strips, max(1, maxSide/e.across)) // the interval is stated in 16 bits
	for row := 0; row < e.down; row += e.perPart {
		e.parts = append(e.parts, part{e: e, first: row, end: min(row+e.perPart, e.down), out: writer{place: unzigzag()}})
	}
	if len(e.parts) > 1 {
		e.jobs = make(chan *part, len(e.parts))
		for range min(workers, len(e.parts)) - 1 {
			e.workers.Go(func() {
				for p := range e.jobs {
					p.encode()
					e.done.Done()
				}
			})
		}
	}
	return nil
}

// Size returns the width and height of the pictures as turned.
func (e *Encoder) Size() (width, height int) { return e.width, e.height }

// Close ends the encoder's goroutines.
func (e *Encoder) Close() {
	if e.jobs != nil {
		close(e.jobs)
		e.workers.Wait()
	}
}

// Append appends the picture in data, as a JPEG file of this quality (1 to
// 100), to dst. Data shorter than a picture is ErrShort.
func (e *Encoder) Append(dst, data []byte, quality int) ([]byte, error) {
	e.single[0] = data
	dst, err := e.AppendPlanes(dst, e.single[:], quality)
	e.single[0] = nil
	return dst, err
}

// AppendPlanes is Append for a picture that lies in as many memories as its
// shape has.
func (e *Encoder) AppendPlanes(dst []byte, memories [][]byte, quality int) ([]byte, error) {
	if len(memories) != e.shape.Memories() {
		return dst, fmt.Errorf("%w: %d memories of %d", ErrShort, len(memories), e.shape.Memories())
	}
	for i, data := range memories {
		if len(data) < e.shape.SizeOf(i) {
			return dst, fmt.Errorf("%w: %d bytes of %d", ErrShort, len(data), e.shape.SizeOf(i))
		}
	}
	for i := range e.planes {
		e.planes[i].data = memories[e.planes[i].memory]
	}
	dst = e.append(dst, quality)
	for i := range e.planes {
		e.planes[i].data = nil
	}
	return dst, nil
}

// AppendYCbCr appends p as Append does.
func (e *Encoder) AppendYCbCr(dst []byte, p *image.YCbCr, quality int) ([]byte, error) {
	var room [3]plane
	for i, now := range ycbcrPlanes(room[:0], p) {
		now = now.turned(e.turn)
		was := e.planes[i]
		if now.width != was.width || now.height != was.height ||
			now.horizontal != was.horizontal || now.vertical != was.vertical {
			return dst, fmt.Errorf("expected a picture like the first, of %dx%d, got %v", e.width, e.height, p.Bounds().Size())
		}
		e.planes[i] = now
	}
	return e.append(dst, quality), nil
}

func (e *Encoder) append(dst []byte, quality int) []byte {
	if quality = min(max(quality, 1), 100); quality != e.quality {
		e.quality = quality
		for i := range e.quantisation {
			e.quantisation[i].set(&annexK[i], quality, e.tables.levels[i])
		}
	}
	dst = e.appendHeader(dst)
	start := len(dst)
	e.done.Add(len(e.parts) - 1)
	for i := range e.parts[1:] {
		e.jobs <- &e.parts[i+1]
	}
	first := &e.parts[0]
	first.out.buf, first.out.at = dst[:cap(dst)], start
	first.encode()
	dst = first.out.buf[:first.out.at]
	first.out.buf = nil
	e.help()
	e.done.Wait()
	for i := range e.parts[1:] {
		dst = append(dst, 0xFF, 0xD0+byte(i%8))
		dst = append(dst, e.parts[i+1].out.buf[:e.parts[i+1].out.at]...)
	}
	return append(dst, 0xFF, 0xD9)
}

// help takes parts that no worker has begun.
func (e *Encoder) help() {
	for {
		select {
		case p := <-e.jobs:
			p.encode()
			e.done.Done()
		default:
			return
		}
	}
}

func (p *part) encode() {
	e, w := p.e, &p.out
	if p != &e.parts[0] {
		w.at = 0
	}
	w.bits, w.nbits = 0, 0
	var previous [3]int32
	for row := p.first; row < p.end; row++ {
		for column := range e.across {
			w.room(10 * blockRoom) // an MCU has ten blocks at most, B.2.3
			for i := range e.planes {
				previous[i] = p.component(&e.planes[i], column, row, previous[i])
			}
		}
	}
	w.room(16)
	w.end()
}

// component writes the blocks of c in one MCU.
func (p *part) component(c *plane, column, row int, previous int32) int32 {
	kind := 0
	scale := 8
	if c.chroma {
		kind = 1
		if c.mix != nil {
			scale = 16 // its colours are addressed by pixels
		}
	}
	t := p.e.tables
	for v := range c.vertical {
		for h := range c.horizontal {
			x, y := (column*c.horizontal+h)*scale, (row*c.vertical+v)*scale
			// A block may lie outside altogether; it repeats the edge.
			p.tile.load(c, min(x, c.width-1), min(y, c.height-1))
			p.coefficients.transform(&p.tile)
			previous = p.out.block(&p.coefficients, &p.e.quantisation[kind], t.dc[kind], t.ac[kind], previous)
		}
	}
	return previous
}

func be16(b []byte, v int) []byte { return binary.BigEndian.AppendUint16(b, uint16(v)) }
