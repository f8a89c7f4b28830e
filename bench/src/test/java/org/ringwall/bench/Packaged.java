// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;

/** The condition of tests that start {@code bin/ringwall}. */
public final class Packaged {
    private Packaged() {}

    /** Skips the test where the command is not packaged. */
    public static void assumeCommand(Checkout checkout) {
        assumeTrue(Files.isDirectory(checkout.file("host/target/lib")), "mvn package has not left bin/ringwall");
    }
}
