// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import org.ringwall.compiler.report.ReachReport.Closing;

/**
 * What closes a bypass.
 *
 * @param words a block in the policy language, or what to do on the host; empty if the bypassed
 *     block itself closes it
 */
public record Remedy(Closing closing, String words) {
    /** The bypassed block closes it by itself, whatever its rules are. */
    static final Remedy CONSTRUCTION = new Remedy(Closing.CONSTRUCTION, "");

    /** Returns a remedy for a bypass that a policy closes with a block such as this one. */
    static Remedy policy(String words) {
        return new Remedy(Closing.POLICY, words);
    }

    /** Returns a remedy for a bypass that no hook sees at which a policy can deny. */
    static Remedy host(String advice) {
        return new Remedy(Closing.ELSEWHERE, advice);
    }
}
