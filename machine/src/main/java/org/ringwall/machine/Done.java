package org.ringwall.machine;

import java.util.Optional;
import org.ringwall.bpf.object.Bytes;

/**
 * What helpers changed that lies neither in the context nor in maps.
 *
 * @param sysctl what is written to the sysctl instead of what the caller gave
 */
public record Done(Optional<Bytes> sysctl) {
    /** Nothing. */
    public static final Done NOTHING = new Done(Optional.empty());

    /** The same with another value of the sysctl. */
    public Done withSysctl(Bytes value) {
        return new Done(Optional.of(value));
    }
}
