package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/golang/protobuf/proto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	service   = "/islet.agent.v1.Agent/"
	processID = "go-peer"
	piece     = 32 * 1024
)

func testAgent(connection *grpc.ClientConn, port uint32, size int, command []string) {
	var info GetInfoResponse
	check("GetInfo", call(connection, "GetInfo", &Empty{}, &info))
	if info.AgentVersion == "" {
		fail("GetInfo", fmt.Errorf("no version in %+v", info))
	}
	ok("GetInfo", "%s on %s %s", info.AgentVersion, info.KernelRelease, info.Machine)

	expect("NoSuchMethod", codes.Unimplemented, call(connection, "NoSuchMethod", &Empty{}, &Empty{}))
	_, err := open(connection, &OpenStreamRequest{Stdio: &StdioStream{ProcessID: "none", Channel: 1}})
	expect("NoSuchStream", codes.NotFound, err)
	if port != 0 {
		tunnel(connection, port, size)
		giveUp(connection)
	}

	execute(connection, command)
}

func call(connection *grpc.ClientConn, method string, request, response proto.Message) error {
	return connection.Invoke(context.Background(), service+method, request, response)
}

func expect(step string, code codes.Code, err error) {
	if status.Code(err) != code {
		fail(step, fmt.Errorf("expected %v, got %v", code, err))
	}
	ok(step, "%v", code)
}

// open begins a stream and waits until the agent says that it is open.
func open(connection *grpc.ClientConn, request *OpenStreamRequest) (grpc.ClientStream, error) {
	description := &grpc.StreamDesc{StreamName: "OpenStream", ServerStreams: true, ClientStreams: true}
	stream, err := connection.NewStream(context.Background(), description, service+"OpenStream")
	if err != nil {
		return nil, err
	}
	if err = stream.SendMsg(&StreamFrame{Open: request}); err != nil && err != io.EOF {
		return nil, err
	}
	var answer StreamFrame
	if err = stream.RecvMsg(&answer); err != nil {
		return nil, err
	}
	if answer.Opened == nil {
		return nil, fmt.Errorf("the first frame is %+v", answer)
	}
	return stream, nil
}

// readAll reads up to the end of the agent's direction, and of the call if the host's has ended.
func readAll(step string, stream grpc.ClientStream, untilStatus bool) []byte {
	var received bytes.Buffer
	for {
		var frame StreamFrame
		err := stream.RecvMsg(&frame)
		if err == io.EOF || (err == nil && frame.End != nil && !untilStatus) {
			return received.Bytes()
		}
		check(step, err)
		received.Write(frame.Data)
	}
}

// More bytes than all windows hold go through and come back; each direction ends.
func tunnel(connection *grpc.ClientConn, port uint32, size int) {
	stream, err := open(connection, &OpenStreamRequest{Dial: &DialStream{Address: "127.0.0.1", Port: port}})
	check("tunnel", err)
	sent := make([]byte, size)
	_, err = rand.Read(sent)
	check("tunnel", err)
	go func() {
		for at := 0; at < size; at += piece {
			end := at + piece
			if end > size {
				end = size
			}
			check("tunnel", stream.SendMsg(&StreamFrame{Data: sent[at:end]}))
		}
		check("tunnel", stream.CloseSend())
	}()

	received := readAll("tunnel", stream, true)
	if !bytes.Equal(sent, received) {
		fail("tunnel", fmt.Errorf("%d bytes came back of %d, or they differ", len(received), len(sent)))
	}
	ok("tunnel", "%d bytes", len(received))
}

// A call that is given up after a time ends.
func giveUp(connection *grpc.ClientConn) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	expect("deadline", codes.DeadlineExceeded, connection.Invoke(ctx, service+"WaitPort", &WaitPortRequest{Port: 1}, &Empty{}))
}

func execute(connection *grpc.ClientConn, command []string) {
	var created CreateProcessResponse
	check("CreateProcess", call(connection, "CreateProcess", &CreateProcessRequest{
		Process: &ProcessSpec{ID: processID, Arguments: command},
		Start:   true,
	}, &created))
	if created.Pid <= 0 {
		fail("CreateProcess", fmt.Errorf("pid %d", created.Pid))
	}
	ok("CreateProcess", "pid %d", created.Pid)

	stdout, err := open(connection, &OpenStreamRequest{Stdio: &StdioStream{ProcessID: processID, Channel: 1}})
	check("stdout", err)
	output := readAll("stdout", stdout, false)
	check("stdout", stdout.CloseSend())
	if expected := strings.Join(command[1:], " ") + "\n"; string(output) != expected {
		fail("stdout", fmt.Errorf("expected %q, got %q", expected, output))
	}
	ok("stdout", "%d bytes", len(output))

	var exit ProcessExit
	check("WaitProcess", call(connection, "WaitProcess", &WaitProcessRequest{ID: processID}, &exit))
	if exit.ID != processID || exit.ExitCode != 0 {
		fail("WaitProcess", fmt.Errorf("unexpected exit %+v", exit))
	}
	ok("WaitProcess", "exit code %d", exit.ExitCode)
}
