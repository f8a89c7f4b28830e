// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

/** A rule with address, port and protocol. */
public record TupleRule(boolean allow, boolean tcp, Prefix prefix, int port) {
    boolean matches(Key.Connect key) {
        return key.tcp() == tcp && key.port() == port && prefix.contains(key.address());
    }

    /** Returns whether a key exists that matches both rules. */
    boolean meets(TupleRule other) {
        return tcp == other.tcp && port == other.port && (prefix.covers(other.prefix) || other.prefix.covers(prefix));
    }

    String text() {
        return (allow ? "allow" : "deny") + " if proto == " + (tcp ? "tcp" : "udp") + " and remote.port == " + port
                + " and remote.ip in { " + prefix + " }";
    }
}
