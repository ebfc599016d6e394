"""The image `busybox_386`: BusyBox for 32-bit x86."""

import sys

from busybox import busybox_image


def image():
    return busybox_image("i386", "386")


if __name__ == "__main__":
    image().write(sys.argv[1])
