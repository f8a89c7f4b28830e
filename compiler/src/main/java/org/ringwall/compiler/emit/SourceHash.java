// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.ringwall.compiler.source.SourceFile;

/** The SHA-256 of a policy's text in UTF-8 and of the files that it names, in lower-case hex. */
final class SourceHash {
    private SourceHash() {}

    /**
     * Returns the hash of the policy's text if there are no files. Otherwise returns the hash of
     * the policy's hash and those of the files, 32 bytes each, in the order in which the files are
     * first named. The names of the files are in the policy's text, and their paths on the build
     * host are not included.
     */
    static String of(SourceFile policy, List<SourceFile> files) {
        MessageDigest digest = digest();
        if (files.isEmpty()) {
            return HexFormat.of().formatHex(digest.digest(utf8(policy)));
        }
        MessageDigest each = digest();
        digest.update(each.digest(utf8(policy)));
        files.forEach(file -> digest.update(each.digest(utf8(file))));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static byte[] utf8(SourceFile file) {
        return file.text().getBytes(StandardCharsets.UTF_8);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
