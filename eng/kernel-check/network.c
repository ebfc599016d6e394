// Sockets, links, and what is done to packets.
#define _GNU_SOURCE
#include "check.h"
#include "netlink.h"
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

// A frame that one socket sends to the loopback and another one sees there.
static int pass_a_frame(void)
{
    int sender = socket(AF_PACKET, SOCK_RAW, 0), receiver = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex("lo")};
    char frame[64] = "to the check, from the check", seen[64];
    return sender >= 0 && ioctl(sender, SIOCSIFFLAGS, &loopback) == 0
        && bind(receiver, (struct sockaddr *)&address, sizeof address) == 0
        && sendto(sender, frame, sizeof frame, 0, (struct sockaddr *)&address, sizeof address) == sizeof frame
        && recv(receiver, seen, sizeof seen, 0) == sizeof seen && memcmp(frame, seen, sizeof frame) == 0;
}

static void check_sockets(void)
{
    report("IPv4", socket(AF_INET, SOCK_STREAM, 0) >= 0);
    report("IPv6", socket(AF_INET6, SOCK_STREAM, 0) >= 0);
    report("packet sockets", pass_a_frame());
    report("vsock", socket(AF_VSOCK, SOCK_STREAM, 0) >= 0);
    report("socket diagnostics", socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG) >= 0);
    report("MPTCP, IPv4", socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) >= 0);
    report("MPTCP, IPv6", socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP) >= 0);
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    report("congestion control BBR", setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3) == 0);
}

static void add_link(const char *kind)
{
    struct request request;
    struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
    char name[IFNAMSIZ], what[64];
    unsigned int below = if_nametoindex("dummy-0"), network = 42;
    snprintf(name, sizeof name, "%s-0", kind);
    begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    if (strcmp(kind, "macvlan") == 0)
        add(&request, IFLA_LINK, &below, sizeof below);
    struct nlattr *information = begin_nest(&request, IFLA_LINKINFO);
    add(&request, IFLA_INFO_KIND, kind, strlen(kind) + 1);
    struct nlattr *data = begin_nest(&request, IFLA_INFO_DATA);
    if (strcmp(kind, "vxlan") == 0)
        add(&request, IFLA_VXLAN_ID, &network, sizeof network);
    end_nest(&request, data);
    end_nest(&request, information);
    snprintf(what, sizeof what, "link of the kind %s", kind);
    report(what, ask(&request, NETLINK_ROUTE));
}

static void check_links(void)
{
    const char *kinds[] = {"bridge", "veth", "dummy", "macvlan", "vxlan"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        add_link(kinds[i]);
    struct ifreq tunnel = {.ifr_name = "tun-0", .ifr_flags = IFF_TUN | IFF_NO_PI};
    report("tunnel of a program's own", ioctl(open("/dev/net/tun", O_RDWR), TUNSETIFF, &tunnel) == 0);
}

static void check_rules_for_routes(int family, const char *what)
{
    struct request request;
    struct fib_rule_hdr header = {.family = family, .table = 100, .action = FR_ACT_TO_TBL};
    unsigned int mark = 1;
    begin(&request, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    add(&request, FRA_FWMARK, &mark, sizeof mark);
    report(what, ask(&request, NETLINK_ROUTE));
}

static void begin_traffic(struct request *request, int type, unsigned int parent, unsigned int handle, const char *kind)
{
    struct tcmsg header = {.tcm_ifindex = if_nametoindex("dummy-0"), .tcm_parent = parent, .tcm_handle = handle};
    if (type == RTM_NEWTFILTER)
        header.tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_IP));
    begin(request, type, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    add(request, TCA_KIND, kind, strlen(kind) + 1);
}

// Bands for all, of which one is slow, lossy or narrow, and a filter that says whose packets go there.
static void check_traffic_control(void)
{
    struct request request;
    struct tc_prio_qopt bands = {.bands = 3};
    begin_traffic(&request, RTM_NEWQDISC, TC_H_ROOT, 1 << 16, "prio");
    add(&request, TCA_OPTIONS, &bands, sizeof bands);
    report("traffic control: prio", ask(&request, NETLINK_ROUTE));

    struct tc_netem_qopt delay = {.latency = 1000, .limit = 1000, .loss = 1000};
    begin_traffic(&request, RTM_NEWQDISC, TC_H_MAKE(1 << 16, 1), 0, "netem");
    add(&request, TCA_OPTIONS, &delay, sizeof delay);
    report("traffic control: netem", ask(&request, NETLINK_ROUTE));

    struct tc_tbf_qopt rate = {.rate = {.rate = 1000000, .linklayer = TC_LINKLAYER_ETHERNET}, .limit = 100000};
    unsigned int burst = 10000;
    begin_traffic(&request, RTM_NEWQDISC, TC_H_MAKE(1 << 16, 2), 0, "tbf");
    struct nlattr *options = begin_nest(&request, TCA_OPTIONS);
    add(&request, TCA_TBF_PARMS, &rate, sizeof rate);
    add(&request, TCA_TBF_BURST, &burst, sizeof burst);
    end_nest(&request, options);
    report("traffic control: tbf", ask(&request, NETLINK_ROUTE));

    struct { struct tc_u32_sel selector; struct tc_u32_key key; } to_one = {
        {.flags = TC_U32_TERMINAL, .nkeys = 1}, {.mask = htonl(0xffffffff), .val = htonl(0x7f580001), .off = 16},
    };
    unsigned int band = TC_H_MAKE(1 << 16, 1);
    begin_traffic(&request, RTM_NEWTFILTER, 1 << 16, 0, "u32");
    options = begin_nest(&request, TCA_OPTIONS);
    add(&request, TCA_U32_SEL, &to_one, sizeof to_one);
    add(&request, TCA_U32_CLASSID, &band, sizeof band);
    end_nest(&request, options);
    report("traffic control: u32", ask(&request, NETLINK_ROUTE));
}

void check_network(void)
{
    check_sockets();
    check_links();
    check_rules_for_routes(AF_INET, "rule for routes, IPv4");
    check_rules_for_routes(AF_INET6, "rule for routes, IPv6");
    check_traffic_control();
}
