/* A connect to port 443 is counted, and let through all the same, as who only watches does; with DENY it is denied. */
#include "count.h"

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    if (ctx->user_port != htons(443))
        return 1;
    count();
#ifdef DENY
    return 0;
#else
    return 1;
#endif
}

LICENSE;
