"""The image `busybox_arm64`: BusyBox for arm64."""

import sys

from busybox import busybox_image


def image():
    return busybox_image("arm64", "arm64")


if __name__ == "__main__":
    image().write(sys.argv[1])
