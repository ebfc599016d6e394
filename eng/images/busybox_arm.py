"""The image `busybox_arm`: BusyBox for 32-bit ARM."""

import sys

from busybox import busybox_image


def image():
    return busybox_image("armhf", "arm")


if __name__ == "__main__":
    image().write(sys.argv[1])
