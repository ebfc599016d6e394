"""The image `busybox_s390x`: BusyBox for s390x, whose bytes are in the other order."""

import sys

from busybox import busybox_image


def image():
    return busybox_image("s390x", "s390x")


if __name__ == "__main__":
    image().write(sys.argv[1])
