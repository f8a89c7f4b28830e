// Denies SO_REUSEADDR, shows another SO_PRIORITY, and denies raw sockets.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("cgroup/setsockopt") int set(struct bpf_sockopt *ctx)
{
	return !(ctx->level == 1 && ctx->optname == 2);
}

SEC("cgroup/getsockopt") int get(struct bpf_sockopt *ctx)
{
	__u32 *value = ctx->optval;
	if (ctx->level == 1 && ctx->optname == 12 && (void *)(value + 1) <= ctx->optval_end)
		*value = 5;
	return 1;
}

SEC("cgroup/sock_create") int create(struct bpf_sock *ctx)
{
	return ctx->type != 3;
}

SEC("cgroup/sysctl") int sysctl(struct bpf_sysctl *ctx)
{
	return !ctx->write;
}

SEC("cgroup/post_bind4") int bound(struct bpf_sock *ctx)
{
	return ctx->src_port != 7777;
}

SEC("sockops") int events(struct bpf_sock_ops *ctx)
{
	return 1;
}

char _license[] SEC("license") = "GPL";
