package org.ringwall.compiler.emit;

import java.util.List;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Comparison;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** Policies that tests of several stages share. */
public final class Policies {
    private static final Verdict ALLOW = Verdict.ALLOW;
    private static final Verdict DENY = Verdict.DENY;

    private Policies() {}

    /** Two ports out of all. */
    public static Policy twoPorts() {
        return Sample.policy("two_ports")
                .on(Hook.CONNECT4)
                .rule(ALLOW, "remote.port in { 80, 443 }", Sample.in(Field.REMOTE_PORT, 80, 443))
                .otherwise(DENY)
                .build("two_ports.wall");
    }

    /** Ten v4 prefixes out of all. */
    public static Policy tenPrefixes() {
        IntervalSet set = IntervalSet.EMPTY;
        for (int i = 0; i < 10; i++) {
            long base = 0x0a00_0000L + i * 0x0103_0500L;
            set = set.union(IntervalSet.of(Interval.of(base, base + 0xff)));
        }
        return Sample.policy("ten_prefixes")
                .on(Hook.CONNECT4)
                .rule(
                        DENY,
                        "remote.ip in feed",
                        new Guard.AddressIn(Field.REMOTE_IP, new AddressSet(set, IntervalSet.EMPTY)))
                .otherwise(ALLOW)
                .build("ten_prefixes.wall");
    }

    /** Every hook that policies use, each with conditions of several kinds, for kernels that choose an errno. */
    public static Policy everyHook() {
        return everyHook(new Verdict.Deny(Errno.EACCES));
    }

    /** The same for kernels that know no errno but EPERM. */
    public static Policy everyHookOldKernel() {
        return everyHook(DENY);
    }

    private static Policy everyHook(Verdict refusal) {
        AddressSet lab = new AddressSet(
                IntervalSet.of(Interval.of(0xc000_0200L, 0xc000_02ffL)),
                IntervalSet.of(
                        new Interval(new U128(0x2001_0db8_0000_0000L, 0), new U128(0x2001_0db8_ffff_ffffL, -1L))));
        Sample sample = Sample.policy("every_hook").param("proxy_port", 1024, 65535, 3128);
        Guard proxy = new Guard.CompareParam(Field.REMOTE_PORT, Comparison.EQ, sample.param());
        return sample.block(Intent.EGRESS)
                .rule(refusal, "remote.ip in lab", new Guard.AddressIn(Field.REMOTE_IP, lab))
                .rule(ALLOW, "remote.port == proxy_port", proxy)
                .rule(
                        ALLOW,
                        "proto == tcp and remote.port in { 80, 443 }",
                        new Guard.And(List.of(Sample.in(Field.PROTO, 6, 262), Sample.in(Field.REMOTE_PORT, 80, 443))))
                .rule(
                        ALLOW,
                        "uid == 0 and gid == 0",
                        new Guard.And(List.of(Sample.in(Field.UID, 0), Sample.in(Field.GID, 0))))
                .otherwise(DENY)
                .block(Intent.BIND)
                .rule(
                        ALLOW,
                        "local.port in 8080..8090",
                        new Guard.In(Field.LOCAL_PORT, IntervalSet.of(Interval.of(8080, 8090))))
                .otherwise(refusal)
                .block(Intent.DEVICES)
                .rule(
                        ALLOW,
                        "dev in { char 1:3, char 136:0..255 }",
                        new Guard.DeviceIn(List.of(
                                new DeviceRange(2, Interval.of(1, 1), Interval.of(3, 3)),
                                new DeviceRange(2, Interval.of(136, 136), Interval.of(0, 255)))))
                .otherwise(DENY)
                .block(Intent.SYSCTL)
                .rule(
                        ALLOW,
                        "name in { ... }",
                        new Guard.NameIn(new TreeSet<>(
                                List.of("net/ipv4/ip_forward", "kernel/hostname", "kernel/ostype", "vm/swappiness"))))
                .otherwise(refusal)
                .build("every_hook.wall");
    }
}
