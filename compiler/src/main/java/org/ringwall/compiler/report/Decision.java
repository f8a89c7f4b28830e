// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

import java.util.List;
import java.util.Optional;

/**
 * The decision of a policy about a request. A request may invoke several hooks, as a {@code send}
 * of a new socket does; the first denial ends it.
 *
 * @param request the request
 * @param allowed whether the call proceeds; false also for a dropped packet
 * @param errno the errno of the call, such as {@code EPERM}; empty if the request is allowed
 * @param verdict the verdict as policies write it, such as {@code deny ECONNREFUSED} or
 *     {@code allow congested}
 * @param effects the other effects as policies write them, with params replaced by their values:
 *     records and counts, and writes if the request is allowed
 * @param rules the rule that denied, or those that allowed the last hook; empty if no rule did, so
 *     that a default or the absence of a block decided
 * @param reason the text of {@code because} of the last of these rules that has one
 */
public record Decision(
        Request request,
        boolean allowed,
        Optional<String> errno,
        String verdict,
        List<String> effects,
        List<RuleText> rules,
        Optional<String> reason) {
    /**
     * Creates a decision.
     *
     * @throws IllegalArgumentException if a denial has no errno, or an allowed request has one
     */
    public Decision {
        effects = List.copyOf(effects);
        rules = List.copyOf(rules);
        if (allowed == errno.isPresent()) {
            throw new IllegalArgumentException("either allowed or an errno");
        }
    }
}
