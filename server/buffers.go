package server

import (
	"net"
	"sync"
)

// readSize is the longest request that the fast lane looks at.
const readSize = 4096

// input is what was read and not yet used: b[r:w].
type input struct {
	r, w int
	b    [readSize]byte
}

func (in *input) compact() {
	if in.r > 0 {
		in.w = copy(in.b[:], in.b[in.r:in.w])
		in.r = 0
	}
}

// buffers are shared by the connections of a server.
type buffers struct{ inputs, outputs sync.Pool }

func newBuffers() *buffers {
	return &buffers{
		inputs:  sync.Pool{New: func() any { return new(input) }},
		outputs: sync.Pool{New: func() any { return new(output) }},
	}
}

func (b *buffers) output() *output { return b.outputs.Get().(*output) }

func (b *buffers) input() *input {
	in := b.inputs.Get().(*input)
	in.r, in.w = 0, 0
	return in
}

// flushSize is how much gathers at most before a write, while a client that
// pipelines has more requests in the buffer.
const flushSize = 16 << 10

// output is what the fast lane is about to send.
type output struct {
	b    []byte
	line []byte // scratch for a log line
	// long is a body to send after b as it is: to copy it would cost more than
	// a second part of a writev(2).
	long  []byte
	parts [2][]byte
	vec   net.Buffers
}

// longBody is from where a body is not copied.
const longBody = 16 << 10
