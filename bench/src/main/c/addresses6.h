/* The address of a request to IPv6 as two numbers. */
#pragma once
#include "cgroup.h"

#define HALF(ctx, i) ((u64)ntohl((ctx)->user_ip6[i]) << 32 | ntohl((ctx)->user_ip6[(i) + 1]))
