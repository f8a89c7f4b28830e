// Denies /dev/zero (character device 1:5).
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("cgroup/dev") int devices(struct bpf_cgroup_dev_ctx *ctx)
{
	return !((ctx->access_type & 0xffff) == BPF_DEVCG_DEV_CHAR && ctx->major == 1 && ctx->minor == 5);
}

char _license[] SEC("license") = "GPL";
