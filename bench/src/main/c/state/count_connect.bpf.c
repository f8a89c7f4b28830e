/* Every connect is counted. */
#include "count.h"

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx)
{
    count();
    return 1;
}

LICENSE;
