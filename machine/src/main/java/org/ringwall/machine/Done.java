package org.ringwall.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.bpf.object.Bytes;

/**
 * What helpers changed that lies neither in the context nor in maps.
 *
 * @param options what `bpf_setsockopt` set, the value of a number in the byte order of the host
 * @param sysctl what is written to the sysctl instead of what the caller gave
 */
public record Done(Optional<Bytes> sysctl, Map<SettableOption, Bytes> options) {
    /** Nothing. */
    public static final Done NOTHING = new Done(Optional.empty(), Map.of());

    public Done {
        options = Map.copyOf(options);
    }

    /** The same with another value of the sysctl. */
    public Done withSysctl(Bytes value) {
        return new Done(Optional.of(value), options);
    }

    /** The same with an option set to these bytes. */
    public Done with(SettableOption option, Bytes value) {
        Map<SettableOption, Bytes> more = new HashMap<>(options);
        more.put(option, value);
        return new Done(sysctl, more);
    }
}
