package org.ringwall.compiler.emit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.ringwall.compiler.source.SourceFile;

/** The SHA-256 of a policy's text in UTF-8, and of the files that it names, in lower-case hex. */
final class SourceHash {
    private SourceHash() {}

    /**
     * Of a policy alone, the hash of its text. With files, in the order in which they are first named, the hash of the
     * policy's hash and theirs, 32 bytes each: their names are in the policy's text, and their places are nobody's business.
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
