// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.loader.model.InputException;

/**
 * An address to listen on.
 *
 * @param path the path of a Unix socket; empty for TCP
 */
record ListenAddress(SocketAddress socket, Optional<Path> path) {
    private static final String UNIX = "unix:";
    private static final Pattern TCP =
            Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]{2,45}\\]):([0-9]{1,5})");
    private static final int LAST_PORT = 65_535;

    /**
     * Parses `unix:PATH` or `ADDRESS:PORT`.
     *
     * @param remote whether addresses that other hosts can reach are allowed
     */
    static ListenAddress parse(String text, boolean remote) {
        if (text.startsWith(UNIX) && text.length() > UNIX.length()) {
            try {
                Path path = Path.of(text.substring(UNIX.length())).toAbsolutePath();
                return new ListenAddress(UnixDomainSocketAddress.of(path), Optional.of(path));
            } catch (InvalidPathException e) {
                throw refused(text);
            }
        }
        Matcher matcher = TCP.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > LAST_PORT) {
            throw refused(text);
        }
        InetAddress address = address(text, matcher.group(1));
        if (!remote && !address.isLoopbackAddress()) {
            throw new InputException(
                    "other hosts can reach `" + text + "`, and what policies count would be shown to all of them",
                    "write --listen 127.0.0.1:" + matcher.group(2)
                            + " or unix:PATH; --allow-remote accepts the address");
        }
        return new ListenAddress(new InetSocketAddress(address, Integer.parseInt(matcher.group(2))), Optional.empty());
    }

    private static InetAddress address(String text, String literal) {
        try {
            // Not a name, so that nothing is looked up.
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw refused(text);
        }
    }

    private static InputException refused(String text) {
        return new InputException(
                "`" + text.replaceAll("\\p{Cntrl}", "?") + "` is not an address to listen on",
                "write --listen unix:PATH, 127.0.0.1:PORT or [::1]:PORT");
    }
}
