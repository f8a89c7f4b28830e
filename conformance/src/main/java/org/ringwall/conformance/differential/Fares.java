package org.ringwall.conformance.differential;

import org.ringwall.compiler.request.Probe;
import org.ringwall.conformance.kernel.Answer;

/** What the kernel's answer to a call says of its hooks. */
public final class Fares {
    private static final int EACCES = 13;
    private static final int EINVAL = 22;
    private static final int EPROTONOSUPPORT = 93;
    private static final int ECONNREFUSED = 111;
    private static final int EINPROGRESS = 115;

    private Fares() {}

    /**
     * Port 0, file permissions, capabilities and ping_group_range are looked at before any program is asked, and so is
     * whether the kernel was built with the protocol (MPTCP).
     */
    public static boolean beforeTheHook(Answer before, Probe probe) {
        boolean unprivileged =
                before.errno() != 0 && probe.requests().get(0).actor().uid() != 0;
        boolean pingGroup = before.errno() == EACCES && before.step().equals("socket");
        boolean notBuilt = before.errno() == EPROTONOSUPPORT && before.step().equals("socket");
        return before.errno() == EINVAL || unprivileged || pingGroup || notBuilt;
    }

    /** A connection that is on its way, or was refused by nobody listening, has passed the hook. */
    public static int settled(Answer answer) {
        return answer.errno() == EINPROGRESS || answer.errno() == ECONNREFUSED ? 0 : answer.errno();
    }
}
