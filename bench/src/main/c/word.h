/*
 * With WORD a program can be replaced without a gap and be switched to monitor mode, as those of ringwallc can: it begins with the check of
 * docs/abi.md section 2.
 */
#pragma once
#include "cgroup.h"

#ifdef WORD
static u64 (*bpf_ktime_get_boot_ns)(void) = (void *)125;

struct {
    u32 lo;
    u32 hi;
    u32 mode;
    u32 reserved;
    u64 monitor_until;
} volatile ringwall_control SEC(".data") = {};
const volatile u32 ringwall_generation = 0;

INLINE int in_force(void)
{
    u32 generation = ringwall_generation;
    u32 lo = ringwall_control.lo;

    if (lo == generation)
        return 1;
    return (lo & 0x7fffffff) <= generation && generation <= ringwall_control.hi && bpf_ktime_get_boot_ns() >= ringwall_control.monitor_until;
}
#else
INLINE int in_force(void) { return 1; }
#endif
