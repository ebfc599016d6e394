#include "netlink.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char *end_of(struct request *request)
{
    return (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);
}

void begin(struct request *request, int type, int flags, const void *header, unsigned int length)
{
    memset(request, 0, sizeof *request);
    request->header.nlmsg_type = type;
    request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    memcpy(request->body, header, length);
    request->header.nlmsg_len = NLMSG_LENGTH(length);
}

void add(struct request *request, int type, const void *value, unsigned int length)
{
    struct nlattr *attribute = (struct nlattr *)end_of(request);
    attribute->nla_type = type;
    attribute->nla_len = NLA_HDRLEN + length;
    if (length > 0)
        memcpy((char *)attribute + NLA_HDRLEN, value, length);
    request->header.nlmsg_len = (char *)attribute - (char *)request + NLA_ALIGN(attribute->nla_len);
}

struct nlattr *begin_nest(struct request *request, int type)
{
    struct nlattr *nest = (struct nlattr *)end_of(request);
    add(request, type, NULL, 0);
    return nest;
}

void end_nest(struct request *request, struct nlattr *nest)
{
    nest->nla_len = end_of(request) - (char *)nest;
}

int ask(struct request *request, int protocol)
{
    char reply[8192];
    int done = 0, link = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (link < 0)
        return 0;
    if (send(link, request, request->header.nlmsg_len, 0) >= 0) {
        const struct nlmsghdr *answer = (const struct nlmsghdr *)reply;
        // A family's description comes before the acknowledgement and means the same.
        if (recv(link, reply, sizeof reply, 0) >= (ssize_t)sizeof *answer) {
            int error = answer->nlmsg_type == NLMSG_ERROR ? *(const int *)NLMSG_DATA(answer) : 0;
            errno = -error;
            done = error == 0;
        }
    }
    int why = errno;
    close(link);
    errno = why;
    return done;
}
