// Denies connects to one port.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

const volatile __u16 closed = 9;

SEC("cgroup/connect4") int port(struct bpf_sock_addr *ctx)
{
	return ctx->user_port != bpf_htons(closed);
}

char _license[] SEC("license") = "GPL";
