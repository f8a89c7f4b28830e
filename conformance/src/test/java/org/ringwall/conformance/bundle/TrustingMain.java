// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.ringwall.host.cli.Ringwall;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.trust.TrustFiles;

/** The command with trusted keys below the directory of its first word. */
final class TrustingMain {
    private TrustingMain() {}

    public static void main(String[] words) {
        Ringwall ringwall = new Ringwall(
                () -> LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("rwtrusting")),
                InputStream.nullInputStream(),
                System.out,
                System.err,
                Optional.empty(),
                TrustFiles.below(Path.of(words[0])));
        System.exit(ringwall.execute(Arrays.copyOfRange(words, 1, words.length)));
    }
}
