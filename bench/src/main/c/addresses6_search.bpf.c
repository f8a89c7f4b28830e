/* IPv6 prefixes in a sorted table, searched by halves in a loop that is bounded as the verifier wants it. */
#include "addresses6.h"

struct range {
    u64 first_high, first_low, last_high, last_low;
};

static const struct range ranges[RULES] = {
#define NET6(first_high, first_low, length, last_high, last_low) {first_high, first_low, last_high, last_low},
#include "rules.h"
};

SEC("cgroup/connect6") int decide(struct bpf_sock_addr *ctx)
{
    u64 high = HALF(ctx, 0), low = HALF(ctx, 2);
    u32 from = 0, to = RULES;

    for (int i = 0; i < 18 && from < to; i++) {
        u32 mid = (from + to) / 2;

        if (mid >= RULES)
            break;
        if (high < ranges[mid].first_high || (high == ranges[mid].first_high && low < ranges[mid].first_low))
            to = mid;
        else if (high > ranges[mid].last_high || (high == ranges[mid].last_high && low > ranges[mid].last_low))
            from = mid + 1;
        else
            return 0;
    }
    return 1;
}

char _license[] SEC("license") = "GPL";
