// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.StringText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.value.ByteString;

/** Attempts with a Unix socket, whose creation invokes no hook. */
final class UnixProbe {
    private UnixProbe() {}

    /** Reads the request; empty after a report. */
    static Optional<List<Request>> read(Probe.UnixAddress address, Hook hook, Actor actor, Findings findings) {
        String text = address.path().value();
        Optional<String> sound =
                StringText.any(text).orReport(findings, address.path().span());
        if (sound.isEmpty()) {
            return Optional.empty();
        }
        byte[] path = ByteString.of(text).toArray();
        // Receiving from an unnamed socket invokes the hook; a socket's own name or its peer's only
        // does if it exists.
        if (path.length == 0 && hook != Hook.RECVMSG_UNIX) {
            findings.add(Diagnostic.of(
                            Code.BAD_PROBE,
                            address.path().span(),
                            "the kernel invokes no program for Unix sockets without a name")
                    .help("write a path, or `\"@name\"` for an abstract name"));
            return Optional.empty();
        }
        if (path.length > Request.AtPath.MOST_BYTES) {
            findings.add(Diagnostic.of(
                            Code.BAD_PROBE,
                            address.path().span(),
                            "the path has %d bytes, too many for the address of a Unix socket".formatted(path.length))
                    .help("write at most %d bytes".formatted(Request.AtPath.MOST_BYTES)));
            return Optional.empty();
        }
        if (path.length > 0 && path[0] == '@') {
            path[0] = 0;
        }
        boolean datagram = hook.is(AddressCall::isOfDatagram);
        SocketType type = datagram ? SocketType.DGRAM : SocketType.STREAM;
        return Optional.of(List.of(new Request.AtPath(hook, type.number(), ByteString.of(path), actor)));
    }
}
