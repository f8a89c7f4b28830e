// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.util.HexFormat;
import org.ringwall.compiler.value.ByteString;

/**
 * One getsockopt(2) or setsockopt(2) on a socket created for it.
 *
 * @param writes whether the call is setsockopt
 * @param family the family of the socket; `type` and `protocol` are as passed to socket(2)
 * @param value for setsockopt the value; for getsockopt the caller's buffer, whose size is passed
 */
public record OptionCall(boolean writes, int family, int type, int protocol, int level, int number, ByteString value) {
    String line() {
        return String.join(
                " ",
                "option",
                Boolean.toString(writes),
                Integer.toString(family),
                Integer.toString(type),
                Integer.toString(protocol),
                Integer.toString(level),
                Integer.toString(number),
                value.hex());
    }

    /** Parses the form of {@link #line}, split at spaces, without its first word. */
    static OptionCall parse(String[] words) {
        return new OptionCall(
                Boolean.parseBoolean(words[0]),
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]),
                ByteString.of(HexFormat.of().parseHex(words[6])));
    }
}
