// A policy as docs/abi.md describes one, in C: what another compiler than ours makes of it must load too.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
struct ringwall_control { __u32 lo, hi, mode, reserved; __u64 monitor_until; };
struct ringwall_control ringwall_control SEC(".data") = {0};
const volatile __u32 ringwall_generation SEC(".rodata") = 0;
const volatile __u64 param_port SEC(".rodata") = 8080;
const char bpf_metadata_policy[] SEC(".rodata") = "clang";
const char bpf_metadata_abi[] SEC(".rodata") = "1";
const char bpf_metadata_param_port[] SEC(".rodata") = "port 1..65535 = 8080";
static __always_inline int decide(struct bpf_sock_addr *ctx) {
  volatile struct ringwall_control *c = &ringwall_control;
  __u32 g = ringwall_generation;
  if (c->lo > g || c->hi < g) return 1;
#ifdef BAD
  return *(volatile int *)((char *)ctx + 1024); // behind the context
#endif
  return bpf_ntohs(ctx->user_port) != param_port;
}
SEC("cgroup/connect4") int connect4_c(struct bpf_sock_addr *ctx) { return decide(ctx); }
SEC("cgroup/connect6") int connect6_c(struct bpf_sock_addr *ctx) { return decide(ctx); }
char _license[] SEC("license") = "GPL";
