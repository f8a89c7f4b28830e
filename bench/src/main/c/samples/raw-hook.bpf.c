#include "sample.h"

SEC("cgroup/connect4") int connect4(struct bpf_sock_addr *ctx) { return ctx->user_port != htons(25); }
SEC("cgroup/sock_create") int sock_create(struct bpf_sock *ctx) { return ctx->family != AF_INET6; }

LICENSE;
