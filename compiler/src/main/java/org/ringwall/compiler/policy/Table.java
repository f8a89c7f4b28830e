// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Optional;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * A mapping of keys to destinations (docs/semantics.md section 12).
 *
 * @param within the possible addresses, of one family, not empty
 * @param ports the possible ports, not empty
 * @param max the maximum number of keys
 * @param choices the maximum number of destinations of a key
 * @param otherwise the destination of keys without an entry; if empty, such requests are denied
 */
public record Table(
        String name,
        Key key,
        AddressSet within,
        IntervalSet ports,
        int max,
        int choices,
        Optional<Endpoint> otherwise,
        Span span) {
    public Table {
        if (within.v4().isEmpty() == within.v6().isEmpty() || ports.isEmpty() || key.isEmpty()) {
            throw new IllegalArgumentException("table `" + name + "` has one family, ports and a key");
        }
        otherwise.ifPresent(endpoint -> {
            if (!within.contains(endpoint.address()) || !ports.contains(U128.of(endpoint.port()))) {
                throw new IllegalArgumentException("the default of `" + name + "` lies outside its range");
            }
        });
    }

    /** Whether its destinations are IPv4 addresses. */
    public boolean isV4() {
        return within.v6().isEmpty();
    }

    /** Returns the layout of its map. */
    public TableLayout layout() {
        return new TableLayout(name, key.layout(StateNames.table(name)), max, choices);
    }
}
