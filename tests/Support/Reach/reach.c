// Tries to send to addresses that a container must not reach, in every possible way, and reports what it has reached.
//
//   reach [--break] PORT… -- CONTROL-ADDRESS CONTROL-PORT
//
// --break first removes the guest kernel's own rules against it, as CAP_NET_ADMIN allows. Every datagram and connection carries a text that
// names the attempt, so that a listener can tell which one came through. At the end it sends to an address that is allowed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CARD "eth0"
#define OWN "10.0.2.15"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *targets[] = {
    "10.0.2.2", "10.0.2.3", "10.0.2.4", "10.0.2.77", "10.0.2.255", "127.0.0.1", "127.0.0.53", "0.0.0.0", "169.254.169.254",
    "255.255.255.255", "224.0.0.1", "239.255.255.250", "240.0.0.1",
};

static int tried, refused;

static struct sockaddr_in address_of(const char *text, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    inet_pton(AF_INET, text, &address.sin_addr);
    return address;
}

static void count(ssize_t result)
{
    tried++;
    if (result < 0)
        refused++;
}

// bind to the device · go around gateways · multicast by the card
static void aim(int descriptor, int way)
{
    int on = 1;
    struct ip_mreqn by_card = { .imr_ifindex = (int)if_nametoindex(CARD) };
    setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    if (way & 1)
        setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, CARD, sizeof CARD);
    if (way & 2)
        setsockopt(descriptor, SOL_SOCKET, SO_DONTROUTE, &on, sizeof on);
    if (way & 4)
        setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_IF, &by_card, sizeof by_card);
}

static void try_udp(const char *target, int port)
{
    for (int way = 0; way < 8; way++) {
        char text[128];
        int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in address = address_of(target, port);
        aim(descriptor, way);
        snprintf(text, sizeof text, "UDP %s way %d as %d", target, way, (int)getuid());
        count(sendto(descriptor, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address));
        close(descriptor);
    }
}

#define CONNECTIONS 512
static struct pollfd connections[CONNECTIONS];
static char names[CONNECTIONS][64];
static int connecting;

static void try_tcp(const char *target, int port)
{
    for (int way = 0; way < 4; way++) {
        int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in address = address_of(target, port);
        aim(descriptor, way);
        int result = connect(descriptor, (struct sockaddr *)&address, sizeof address);
        tried++;
        if (result < 0 && errno != EINPROGRESS) {
            refused++;
            close(descriptor);
            continue;
        }
        snprintf(names[connecting], sizeof names[0], "TCP %s:%d way %d as %d", target, port, way, (int)getuid());
        connections[connecting++] = (struct pollfd){ .fd = descriptor, .events = POLLOUT };
    }
}

static void await_connections(void)
{
    for (int waited = 0; waited < 30; waited++)
        poll(NULL, 0, 100);
    poll(connections, connecting, 0);
    for (int i = 0; i < connecting; i++) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(connections[i].fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if ((connections[i].revents & POLLOUT) && error == 0) {
            printf("reached %s\n", names[i]);
            (void)!write(connections[i].fd, names[i], strlen(names[i]));
        }
        close(connections[i].fd);
    }
}

static uint16_t checksum(const void *bytes, size_t length, uint32_t sum)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < length; i += 2)
        sum += (uint32_t)(byte[i] << 8 | (i + 1 < length ? byte[i + 1] : 0));
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return htons((uint16_t)~sum);
}

