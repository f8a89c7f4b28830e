// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.util.Arrays;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.state.Net;

/** A reader of one address as policies write it. */
public final class AddressBytes {
    private AddressBytes() {}

    /**
     * Returns the address in network byte order: 4 bytes of IPv4, or 16 bytes of IPv6, mapped ones
     * included.
     *
     * @throws EntryException if it is not one address
     */
    public static byte[] of(String text) {
        if (text.indexOf('/') >= 0) {
            throw new EntryException(
                    "`" + text + "` is a prefix, but a probe has one address", "write one of its addresses");
        }
        byte[] number = Net.parseWide(text).bits().toByteArray();
        byte[] wide = new byte[Net.BYTES];
        int length = Math.min(number.length, wide.length);
        System.arraycopy(number, number.length - length, wide, wide.length - length, length);
        return text.indexOf(':') >= 0 ? wide : Arrays.copyOfRange(wide, wide.length - Integer.BYTES, wide.length);
    }
}
