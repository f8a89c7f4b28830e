// Drops datagrams to one port on the way out, and counts packets in both directions.
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

static __noinline void count(__u32 direction)
{
	__u64 *number = bpf_map_lookup_elem(&packets, &direction);
	if (number)
		(*number)++;
}

static __noinline int to_port_9(struct __sk_buff *skb)
{
	__u8 start;
	__u16 port;
	if (bpf_skb_load_bytes(skb, 0, &start, 1) < 0 || start >> 4 != 4)
		return 0;
	if (bpf_skb_load_bytes(skb, (start & 15) * 4 + 2, &port, 2) < 0)
		return 0;
	return port == bpf_htons(9);
}

SEC("cgroup_skb/egress") int out(struct __sk_buff *skb)
{
	// clang names both of these variables `direction` in its types.
	static const volatile __u32 direction = 1;
	count(direction);
	return !to_port_9(skb);
}

SEC("cgroup_skb/ingress") int in(struct __sk_buff *skb)
{
	static const volatile __u32 direction = 0;
	count(direction);
	return 1;
}

char _license[] SEC("license") = "GPL";
