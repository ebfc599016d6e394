// Messages to the kernel by netlink.
#pragma once

#include <linux/netlink.h>

struct request {
    struct nlmsghdr header;
    char body[1024];
};

// Begins a message with the header of its kind.
void begin(struct request *request, int type, int flags, const void *header, unsigned int length);
void add(struct request *request, int type, const void *value, unsigned int length);
// Adds an attribute with attributes in it; they follow until end_nest.
struct nlattr *begin_nest(struct request *request, int type);
void end_nest(struct request *request, struct nlattr *nest);
// Whether the kernel did it; if not, errno says why.
int ask(struct request *request, int protocol);
