package org.ringwall.compiler.emit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
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
        byte[] own = Sha256.of(utf8(policy));
        if (files.isEmpty()) {
            return HexFormat.of().formatHex(own);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(own);
        files.forEach(file -> all.writeBytes(Sha256.of(utf8(file))));
        return HexFormat.of().formatHex(Sha256.of(all.toByteArray()));
    }

    private static byte[] utf8(SourceFile file) {
        return file.text().getBytes(StandardCharsets.UTF_8);
    }
}
