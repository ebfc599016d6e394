// An independent host for an agent: gRPC's own implementation for Go, as Debian packages it (golang-google-grpc-dev).
//
//	go-peer SOCKET PORT MEBIBYTES PROGRAM [ARGUMENT...]
//
// calls the agent behind the unix socket, passes bytes through a tunnel to an echo server at PORT inside, and runs PROGRAM, which must print
// its arguments as echo(1) does. PORT 0 leaves the tunnel out.
//
// Each step that worked is one line "ok STEP ..."; the first that did not ends the program with status 1.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
)

// Generous: the guest may be emulated on a busy machine.
const limit = 3 * time.Minute

func main() {
	time.AfterFunc(limit, func() { fail("limit", fmt.Errorf("not finished after %v", limit)) })
	if len(os.Args) < 5 {
		fail("arguments", fmt.Errorf("usage: go-peer SOCKET PORT MEBIBYTES PROGRAM [ARGUMENT...]"))
	}
	port, err := strconv.ParseUint(os.Args[2], 10, 16)
	check("arguments", err)
	size, err := strconv.Atoi(os.Args[3])
	check("arguments", err)
	connection, err := grpc.Dial("agent", grpc.WithInsecure(), grpc.WithBlock(), grpc.WithContextDialer(
		func(ctx context.Context, _ string) (net.Conn, error) { return net.Dial("unix", os.Args[1]) }))
	check("dial", err)
	testAgent(connection, uint32(port), size<<20+17, os.Args[4:])
	check("close", connection.Close())
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
