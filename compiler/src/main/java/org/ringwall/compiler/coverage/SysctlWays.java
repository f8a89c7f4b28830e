package org.ringwall.compiler.coverage;

import static org.ringwall.bpf.kernel.Hook.SYSCTL;
import static org.ringwall.compiler.coverage.Closing.CONSTRUCTION;
import static org.ringwall.compiler.coverage.Judge.asked;

import java.util.List;
import org.ringwall.compiler.policy.Intent;

/** Ways to a kernel setting without `sysctl` having its say. */
final class SysctlWays {
    private static final List<Intent> SYSCTL_BLOCK = List.of(Intent.SYSCTL);

    static final List<Way> WAYS = List.of(
            judged(
                    "open-sysctl",
                    "a sysctl is read or written through a descriptor that was open before",
                    "values of a denied sysctl"),
            judged("other-proc", "the sysctl is reached by another mount of proc", "a denied sysctl by another path"),
            judged("uring-read", "io_uring reads the sysctl without a read call", "values of a denied sysctl")
                    .on("5.1 and newer"),
            unseen(
                    "open-only",
                    "a sysctl is opened and neither read nor written",
                    "whether it exists",
                    "the hook is asked on reading and writing",
                    "nothing needs closing: its value stays out of reach"),
            unseen(
                    "other-calls",
                    "another system call sets what a sysctl shows, as sethostname and rtnetlink do",
                    "the setting behind a denied sysctl",
                    "no file of /proc/sys is touched",
                    "take CAP_SYS_ADMIN and CAP_NET_ADMIN from the workload"));

    private SysctlWays() {}

    private static Way judged(String id, String what, String lets) {
        return Way.of(SYSCTL_BLOCK, id, what, lets, asked(SYSCTL), CONSTRUCTION);
    }

    private static Way unseen(String id, String what, String lets, String reason, String advice) {
        return Way.of(SYSCTL_BLOCK, id, what, lets, new Judge.Unseen(reason), new Closing.Elsewhere(advice));
    }
}
