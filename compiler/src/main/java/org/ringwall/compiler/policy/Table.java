package org.ringwall.compiler.policy;

import java.util.Optional;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * Destinations by key (docs/semantics.md section 12).
 *
 * @param within addresses of one family, not empty
 * @param ports not empty
 * @param max how many keys there may be
 * @param choices how many destinations a key may have
 * @param otherwise where a key without an entry goes; empty: nowhere, such a request is denied
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

    /** Whether its destinations are v4 addresses. */
    public boolean isV4() {
        return within.v6().isEmpty();
    }

    /** How it lies in its map. */
    public TableLayout layout() {
        return new TableLayout(name, key.layout(StateNames.table(name)), max, choices);
    }
}
