// An independent peer for the wire between host and guest: HashiCorp's yamux and containerd's ttrpc, as Debian packages them
// (golang-github-hashicorp-yamux-dev, golang-github-containerd-ttrpc-dev).
//
//	go-peer agent SOCKET PORT PROGRAM [ARGUMENT...]
//
// plays the host: it calls the agent behind the unix socket, tunnels to an echo server at PORT inside, and runs PROGRAM,
// which must print its arguments as echo(1) does. PORT 0 leaves the tunnel out.
//
//	go-peer echo SOCKET
//
// plays a guest that sends every stream back, until the connection ends.
//
// Each step that worked is one line "ok STEP ..."; the first that did not ends the program with status 1.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/yamux"
)

// Generous: the guest may be emulated on a busy machine.
const limit = 3 * time.Minute

func main() {
	time.AfterFunc(limit, func() { fail("limit", fmt.Errorf("not finished after %v", limit)) })
	switch {
	case len(os.Args) >= 5 && os.Args[1] == "agent":
		port, err := strconv.ParseUint(os.Args[3], 10, 16)
		check("arguments", err)
		session, err := yamux.Client(dial(os.Args[2]), nil)
		check("yamux", err)
		testAgent(session, uint32(port), os.Args[4:])
		check("close", session.Close())
	case len(os.Args) == 3 && os.Args[1] == "echo":
		session, err := yamux.Server(dial(os.Args[2]), nil)
		check("yamux", err)
		echo(session)
	default:
		fail("arguments", fmt.Errorf("usage: go-peer agent SOCKET PORT PROGRAM [ARGUMENT...] | go-peer echo SOCKET"))
	}
}

func dial(socket string) net.Conn {
	conn, err := net.Dial("unix", socket)
	check("dial", err)
	return conn
}

func ok(step string, format string, arguments ...interface{}) {
	fmt.Printf("ok %s %s\n", step, fmt.Sprintf(format, arguments...))
}

func check(step string, err error) {
	if err != nil {
		fail(step, err)
	}
}

func fail(step string, err error) {
	fmt.Fprintf(os.Stderr, "failed %s: %v\n", step, err)
	os.Exit(1)
}
