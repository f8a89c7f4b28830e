/* IPv6 prefixes, one comparison after another. */
#include "addresses6.h"

SEC("cgroup/connect6") int decide(struct bpf_sock_addr *ctx)
{
    u64 high = HALF(ctx, 0), low = HALF(ctx, 2);

#define NET6(first_high, first_low, length, last_high, last_low)                               \
    if ((length) > 64 ? high == (first_high) && (low & (~0ull << ((128 - (length)) & 63))) == (first_low) \
                      : (high & (~0ull << ((64 - (length)) & 63))) == (first_high))            \
        return 0;
#include "rules.h"
    return 1;
}

char _license[] SEC("license") = "GPL";
