// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import org.ringwall.compiler.model.request.Probe;
import org.ringwall.conformance.kernel.Answer;

/**
 * The interpretation of the kernel's result of a call: whether its hooks ran, and with which
 * verdict.
 */
public final class HookResult {
    private static final int EACCES = 13;
    private static final int EINVAL = 22;
    private static final int EPROTONOSUPPORT = 93;
    private static final int ECONNREFUSED = 111;
    private static final int EINPROGRESS = 115;

    private HookResult() {}

    /**
     * Returns whether a call fails before any program runs. Port 0, file permissions, capabilities
     * and ping_group_range are checked first, and so is whether the kernel was built with the
     * protocol (MPTCP).
     *
     * @param before the result of the call without a policy
     */
    public static boolean beforeTheHook(Answer before, Probe probe) {
        boolean unprivileged =
                before.errno() != 0 && probe.requests().get(0).actor().uid() != 0;
        boolean pingGroup = before.errno() == EACCES && before.step().equals("socket");
        boolean notBuilt = before.errno() == EPROTONOSUPPORT && before.step().equals("socket");
        return before.errno() == EINVAL || unprivileged || pingGroup || notBuilt;
    }

    /**
     * Returns the errno of the verdict. EINPROGRESS and ECONNREFUSED, when no process listens,
     * count as 0: the hook has allowed the call.
     */
    public static int settled(Answer answer) {
        return answer.errno() == EINPROGRESS || answer.errno() == ECONNREFUSED ? 0 : answer.errno();
    }
}
