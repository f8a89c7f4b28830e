// SPDX-License-Identifier: Apache-2.0
package org.ringwall.registry;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Digests as registries write them: {@code sha256:} and 64 hexadecimal digits. */
final class Sha256 {
    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

    private Sha256() {}

    static String of(byte[] content) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static boolean isDigest(String text) {
        return FORM.matcher(text).matches();
    }
}
