package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"github.com/gogo/protobuf/proto"
	"github.com/hashicorp/yamux"
)

// openRaw begins a raw stream as the head of agent.proto says: the letter I, a varint length, the request; then the answer.
func openRaw(step string, session *yamux.Session, request *OpenStreamRequest) net.Conn {
	conn, err := session.Open()
	check(step, err)
	message, err := proto.Marshal(request)
	check(step, err)
	head := make([]byte, 1+binary.MaxVarintLen64)
	head[0] = 'I'
	head = head[:1+binary.PutUvarint(head[1:], uint64(len(message)))]
	_, err = conn.Write(append(head, message...))
	check(step, err)

	input := bufio.NewReaderSize(reader{conn}, 16)
	length, err := binary.ReadUvarint(input)
	check(step, err)
	answer := make([]byte, length)
	_, err = io.ReadFull(input, answer)
	check(step, err)
	var response OpenStreamResponse
	check(step, proto.Unmarshal(answer, &response))
	if response.Code != 0 {
		fail(step, fmt.Errorf("code %d: %s", response.Code, response.Message))
	}
	return bufferedConn{conn, input}
}

// bufferedConn gives what was read ahead first.
type bufferedConn struct {
	net.Conn
	input *bufio.Reader
}

func (c bufferedConn) Read(p []byte) (int, error) { return c.input.Read(p) }

// reader hides that yamux's streams are net.Conns, so that nothing in between looks for a faster way past Read.
type reader struct{ io.Reader }

func echo(session *yamux.Session) {
	for count := 0; ; count++ {
		conn, err := session.Accept()
		if err != nil {
			ok("echo", "%d streams", count)
			return
		}
		go func() {
			// A stream that is reset ends the copy with an error, which is none of the echo's.
			_, _ = io.Copy(conn, reader{conn})
			_ = conn.Close()
		}()
	}
}
