// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.Optional;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;

/** A reader of destinations: addresses and ports. */
public final class Endpoints {
    private Endpoints() {}

    /** Reads an address with its port; empty after a report. */
    public static Optional<Endpoint> read(Probe.Endpoint written, Findings findings) {
        Value.Literal port = written.port().orElseThrow();
        Optional<Address> address = address(written.address(), findings);
        Optional<Long> number = NumberText.read(port.text(), FieldType.PORT).orReport(findings, port.span());
        return address.flatMap(one -> number.map(found -> new Endpoint(one, Math.toIntExact(found))));
    }

    /** Reads one address; an IPv4-mapped one is returned as IPv4. */
    public static Optional<Address> address(Value.Literal text, Findings findings) {
        Optional<AddressSpan> span = AddressText.read(text.text()).orReport(findings, text.span());
        if (span.isPresent() && span.get().prefix()) {
            findings.add(Diagnostic.of(
                            Code.SEVERAL_ASSIGNED,
                            text.span(),
                            "a request is redirected to one address, but `%s` is several".formatted(text.text()))
                    .help("write one address"));
            return Optional.empty();
        }
        return span.map(one -> one(one.set()));
    }

    /**
     * Whether a request can be sent to this address; reports if not. After the hook has run, the
     * kernel replaces `0.0.0.0` by the source address of the socket
     * (`ip_route_output_key_hash_rcu`), and `::` by `::1` or, for a socket that is bound to an
     * IPv4-mapped address, by 127.0.0.1 (`tcp_v6_connect`, `__ip6_datagram_connect`,
     * `udpv6_sendmsg`).
     */
    public static boolean isDestination(Address address, Span at, Findings findings) {
        if (!address.isAny()) {
            return true;
        }
        String instead = address.isV4() ? "the source address of the socket" : "`::1` or 127.0.0.1";
        findings.add(Diagnostic.of(
                        Code.REPLACED_DESTINATION,
                        at,
                        "`%s` is not a destination: the kernel sends to %s instead".formatted(address, instead))
                .help("write `%s` for this host".formatted(address.isV4() ? "127.0.0.1" : "::1")));
        return false;
    }

    private static Address one(AddressSet set) {
        return set.v4().isEmpty()
                ? new Address(false, set.v6().intervals().get(0).low())
                : new Address(true, set.v4().intervals().get(0).low());
    }
}