// Builds a whole packet with its own header. option 1: a fragment, 2: a source route, 4: TCP.
static size_t make_packet(uint8_t *packet, const char *source, const char *target, int port, int option, const char *text)
{
    memset(packet, 0, 256);
    struct iphdr *header = (struct iphdr *)packet;
    size_t header_length = sizeof *header;
    header->version = 4;
    header->ttl = 64;
    header->id = htons(7);
    header->protocol = option & 4 ? IPPROTO_TCP : IPPROTO_UDP;
    inet_pton(AF_INET, source, &header->saddr);
    inet_pton(AF_INET, target, &header->daddr);
    if (option & 1)
        header->frag_off = htons(0x2000);
    if (option & 2) {
        // A loose source route whose last hop is the target.
        uint8_t route[8] = { 131, 7, 4 };
        memcpy(route + 3, &header->daddr, 4);
        memcpy(packet + header_length, route, sizeof route);
        inet_pton(AF_INET, "192.0.2.99", &header->daddr);
        header_length += sizeof route;
    }
    header->ihl = header_length / 4;

    uint8_t *body = packet + header_length;
    size_t length;
    if (option & 4) {
        struct tcphdr *tcp = (struct tcphdr *)body;
        tcp->source = htons(41000 + tried % 20000);
        tcp->dest = htons(port);
        tcp->seq = htonl(1);
        tcp->doff = 5;
        tcp->syn = 1;
        tcp->window = htons(8192);
        length = sizeof *tcp;
        uint8_t pseudo[12] = { 0 };
        memcpy(pseudo, &header->saddr, 8);
        pseudo[9] = IPPROTO_TCP;
        pseudo[11] = (uint8_t)length;
        tcp->check = checksum(body, length, (uint16_t)~ntohs(checksum(pseudo, sizeof pseudo, 0)));
    } else {
        length = (8 + strlen(text) + 7) & ~(size_t)7;
        uint16_t udp[4] = { htons(41000), htons(port), htons(length), 0 };
        memcpy(body, udp, sizeof udp);
        memcpy(body + 8, text, strlen(text));
    }
    header->tot_len = htons(header_length + length);
    header->check = checksum(header, header_length, 0);
    return header_length + length;
}

static const char *sources[] = { OWN, "127.0.0.1", "10.0.2.2" };

static void try_raw(const char *target, int port)
{
    // The addresses to which the packet is routed; its own header may name another one.
    const char *vias[] = { target, "192.0.2.99", "10.0.2.2", "10.0.2.255", "255.255.255.255", "224.0.0.1" };
    for (size_t via = 0; via < COUNT(vias); via++) {
        for (int way = 0; way < 8; way++) {
            int descriptor = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_RAW);
            if (descriptor < 0)
                return;
            aim(descriptor, way);
            struct sockaddr_in address = address_of(vias[via], 0);
            for (size_t source = 0; source < COUNT(sources); source++) {
                for (int option = 0; option < 5; option++) {
                    uint8_t packet[256];
                    char text[128];
                    snprintf(text, sizeof text, "raw %s via %s way %d from %s option %d", target, vias[via], way, sources[source], option);
                    size_t length = make_packet(packet, sources[source], target, port, option, text);
                    count(sendto(descriptor, packet, length, 0, (struct sockaddr *)&address, sizeof address));
                }
            }
            close(descriptor);
        }
    }
}

static void try_frames(const char *target, int port)
{
    for (int bypass = 0; bypass < 2; bypass++) {
        int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
        if (descriptor < 0)
            return;
        setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
        struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(CARD), .sll_halen = 6 };
        static const uint16_t kinds[] = { ETH_P_IP, ETH_P_8021Q, 0x0801 };
        for (size_t kind = 0; kind < COUNT(kinds); kind++) {
            for (size_t source = 0; source < COUNT(sources); source++) {
                for (int option = 0; option < 5; option++) {
                    uint8_t frame[300] = { 0x52, 0x55, 10, 0, 2, 2, 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
                    char text[128];
                    size_t length = 12;
                    frame[length++] = kinds[kind] >> 8;
                    frame[length++] = (uint8_t)kinds[kind];
                    if (kinds[kind] == ETH_P_8021Q) {
                        frame[length + 2] = ETH_P_IP >> 8;
                        length += 4;
                    }
                    snprintf(text, sizeof text, "frame %s kind %04x from %s option %d bypass %d", target, kinds[kind], sources[source], option, bypass);
                    length += make_packet(frame + length, sources[source], target, port, option, text);
                    link.sll_protocol = htons(kinds[kind]);
                    count(sendto(descriptor, frame, length, 0, (struct sockaddr *)&link, sizeof link));
                }
            }
        }
        close(descriptor);
    }
}

