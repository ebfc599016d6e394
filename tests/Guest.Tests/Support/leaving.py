"""Prints the numbers of the frames that leave a link: leaving.py BATCH FRAMES, in a network namespace of its own.

BATCH is a batch of netlink messages for the kernel's packet filter, or empty; FRAMES has a frame in hexadecimal digits on each line.
Ends with 77 where this kernel lacks what is needed.
"""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def lacking(what):
    print(what, file=sys.stderr)
    sys.exit(77)


def make_link(name):
    try:
        tap = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name, IFF_TAP | IFF_NO_PI))
    except OSError as error:
        lacking(f"TAP: {error}")
    with open(f"/proc/sys/net/ipv6/conf/{name.decode()}/disable_ipv6", "w") as setting:
        setting.write("1")
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    (flags,) = struct.unpack("16xH22x", fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sH22x", name, 0)))
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name, flags | IFF_UP))
    return tap


def install(batch):
    try:
        netfilter = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    except OSError as error:
        lacking(f"netfilter: {error}")
    netfilter.send(batch)
    (error,) = struct.unpack_from("i", netfilter.recv(65536), 16)
    if -error == 95:
        lacking(f"nf_tables with the egress hook: {os.strerror(-error)}")
    if error:
        sys.exit(f"the kernel refuses the rules: {os.strerror(-error)}")


def came_out(tap):
    frames = []
    while select.select([tap], [], [], 0)[0]:
        frames.append(os.read(tap, 65536))
    return frames


tap = make_link(b"eth0")
batch = open(sys.argv[1], "rb").read()
if batch:
    install(batch)
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("eth0", 0))
for number, line in enumerate(open(sys.argv[2])):
    frame = bytes.fromhex(line)
    came_out(tap)
    try:
        sender.send(frame)
    except OSError as error:
        # Dropped by the filter, or shorter than an Ethernet header: then it has not left either.
        if error.errno not in (1, 22, 105):
            raise
    if any(left[: len(frame)] == frame for left in came_out(tap)):
        print(number)
