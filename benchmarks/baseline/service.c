// The service of the readiness benchmark: after the given time it listens, and records the moment at which it did.
//
//   service PORT MILLISECONDS
//
// It answers each byte with two little-endian 64-bit numbers, nanoseconds of its wall clock: now, and the time at which it became ready.
// The latter is taken before listen(), so a delay computed from it is never too small.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1])) };
    long delay = atol(arguments[2]);
    int yes = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    if (setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 || bind(server, (struct sockaddr *)&address, sizeof address) != 0)
        return 1;
    nanosleep(&(struct timespec) { .tv_sec = delay / 1000, .tv_nsec = delay % 1000 * 1000000 }, NULL);

    int64_t ready = now();
    if (listen(server, 16) != 0 || write(STDOUT_FILENO, "ready\n", 6) != 6 || open("/tmp/ready", O_CREAT | O_WRONLY, 0644) < 0)
        return 1;

    // One client after another: the probes of the wait strategies come and go.
    for (;;) {
        int client = accept(server, NULL, NULL);
        char byte;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        while (read(client, &byte, 1) == 1) {
            int64_t answer[2] = { now(), ready };
            if (write(client, answer, sizeof answer) != sizeof answer)
                break;
        }
        close(client);
    }
}
