package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"io/ioutil"
	"strings"

	"github.com/containerd/ttrpc"
	"github.com/hashicorp/yamux"
)

const (
	service   = "islet.agent.v1.Agent"
	processID = "go-peer"
)

func testAgent(session *yamux.Session, port uint32, command []string) {
	conn, err := session.Open()
	check("open", err)
	client := ttrpc.NewClient(conn)
	defer client.Close()

	getInfo(client)
	getMissing(client)
	if port != 0 {
		tunnel(session, port)
	}

	execute(session, client, command)
}

func getInfo(client *ttrpc.Client) {
	var info GetInfoResponse
	check("GetInfo", client.Call(context.Background(), service, "GetInfo", &Empty{}, &info))
	if info.AgentVersion == "" {
		fail("GetInfo", fmt.Errorf("no version in %+v", info))
	}
	ok("GetInfo", "%s on %s %s", info.AgentVersion, info.KernelRelease, info.Machine)
}

func getMissing(client *ttrpc.Client) {
	err := client.Call(context.Background(), service, "NoSuchMethod", &Empty{}, &Empty{})
	if err == nil || !strings.Contains(err.Error(), "Unimplemented") {
		fail("NoSuchMethod", fmt.Errorf("expected Unimplemented, got %v", err))
	}
	ok("NoSuchMethod", "Unimplemented")
}

// More bytes than both windows hold go through and come back.
func tunnel(session *yamux.Session, port uint32) {
	stream := openRaw("tunnel", session, &OpenStreamRequest{Dial: &DialStream{Address: "127.0.0.1", Port: port}})
	sent := make([]byte, 3*1024*1024+17)
	_, err := rand.Read(sent)
	check("tunnel", err)
	go func() {
		_, err := stream.Write(sent)
		check("tunnel", err)
	}()

	received := make([]byte, len(sent))
	_, err = io.ReadFull(reader{stream}, received)
	check("tunnel", err)

	// Not before everything was read: in Debian's yamux (of 2019) a reader that has closed its own side sees the end at once.
	check("tunnel", stream.Close())
	if !bytes.Equal(sent, received) {
		fail("tunnel", fmt.Errorf("the bytes differ"))
	}
	ok("tunnel", "%d bytes", len(received))
}

func execute(session *yamux.Session, client *ttrpc.Client, command []string) {
	var created CreateProcessResponse
	check("CreateProcess", client.Call(context.Background(), service, "CreateProcess", &CreateProcessRequest{
		Process: &ProcessSpec{ID: processID, Arguments: command},
		Start:   true,
	}, &created))
	if created.Pid <= 0 {
		fail("CreateProcess", fmt.Errorf("pid %d", created.Pid))
	}
	ok("CreateProcess", "pid %d", created.Pid)

	stdout := openRaw("stdout", session, &OpenStreamRequest{Stdio: &StdioStream{ProcessID: processID, Channel: 1}})
	output, err := ioutil.ReadAll(stdout)
	check("stdout", err)
	check("stdout", stdout.Close())
	if expected := strings.Join(command[1:], " ") + "\n"; string(output) != expected {
		fail("stdout", fmt.Errorf("expected %q, got %q", expected, output))
	}
	ok("stdout", "%d bytes", len(output))

	var exit ProcessExit
	check("WaitProcess", client.Call(context.Background(), service, "WaitProcess", &WaitProcessRequest{ID: processID}, &exit))
	if exit.ID != processID || exit.ExitCode != 0 {
		fail("WaitProcess", fmt.Errorf("unexpected exit %+v", exit))
	}
	ok("WaitProcess", "exit code %d", exit.ExitCode)
}
