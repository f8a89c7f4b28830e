// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/**
 * The creator of the socket of a packet or an event: the caller that `as` describes, or unknown for
 * `unstamped`.
 */
final class OwnerReader {
    /** The detail of a socket without a stamp. */
    static final String UNSTAMPED = "unstamped";

    private OwnerReader() {}

    /** Returns the owner of the socket in a line with these details. */
    static Request.Owner owner(Actor maker, List<Probe.Detail> details) {
        return new Request.Owner(maker, unstamped(details).isEmpty());
    }

    /** Reports a line that describes the creator of a socket without a stamp. */
    static boolean contradicts(TestCase line, Findings findings) {
        List<Probe.Detail> details = List.of();
        if (line.probe() instanceof Probe.Packet packet) {
            details = packet.details();
        } else if (line.probe() instanceof Probe.Event event) {
            details = event.details();
        }
        Optional<TestCase.Attribute> said = unstamped(details).isEmpty()
                ? Optional.empty()
                : line.identity().stream()
                        .filter(attribute -> !attribute.name().text().equals("cookie"))
                        .findFirst();
        said.ifPresent(attribute -> findings.add(Diagnostic.of(
                        Code.BAD_PROBE, attribute.span(), "the creator of an unstamped socket is unknown")
                .help("remove `as %s` or `%s`".formatted(attribute.span().text(), UNSTAMPED))));
        return said.isPresent();
    }

    private static Optional<Probe.Detail> unstamped(List<Probe.Detail> details) {
        return details.stream()
                .filter(detail -> detail.name().text().equals(UNSTAMPED))
                .findFirst();
    }
}