static void flush_rules(void)
{
    struct {
        struct nlmsghdr header;
        uint8_t family, version;
        uint16_t resource;
    } batch[3] = { 0 };
    static const uint16_t types[] = { 0x10, 10 << 8 | 2, 0x11 };
    for (int i = 0; i < 3; i++) {
        batch[i].header.nlmsg_len = sizeof batch[i];
        batch[i].header.nlmsg_type = types[i];
        batch[i].header.nlmsg_flags = NLM_F_REQUEST | (i == 1 ? NLM_F_ACK : 0);
        batch[i].resource = i == 1 ? 0 : htons(10);
    }
    int descriptor = socket(AF_NETLINK, SOCK_RAW, 12), error = -errno;
    if (descriptor >= 0) {
        uint8_t answer[1024];
        (void)!write(descriptor, batch, sizeof batch);
        error = read(descriptor, answer, sizeof answer) >= 20 ? *(int *)(answer + 16) : -errno;
        close(descriptor);
    }
    printf("rules: %s\n", strerror(-error));
}

static void change_route(int descriptor, unsigned long request, const char *destination, const char *mask, const char *gateway, int flags)
{
    struct rtentry route = { .rt_flags = RTF_UP | flags };
    *(struct sockaddr_in *)&route.rt_dst = address_of(destination, 0);
    *(struct sockaddr_in *)&route.rt_genmask = address_of(mask, 0);
    if (gateway)
        *(struct sockaddr_in *)&route.rt_gateway = address_of(gateway, 0);
    ioctl(descriptor, request, &route);
}

static void break_barriers(void)
{
    flush_rules();
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = { .ifr_name = CARD };
    ioctl(descriptor, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    int error = ioctl(descriptor, SIOCSIFFLAGS, &request) < 0 ? errno : 0;
    printf("link: %s\n", strerror(error));
    *(struct sockaddr_in *)&request.ifr_addr = address_of(OWN, 0);
    ioctl(descriptor, SIOCSIFADDR, &request);
    *(struct sockaddr_in *)&request.ifr_netmask = address_of("255.255.255.0", 0);
    ioctl(descriptor, SIOCSIFNETMASK, &request);
    change_route(descriptor, SIOCDELRT, "10.0.2.2", "255.255.255.255", NULL, RTF_REJECT);
    change_route(descriptor, SIOCDELRT, "169.254.0.0", "255.255.0.0", NULL, RTF_REJECT);
    change_route(descriptor, SIOCADDRT, "0.0.0.0", "0.0.0.0", "10.0.2.2", RTF_GATEWAY);
    close(descriptor);
}

static void try_control(const char *target, int port)
{
    struct sockaddr_in address = address_of(target, port);
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    sendto(descriptor, "control", 7, 0, (struct sockaddr *)&address, sizeof address);
    close(descriptor);

    struct timeval limit = { .tv_sec = 10 };
    char answer[64] = "";
    descriptor = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0)
        (void)!read(descriptor, answer, sizeof answer - 1);
    printf("control: %s\n", answer[0] ? answer : strerror(errno));
    close(descriptor);
}

static long frames_sent(void)
{
    char text[32] = "0";
    int descriptor = open("/sys/class/net/" CARD "/statistics/tx_packets", O_RDONLY);
    if (descriptor >= 0) {
        (void)!read(descriptor, text, sizeof text - 1);
        close(descriptor);
    }
    return atol(text);
}

int main(int count_of_arguments, char **arguments)
{
    int argument = 1;
    if (argument < count_of_arguments && strcmp(arguments[argument], "--break") == 0) {
        break_barriers();
        argument++;
    }
    long before = frames_sent();
    int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), packet = socket(AF_PACKET, SOCK_RAW, 0);
    printf("raw: %s\npacket: %s\n", raw < 0 ? "no" : "yes", packet < 0 ? "no" : "yes");
    close(raw);
    close(packet);
    for (; argument < count_of_arguments && strcmp(arguments[argument], "--") != 0; argument++) {
        int port = atoi(arguments[argument]);
        for (size_t target = 0; target < COUNT(targets); target++) {
            try_tcp(targets[target], port);
            try_udp(targets[target], port);
            try_raw(targets[target], port);
            try_frames(targets[target], port);
        }
    }
    await_connections();
    if (argument + 2 < count_of_arguments)
        try_control(arguments[argument + 1], atoi(arguments[argument + 2]));
    printf("tried %d, refused %d, sent %ld\n", tried, refused, frames_sent() - before);
    return 0;
}
