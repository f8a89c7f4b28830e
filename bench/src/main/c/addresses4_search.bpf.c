/* IPv4 prefixes in a sorted table, searched by halves in a loop that is bounded as the verifier wants it. */
#include "cgroup.h"

static const u32 firsts[RULES] = {
#define NET4(first, length, last) first,
#include "rules.h"
#undef NET4
};
static const u32 lasts[RULES] = {
#define NET4(first, length, last) last,
#include "rules.h"
};

SEC("cgroup/connect4") int decide(struct bpf_sock_addr *ctx)
{
    u32 ip = ntohl(ctx->user_ip4);
    u32 low = 0, high = RULES;

    for (int i = 0; i < 18 && low < high; i++) {
        u32 mid = (low + high) / 2;

        if (mid >= RULES)
            break;
        if (ip < firsts[mid])
            high = mid;
        else if (ip > lasts[mid])
            low = mid + 1;
        else
            return 0;
    }
    return 1;
}

char _license[] SEC("license") = "GPL";
