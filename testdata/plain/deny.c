// Denies connects to one port and to the ports of a map, and counts what it denies.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u16);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} denied SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} last SEC(".maps");

const volatile __u16 closed = 7;
__u64 denials;
__u64 requests = 1000;

static __noinline int listed(__u16 port)
{
	return bpf_map_lookup_elem(&denied, &port) != 0;
}

__noinline int decide(__u32 port)
{
	if (port == closed || listed(port)) {
		__u32 first = 0;
		__u64 number = port;
		bpf_map_update_elem(&last, &first, &number, BPF_ANY);
		__sync_fetch_and_add(&denials, 1);
		return 0;
	}
	return 1;
}

// The verifier knows nothing of what a global function returns, and clang all.
static __always_inline int verdict(struct bpf_sock_addr *ctx)
{
	int allow = decide(bpf_ntohs(ctx->user_port));
	barrier_var(allow);
	return allow & 1;
}

SEC("cgroup/connect4") int deny4(struct bpf_sock_addr *ctx)
{
	__sync_fetch_and_add(&requests, 1);
	return verdict(ctx);
}

SEC("cgroup/connect6") int deny6(struct bpf_sock_addr *ctx)
{
	return verdict(ctx);
}

char _license[] SEC("license") = "GPL";
