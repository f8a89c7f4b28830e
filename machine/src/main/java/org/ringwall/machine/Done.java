// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.bpf.object.Bytes;

/**
 * The changes by helpers outside of context and maps.
 *
 * @param options the options set by `bpf_setsockopt`; a number is in the byte order of the host
 * @param sysctl the value written to the sysctl in place of the caller's
 */
public record Done(Optional<Bytes> sysctl, Map<SettableOption, Bytes> options) {
    /** No changes. */
    public static final Done NOTHING = new Done(Optional.empty(), Map.of());

    public Done {
        options = Map.copyOf(options);
    }

    /** Returns the same changes with another value of the sysctl. */
    public Done withSysctl(Bytes value) {
        return new Done(Optional.of(value), options);
    }

    /** Returns the same changes with an option set to these bytes. */
    public Done with(SettableOption option, Bytes value) {
        Map<SettableOption, Bytes> more = new HashMap<>(options);
        more.put(option, value);
        return new Done(sysctl, more);
    }
}
