// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.util.ArrayList;
import java.util.List;

/** The text form of addresses: dotted quads, and RFC 5952 for v6. */
final class Addresses {
    private Addresses() {}

    static String print(Address address) {
        long low = address.bits().low();
        if (address.isV4()) {
            return (low >>> 24) + "." + (low >>> 16 & 255) + "." + (low >>> 8 & 255) + "." + (low & 255);
        }
        return printV6(groups(address.bits()));
    }

    private static List<Integer> groups(U128 bits) {
        List<Integer> groups = new ArrayList<>();
        for (int shift = 48; shift >= 0; shift -= 16) {
            groups.add((int) (bits.high() >>> shift & 0xffff));
        }
        for (int shift = 48; shift >= 0; shift -= 16) {
            groups.add((int) (bits.low() >>> shift & 0xffff));
        }
        return groups;
    }

    private static String printV6(List<Integer> groups) {
        int start = -1;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int run = 0;
            while (i + run < 8 && groups.get(i + run) == 0) {
                run++;
            }
            if (run > length) {
                start = i;
                length = run;
            }
        }
        StringBuilder text = new StringBuilder();
        int i = 0;
        while (i < 8) {
            if (i == start) {
                text.append("::");
                i += length;
                continue;
            }
            if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups.get(i)));
            i++;
        }
        return text.toString();
    }
}
