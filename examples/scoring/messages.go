package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"
)

// messages are those of a stream in memory, which they share. Arrow's own reader makes room for as
// much as a length says, so lengths are checked before it sees them.
type messages struct{ data []byte }

func (m *messages) Retain()  {}
func (m *messages) Release() {}

// Message is the next one: a mark, which old streams lack, the length of its description, that, and the body of the length described.
func (m *messages) Message() (*ipc.Message, error) {
	if len(m.data) == 0 {
		return nil, io.EOF
	}
	length, ok := m.number()
	if ok && length == -1 {
		length, ok = m.number()
	}
	if !ok || length == 0 {
		if len(m.data) > 0 {
			return nil, fmt.Errorf("the stream ends %d bytes before the body does", len(m.data))
		}
		return nil, io.EOF
	}
	if length < 8 || int(length) > len(m.data) {
		return nil, fmt.Errorf("a message of %d bytes, %d are left", length, len(m.data))
	}
	meta := m.data[:length]
	m.data = m.data[length:]
	body, err := checkMessage(meta)
	switch {
	case err != nil:
		return nil, err
	case body < 0 || body > int64(len(m.data)):
		return nil, fmt.Errorf("a body of %d bytes, %d are left", body, len(m.data))
	}
	message := ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(m.data[:body]))
	m.data = m.data[body:]
	return message, nil
}

func (m *messages) number() (x int32, ok bool) {
	if len(m.data) < 4 {
		return 0, false
	}
	x = int32(binary.LittleEndian.Uint32(m.data))
	m.data = m.data[4:]
	return x, true
}

// Fields by their numbers in Arrow's Message.fbs and Schema.fbs.
const (
	messageHeaderType, messageHeader, messageBody = 1, 2, 3
	schemaFields, schemaMetadata, schemaFeatures  = 1, 2, 3
	fieldChildren, fieldMetadata                  = 5, 6
	batchNodes, batchBuffers, batchVariadic       = 1, 2, 4

	headerSchema, headerBatch = 1, 3
)

// checkMessage is the length of the body that follows. It panics or gives an error where a list is longer than the message.
func checkMessage(meta []byte) (body int64, err error) {
	c := checker{left: 1 << 14}
	message := table{flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}}
	if at := message.at(messageBody); at > 0 {
		body = message.GetInt64(at)
	}
	kind, header := byte(0), message.at(messageHeader)
	if at := message.at(messageHeaderType); at > 0 {
		kind = message.GetByte(at)
	}
	if header == 0 {
		return 0, errors.New("a message without a header")
	}
	t := table{flatbuffers.Table{Bytes: meta, Pos: message.Indirect(header)}}
	switch kind {
	case headerSchema:
		c.list(t, schemaMetadata, 4)
		c.list(t, schemaFeatures, 8)
		c.fields(t, schemaFields, 2)
	case headerBatch:
		c.list(t, batchNodes, 16)
		c.list(t, batchBuffers, 16)
		c.list(t, batchVariadic, 8)
	default:
		c.err = fmt.Errorf("a message of kind %d, neither a schema nor a record batch", kind)
	}
	return body, c.err
}

type table struct{ flatbuffers.Table }

// at is where a field is, 0 if it is not there.
func (t table) at(field flatbuffers.VOffsetT) flatbuffers.UOffsetT {
	if o := t.Offset(4 + 2*field); o > 0 {
		return t.Pos + flatbuffers.UOffsetT(o)
	}
	return 0
}

// A checker remembers the first list that is wrong, and how many elements there may yet be.
type checker struct {
	left int
	err  error
}

// list is where the elements of a field begin, of a size, and how many there are.
func (c *checker) list(t table, field flatbuffers.VOffsetT, size int) (start, n int) {
	at := t.at(field)
	if at == 0 || c.err != nil {
		return 0, 0
	}
	o := at - t.Pos
	start, n = int(t.Vector(o)), t.VectorLen(o)
	if c.left -= n; n < 0 || c.left < 0 || start+n*size > len(t.Bytes) {
		c.err = fmt.Errorf("a list of %d elements in a message of %d bytes", n, len(t.Bytes))
		return 0, 0
	}
	return start, n
}

// fields checks a list of fields, which are nested so deep at most.
func (c *checker) fields(t table, field flatbuffers.VOffsetT, depth int) {
	start, n := c.list(t, field, 4)
	if n > 0 && depth == 0 {
		c.err = errors.New("lists of lists of lists")
	}
	for i := range n {
		if c.err != nil {
			return
		}
		f := table{flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(flatbuffers.UOffsetT(start + 4*i))}}
		c.list(f, fieldMetadata, 4)
		c.fields(f, fieldChildren, depth-1)
	}
}
