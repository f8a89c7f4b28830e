// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.List;
import java.util.Map;

/** Policies for the bypasses of `devices` that reach other devices than the usual ones. */
final class DevicePolicies {
    private static final String ALLOW_LIST = "devices { default deny }";
    private static final List<String> NO_DISK = List.of(denied("deny if dev.type == block"), ALLOW_LIST);
    private static final List<String> NO_LOOP = List.of(denied("deny if dev in { block 7:* }"), ALLOW_LIST);

    static final Map<String, List<String>> OF_BYPASSES = Map.of(
            "other-number",
            NO_LOOP,
            "control-device",
            NO_LOOP,
            "own-terminal",
            List.of(denied("deny if dev in { char 136:* }"), ALLOW_LIST),
            "remount",
            List.of(denied("deny w if dev.type == block"), ALLOW_LIST),
            "read-ioctl",
            List.of(denied("deny w"), denied("deny rw if dev in { char 10:200, block 7:* }"), ALLOW_LIST),
            "mounted-disk",
            NO_DISK,
            "disk-by-name",
            NO_DISK,
            "twin-call",
            List.of(denied("deny if dev in { char 1:11 }"), ALLOW_LIST));

    private DevicePolicies() {}

    private static String denied(String rule) {
        return "devices { " + rule + "; default allow }";
    }
}
