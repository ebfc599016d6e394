// The virtual hardware.
#include "check.h"
#include <glob.h>
#include <stddef.h>

static int has_port(const char *name)
{
    glob_t files;
    int found = 0;
    if (glob("/sys/class/virtio-ports/*/name", 0, NULL, &files) != 0)
        return 0;
    for (size_t i = 0; i < files.gl_pathc; i++)
        found |= contains(files.gl_pathv[i], name);
    globfree(&files);
    return found;
}

void check_devices(void)
{
    report("virtio network device", exists("/sys/class/net/eth0"));
    report("virtio entropy source", contains("/sys/class/misc/hw_random/rng_current", "virtio_rng"));
    report("virtio balloon driver", exists("/sys/bus/virtio/drivers/virtio_balloon"));
    report("virtio vsock driver", exists("/sys/bus/virtio/drivers/vmw_vsock_virtio_transport"));
    report("virtio port named islet.agent", has_port("islet.agent"));
}
