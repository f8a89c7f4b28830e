// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.InputStream;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.host.journal.Journal;
import org.ringwall.loader.api.Loader;

/** The entry point of {@code bin/ringwall}. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        end(args, System.in);
    }

    /** Does the same with another standard input. */
    static void end(String[] args, InputStream in) {
        Ringwall ringwall = new Ringwall(
                () -> Delegation.host(Loader.BPFFS.resolve("ringwall")),
                in,
                System.out,
                System.err,
                Journal.file(System.getenv(), Delegation.ownUid() == 0));
        System.exit(ringwall.execute(args));
    }
}
