package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

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

// watch is a server-streaming call. Debian's ttrpc is 1.1, which knows unary calls only, so the frames of the published
// specification (PROTOCOL.md of 1.2) are written and read by hand, over a yamux stream of their own.
type watch struct {
	conn net.Conn
}

func watchEvents(session *yamux.Session) watch {
	conn, err := session.Open()
	check("WatchEvents", err)
	request, err := proto.Marshal(&Request{Service: service, Method: "WatchEvents"})
	check("WatchEvents", err)
	frame := make([]byte, 10, 10+len(request))
	binary.BigEndian.PutUint32(frame, uint32(len(request)))
	binary.BigEndian.PutUint32(frame[4:], 1)
	frame[8] = 1 // request
	frame[9] = 1 // remote closed: a stream is expected, and nothing more comes from here
	_, err = conn.Write(append(frame, request...))
	check("WatchEvents", err)
	ok("WatchEvents", "asked")
	return watch{conn}
}

func (w watch) expectExit(id string) {
	for {
		header := make([]byte, 10)
		_, err := io.ReadFull(reader{w.conn}, header)
		check("WatchEvents", err)
		data := make([]byte, binary.BigEndian.Uint32(header))
		_, err = io.ReadFull(reader{w.conn}, data)
		check("WatchEvents", err)
		if streamID, kind, flags := binary.BigEndian.Uint32(header[4:]), header[8], header[9]; streamID != 1 || kind != 3 || flags != 0 {
			fail("WatchEvents", fmt.Errorf("unexpected message: stream %d, type %d, flags %d, %q", streamID, kind, flags, data))
		}

		var event Event
		check("WatchEvents", proto.Unmarshal(data, &event))
		if exit := event.ProcessExit; exit != nil && exit.ID == id {
			ok("WatchEvents", "exit of %s at %s", id, time.Unix(0, event.UnixNanoseconds).UTC().Format(time.RFC3339))
			check("WatchEvents", w.conn.Close())
			return
		}
	}
}

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
