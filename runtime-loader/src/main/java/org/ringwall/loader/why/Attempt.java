// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.why;

import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.machine.Context;
import org.ringwall.machine.Sysctl;

/**
 * One hook that a system call invokes.
 *
 * @param text what is judged, such as `connect tcp 1.1.1.1:443`
 * @param context of the first program
 * @param address the sockaddr that the caller gives, at hooks of Unix sockets
 * @param sysctl the sysctl that is read or written
 */
public record Attempt(Hook hook, String text, Context context, Optional<Bytes> address, Optional<Sysctl> sysctl) {
    /** Creates an attempt with no more than a context. */
    Attempt(Hook hook, String text, Context context) {
        this(hook, text, context, Optional.empty(), Optional.empty());
    }
}
